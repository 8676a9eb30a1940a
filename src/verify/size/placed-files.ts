/** The files of all filesystems of a disk, each with the package that has it. Never gives a folder that several packages share to one of them. */
import type { PartitionUse } from './disk-use.ts';
import { type PackageDatabase, packageDatabase } from './package-database.ts';
import type { StoredFile } from './volume-use.ts';

export interface PlacedFile extends StoredFile {
  readonly partition: PartitionUse;
  /** What stands in front of its names, for people: `efi:`; empty for the root filesystem. */
  readonly prefix: string;
  /** The name of a package. */
  readonly owner: string | undefined;
}

export interface PlacedFiles {
  readonly files: readonly PlacedFile[];
  /** Undefined where no filesystem has one. */
  readonly database: PackageDatabase | undefined;
}

/** The root filesystem is the first with a database of packages, else the only one. */
export function placedFiles(partitions: readonly PartitionUse[]): PlacedFiles {
  const readable = partitions.flatMap(partition =>
    partition.read === undefined ? [] : [{ partition, ...partition.read }],
  );
  let root = readable.length === 1 ? readable[0]?.partition : undefined;
  let database: PackageDatabase | undefined;
  for (const { partition, volume } of readable) {
    database = packageDatabase(volume);
    if (database === undefined) continue;
    root = partition;
    break;
  }
  const files = readable.flatMap(({ partition, use }) =>
    use.files.map(file => ({
      ...file,
      partition,
      prefix: partition === root ? '' : `${partition.name}:`,
      owner: partition === root ? ownerOf(file, database) : undefined,
    })),
  );
  return { files, database };
}

function ownerOf({ names, isFolder }: StoredFile, database: PackageDatabase | undefined): string | undefined {
  const owners = names.map(name => database?.owners.get(name)).find(found => found !== undefined);
  return isFolder && owners?.length !== 1 ? undefined : owners?.at(-1);
}
