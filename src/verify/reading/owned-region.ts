/** Whose ranges of bytes are, in words. Never has a range two owners once one was laid over another. */
export interface Region {
  readonly offset: number;
  readonly size: number;
  readonly owner: string;
}

/** Some regions over others, of which only what sticks out is left; both in order of their places, and so is what comes out. */
export function laidOver(base: readonly Region[], over: readonly Region[]): readonly Region[] {
  const left = over.reduce<readonly Region[]>((regions, { offset, size }) => {
    const end = offset + size;
    return regions.flatMap(region => {
      const regionEnd = region.offset + region.size;
      if (end <= region.offset || offset >= regionEnd) return [region];
      return [
        { ...region, size: offset - region.offset },
        { ...region, offset: end, size: regionEnd - end },
      ].filter(part => part.size > 0);
    });
  }, base);
  return [...left, ...over].sort((one, other) => one.offset - other.offset);
}
