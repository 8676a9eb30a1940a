/** The files of all filesystems of a disk, each with its package. Never assigns a folder that several packages share to one of them. */
import type { PartitionUse } from './disk-use.ts';
import { type PackageDatabase, packageDatabase } from './package-database.ts';
import type { StoredFile } from './volume-use.ts';

export interface PlacedFile extends StoredFile {
  readonly partition: PartitionUse;
  /** The prefix of its names for the user: `efi:`; empty for the root filesystem, and for the only filesystem. */
  readonly prefix: string;
  /** The name of a package. */
  readonly owner: string | undefined;
}

export interface PlacedFiles {
  readonly files: readonly PlacedFile[];
  /** Undefined if no filesystem has a package database. */
  readonly root: { readonly partition: PartitionUse; readonly database: PackageDatabase } | undefined;
}

/** The root filesystem is the first one with a package database. */
export function placedFiles(partitions: readonly PartitionUse[]): PlacedFiles {
  const readable = partitions.flatMap(partition =>
    partition.read === undefined ? [] : [{ partition, ...partition.read }],
  );
  let root: PlacedFiles['root'];
  for (const { partition, volume } of readable) {
    const database = root === undefined ? packageDatabase(volume) : undefined;
    if (database !== undefined) root = { partition, database };
  }
  const files = readable.flatMap(({ partition, use }) => {
    const isRoot = partition === root?.partition;
    const prefix = isRoot || readable.length === 1 ? '' : `${partition.name}:`;
    return use.files.map(file => ({
      ...file,
      partition,
      prefix,
      owner: isRoot ? ownerOf(file, root?.database) : undefined,
    }));
  });
  return { files, root };
}

function ownerOf({ names, isFolder }: StoredFile, database: PackageDatabase | undefined): string | undefined {
  const owners = names.map(name => database?.owners.get(name)).find(found => found !== undefined);
  return isFolder && owners?.length !== 1 ? undefined : owners?.at(-1);
}
