/** What the bytes of a filesystem are used for: its files, its journal, what it keeps for itself, and what is free. */
import type { Volume } from '../reading/volume.ts';
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
    const [, path = owner] = /^(?:extents|attributes|slack) of (.*)$/s.exec(owner) ?? [];
    if (files.has(path)) onDisk.set(path, (onDisk.get(path) ?? 0) + bytes);
    else if (path === 'journal') journal += bytes;
    else metadata += bytes;
  }
  // By what all names of a file have in common; changed in place, since one may have very many.
  const found = new Map<
    string,
    { names: [string, ...string[]]; isFolder: boolean; onDisk: number; apparent: number }
  >();
  for (const { path, identity = path, facts, size: apparent } of files.values()) {
    const [name, bytes] = [fromRoot(path), onDisk.get(path) ?? 0];
    const known = found.get(identity);
    if (known === undefined) {
      found.set(identity, { names: [name], isFolder: facts.get('type') === 'directory', onDisk: bytes, apparent });
    } else {
      known.names.push(name);
      known.onDisk += bytes;
      known.apparent = Math.max(known.apparent, apparent);
    }
  }
  return { files: [...found.values()], journal, metadata, free };
}

/** Archives have their members as `./etc/motd`, or without anything in front. */
export function fromRoot(path: string): string {
  return `/${path.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '')}`;
}
