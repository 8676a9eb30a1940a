/** Ranges of bytes with the names of their owners. After `laidOver`, a range never has two owners. */
export interface Region {
  readonly offset: number;
  readonly size: number;
  readonly owner: string;
}

/** Replaces the parts of `base` that `over` covers; both are ordered by offset, and so is the result. */
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
