/** The different bytes of two images or partitions, by owner. Never reads holes that both have. */

import type { Region } from '../reading/owned-region.ts';
import type { Bytes } from '../reading/random-access.ts';

export interface OwnedBytes {
  readonly owner: string;
  readonly bytes: number;
  /** Offset of the first of them. */
  readonly first: number;
}

interface Owned {
  readonly bytes: Bytes;
  /** Ordered by offset. */
  readonly regions: readonly Region[];
}

/** The first offset at or after the given one where something may be stored. */
type Stored = (offset: number) => number;

/** The owner of bytes that have different owners on the two sides. */
export const MOVED = 'blocks with other content';
const FREE = 'free space';
const WINDOW = 64 << 10;
/** Bytes are compared one by one only in blocks of this size that differ. */
const GRAIN = 128;

/** Most bytes first. `stored` uses offsets that are valid for both sides. */
export function differingOwners(before: Owned, after: Owned, stored: Stored): readonly OwnedBytes[] {
  const size = Math.min(before.bytes.size, after.bytes.size);
  const owners = [lookup(before.regions), lookup(after.regions)] as const;
  const found = new Map<string, { bytes: number; first: number }>();
  for (let offset = stored(0); offset < size; offset = stored(offset + WINDOW)) {
    const length = Math.min(WINDOW, size - offset);
    const [one, two] = [before.bytes.read(offset, length), after.bytes.read(offset, length)];
    if (one.equals(two)) continue;
    for (let at = 0; at < length; ) {
      const end = Math.min(at + GRAIN, length);
      if (one.compare(two, at, end, at, end) === 0) {
        at = end;
        continue;
      }
      const [was, is] = [owners[0](offset + at), owners[1](offset + at)];
      const until = Math.min(end, was.until - offset, is.until - offset);
      const owner = was.owner === is.owner ? was.owner : MOVED;
      let count = 0;
      let first = until;
      for (let byte = at; byte < until; byte += 1) {
        if (one[byte] === two[byte]) continue;
        count += 1;
        first = Math.min(first, byte);
      }
      const known = found.get(owner) ?? { bytes: 0, first: offset + first };
      if (count > 0) found.set(owner, { ...known, bytes: known.bytes + count });
      at = until;
    }
  }
  return [...found].map(([owner, count]) => ({ owner, ...count })).sort((a, b) => b.bytes - a.bytes);
}

/** Must be called with ascending offsets. Bytes in two regions belong to the one that starts first. */
function lookup(regions: readonly Region[]): (offset: number) => { readonly owner: string; readonly until: number } {
  let next = 0;
  return offset => {
    for (; next < regions.length; next += 1) {
      const { offset: start, size } = regions[next] as Region;
      if (start + size > offset) break;
    }
    const region = regions[next];
    if (region === undefined) return { owner: FREE, until: Number.POSITIVE_INFINITY };
    if (region.offset > offset) return { owner: FREE, until: region.offset };
    return { owner: region.owner, until: region.offset + region.size };
  };
}
