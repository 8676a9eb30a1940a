/** In how much two images agree, from all bytes down to the packages that they list. Never says more than what was compared holds. */
import { UNPACKED } from '../packed/unpacking.ts';
import type { Volume } from '../reading/volume.ts';
import { textOf } from './file-content.ts';
import type { FileDifference } from './file-differences.ts';
import { installedPackages, isPackageDatabase, LONGEST_DATABASE } from './installed-packages.ts';
import type { OwnedBytes } from './owners.ts';

/** The first of these that holds. Of the same files, times and the inside of filesystems and partition tables may be others. */
export const AGREEMENTS = ['bit-identical', 'same files', 'same packages', 'different'] as const;
export type Agreement = (typeof AGREEMENTS)[number];

/** What belongs to a file, beside its content; all else is when it was written, or how it is stored. */
const OF_FILES = new Set(['type', 'mode', 'owner', 'target', 'device', 'attributes']);
/** Owners of bytes outside of partitions that hold nothing but where partitions are. */
const OF_TABLES = /^((backup )?GPT (header|entries)|(partition table|table of logical partitions)|free space)$/;

export function areSameFiles(differences: readonly FileDifference[]): boolean {
  return differences.every(({ path, change, facts, content }) => {
    if (change !== 'changed' || facts.some(({ name }) => OF_FILES.has(name) || name.startsWith('attribute ')))
      return false;
    if (content === undefined) return true;
    // What is packed as a whole is only the way in which its archive is stored.
    const { inside } = content;
    return path === UNPACKED && inside !== undefined && holdsFiles(inside.kind) && areSameFiles(inside.files);
  });
}

/** Of both sides, where they are of two kinds. */
export function holdsFiles(kind: string): boolean {
  return kind.split(' → ').every(each => /^(ext4|FAT\d\d|tar|cpio|gzip|zstd|ISO 9660)$/.test(each));
}

export function isOfTable({ owner }: OwnedBytes): boolean {
  return OF_TABLES.test(owner);
}

/** All that the databases of an image list, in one text; empty if there is none. */
export function packagesListed(volumes: readonly (Volume | undefined)[]): string {
  const databases = volumes.flatMap(volume =>
    [...(volume?.files.values() ?? [])].filter(({ path }) => isPackageDatabase(path)),
  );
  const names = databases.flatMap(file => installedPackages(textOf(file, LONGEST_DATABASE) ?? ''));
  return names.sort().join('\n');
}
