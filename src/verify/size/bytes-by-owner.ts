/** The number of bytes of each owner in a range. Never counts a byte twice, so that the owners and the free bytes add up to the range. */
import type { Region } from '../reading/owned-region.ts';

export interface OwnedSpace {
  readonly owners: ReadonlyMap<string, number>;
  /** Bytes that are in no region. */
  readonly free: number;
}

/** Regions are ordered by offset; bytes in two of them belong to the one that starts first. */
export function bytesByOwner(regions: readonly Region[], from: number, to: number): OwnedSpace {
  const owners = new Map<string, number>();
  let free = to - from;
  let counted = from;
  for (const { offset, size, owner } of regions) {
    const end = Math.min(to, offset + size);
    const bytes = end - Math.max(offset, counted);
    if (bytes <= 0) continue;
    owners.set(owner, (owners.get(owner) ?? 0) + bytes);
    free -= bytes;
    counted = end;
  }
  return { owners, free };
}
