/** The use of the bytes of a filesystem: files, journal, metadata, and free space. The parts must always add up to its size. */
import type { Volume } from '../reading/volume.ts';
import { bytesByOwner } from './bytes-by-owner.ts';

export interface StoredFile {
  /** Paths from the root, with a leading slash; a file with hard links has more than one. */
  readonly names: readonly [string, ...string[]];
  readonly isFolder: boolean;
  /** Bytes on the disk: its blocks, and the blocks with their places. */
  readonly onDisk: number;
  /** The size of the file; 0 for everything else. */
  readonly apparent: number;
}

export interface VolumeUse {
  readonly files: readonly StoredFile[];
  readonly journal: number;
  readonly metadata: number;
  readonly free: number;
}

/** All parts add up to `size` bytes. */
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
  // By the identity that all names of a file share; changed in place, because a file may have very many names.
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

/** Members of archives are named `./etc/motd` or `etc/motd`. */
export function fromRoot(path: string): string {
  return `/${path.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '')}`;
}
