/** What the bytes of a filesystem are used for: its files, its journal, what it keeps for itself, and what is free. */
import type { Volume } from '../diff/volume.ts';
import { bytesByOwner } from './bytes-by-owner.ts';

export interface StoredFile {
  /** From the root, with a leading slash; more than one of a file with hard links. */
  readonly names: readonly [string, ...string[]];
  readonly isFolder: boolean;
  /** Bytes of the disk: its blocks, and those that say where they are. */
  readonly onDisk: number;
  /** As long as it says to be; 0 for all but files. */
  readonly apparent: number;
}

export interface VolumeUse {
  readonly files: readonly StoredFile[];
  readonly journal: number;
  readonly metadata: number;
  readonly free: number;
}

/** All together are `size` bytes. */
export function volumeUse({ files, regions }: Volume, size: number): VolumeUse {
  const { owners, free } = bytesByOwner(regions(), 0, size);
  const onDisk = new Map<string, number>();
  let [journal, metadata] = [0, 0];
  for (const [owner, bytes] of owners) {
    const [, path = owner] = /^(?:extents|attributes) of (.*)$/s.exec(owner) ?? [];
    if (files.has(path)) onDisk.set(path, (onDisk.get(path) ?? 0) + bytes);
    else if (owner === 'journal') journal += bytes;
    else metadata += bytes;
  }
  const found = new Map<string, StoredFile>();
  for (const { path, identity, facts, size: apparent } of files.values()) {
    const bytes = onDisk.get(path) ?? 0;
    const known = found.get(identity);
    found.set(
      identity,
      known === undefined
        ? { names: [fromRoot(path)], isFolder: facts.get('type') === 'directory', onDisk: bytes, apparent }
        : {
            ...known,
            names: [...known.names, fromRoot(path)],
            onDisk: known.onDisk + bytes,
            apparent: Math.max(known.apparent, apparent),
          },
    );
  }
  return { files: [...found.values()], journal, metadata, free };
}

/** Archives have their members as `./etc/motd`, or without anything in front. */
export function fromRoot(path: string): string {
  return `/${path.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '')}`;
}
