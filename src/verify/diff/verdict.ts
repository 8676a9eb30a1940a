/** The level at which two images agree, from all bytes down to the list of packages. Never reports a level that was not compared. */
import { UNPACKED } from '../packed/unpacking.ts';
import type { Volume } from '../reading/volume.ts';
import { textOf } from './file-content.ts';
import type { FileDifference } from './file-differences.ts';
import { installedPackages, isPackageDatabase, LONGEST_DATABASE } from './installed-packages.ts';
import type { OwnedBytes } from './owners.ts';

/** The first of these that applies. With `same files`, times and the internals of filesystems and partition tables may differ. */
export const AGREEMENTS = ['bit-identical', 'same files', 'same packages', 'different'] as const;
export type Agreement = (typeof AGREEMENTS)[number];

/** The facts that belong to a file, beside its content; the others are times, or describe its storage. */
const OF_FILES = new Set(['type', 'mode', 'owner', 'target', 'device', 'attributes']);
/** Owners of bytes outside of partitions that contain only the places of partitions. */
const OF_TABLES = /^((backup )?GPT (header|entries)|(partition table|table of logical partitions)|free space)$/;

export function areSameFiles(differences: readonly FileDifference[]): boolean {
  return differences.every(({ path, change, facts, content }) => {
    if (change !== 'changed' || facts.some(({ name }) => OF_FILES.has(name) || name.startsWith('attribute ')))
      return false;
    if (content === undefined) return true;
    // For a compressed archive, only the files of the archive count.
    const { inside } = content;
    return path === UNPACKED && inside !== undefined && holdsFiles(inside.kind) && areSameFiles(inside.files);
  });
}

/** If the kinds of both sides differ, both must hold files. */
export function holdsFiles(kind: string): boolean {
  return kind.split(' → ').every(each => /^(ext4|FAT\d\d|tar|cpio|gzip|zstd|ISO 9660)$/.test(each));
}

export function isOfTable({ owner }: OwnedBytes): boolean {
  return OF_TABLES.test(owner);
}

/** All packages in the databases of an image, in one text; empty if there is no database. */
export function packagesListed(volumes: readonly (Volume | undefined)[]): string {
  const databases = volumes.flatMap(volume =>
    [...(volume?.files.values() ?? [])].filter(({ path }) => isPackageDatabase(path)),
  );
  const names = databases.flatMap(file => installedPackages(textOf(file, LONGEST_DATABASE) ?? ''));
  return names.sort().join('\n');
}
