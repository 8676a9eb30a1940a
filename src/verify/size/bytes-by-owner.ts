/** How many bytes of a range each owner has. Never counts a byte twice, so that the owners and what is free come to the whole range. */
import type { Region } from '../reading/owned-region.ts';

export interface OwnedSpace {
  readonly owners: ReadonlyMap<string, number>;
  /** Bytes that no region has. */
  readonly free: number;
}

/** Regions in order of their places; what lies in two of them belongs to the one that begins first. */
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
