/**
 * The differences of two disks, from the outside in: sizes, partition table, partitions, filesystems, files, and the owners of all other
 * bytes.
 */

import { type OpenImage, openImage } from '../containers/image-bytes.ts';
import { Scratch } from '../packed/scratch.ts';
import { namedAlike } from '../partitions/grub-image.ts';
import type { Partition, PartitionTable } from '../partitions/partition-table.ts';
import type { Region } from '../reading/owned-region.ts';
import { DamagedImage } from '../reading/random-access.ts';
import type { Volume } from '../reading/volume.ts';
import {
  type FactChange,
  type FileDifference,
  factChanges,
  fileDifferences,
  volumeChanges,
} from './file-differences.ts';
import {
  INSIDE,
  type OpenDisk,
  openDisk,
  outsideRegions,
  type PartitionContent,
  partitionRegions,
} from './open-disk.ts';
import { differingOwners, MOVED, type OwnedBytes } from './owners.ts';
import { type Agreement, areSameFiles, holdsFiles, isOfTable, packagesListed } from './verdict.ts';

export interface PartitionDifference {
  /** Its number and name; `disk` for a disk without partitions. */
  readonly partition: string;
  /** The kind of its content; if it differs, that of both sides. */
  readonly kind: string;
  /** Differences in the partition's entry and in its filesystem. */
  readonly facts: readonly FactChange[];
  readonly files: readonly FileDifference[];
  /** All different bytes, by owner; empty if a filesystem has moved to another place. */
  readonly bytes: readonly OwnedBytes[];
}

export interface DiskDifference {
  readonly verdict: Agreement;
  readonly sizes: readonly [before: number, after: number];
  readonly table: readonly FactChange[];
  /** Only the different ones. */
  readonly partitions: readonly PartitionDifference[];
  /** Different bytes outside of partitions. */
  readonly outside: readonly OwnedBytes[];
}

/** The differences of two image files. */
export async function imageDifference(before: string, after: string): Promise<DiskDifference> {
  const images: OpenImage[] = [];
  const disks: OpenDisk[] = [];
  const scratch = new Scratch();
  try {
    for (const path of [before, after]) {
      try {
        const image = openImage(path);
        images.push(image);
        disks.push(await openDisk(image, scratch));
      } catch (error) {
        if (error instanceof DamagedImage) error.path = path;
        throw error;
      }
    }
    const [was, is] = disks as [OpenDisk, OpenDisk];
    return await diskDifference(was, is, scratch);
  } finally {
    for (const { close } of [...disks, ...images]) close();
  }
}

async function diskDifference(before: OpenDisk, after: OpenDisk, scratch: Scratch): Promise<DiskDifference> {
  const [was, is] = [before.image, after.image];
  const stored = (offset: number): number => Math.min(was.stored(offset), is.stored(offset));
  const found: PartitionDifference[] = [];
  const together = pairs(before.partitions, after.partitions);
  let hasSameFiles = together.length === Math.max(before.partitions.length, after.partitions.length);
  for (const [one, two] of together) {
    const sides = [
      { content: one, grub: namedAlike(before.grub, after.grub) },
      { content: two, grub: namedAlike(after.grub, before.grub) },
    ] as const;
    const difference = await partitionDifference(...sides, { stored, scratch });
    if (difference === undefined) continue;
    found.push(difference);
    const { kind, files, bytes } = difference;
    const isSame = holdsFiles(kind) ? areSameFiles(files) : bytes.length === 0 && one.bytes.size === two.bytes.size;
    hasSameFiles = hasSameFiles && isSame;
  }
  const sizes = [was.size, is.size] as const;
  const table = factChanges(tableFacts(before.table), tableFacts(after.table));
  const outside = outsideDifference(before, after, stored);
  hasSameFiles = hasSameFiles && outside.every(isOfTable);
  const isNone = sizes[0] === sizes[1] && table.length + found.length + outside.length === 0;
  return { verdict: verdict(), sizes, table, partitions: found, outside };

  function verdict(): Agreement {
    if (isNone) return 'bit-identical';
    if (hasSameFiles) return 'same files';
    const [one = '', two = ''] = [before, after].map(({ partitions }) =>
      packagesListed(partitions.map(({ volume }) => volume)),
    );
    return one !== '' && one === two ? 'same packages' : 'different';
  }
}

function outsideDifference(
  before: OpenDisk,
  after: OpenDisk,
  stored: (offset: number) => number,
): readonly OwnedBytes[] {
  if (before.table === undefined && after.table === undefined) return [];
  const [was, is] = [before, after].map(({ table }) => table?.partitions ?? []);
  const one = { bytes: before.image, regions: outsideRegions(before, namedAlike(before.grub, after.grub)) };
  const two = { bytes: after.image, regions: outsideRegions(after, namedAlike(after.grub, before.grub)) };
  return differingOwners(one, two, storedOutside).filter(({ owner }) => owner !== INSIDE);

  /** Skips places that are in a partition on both sides, because these were compared already. */
  function storedOutside(offset: number): number {
    const at = stored(offset);
    const inside = [was, is].map(partitions =>
      partitions?.find(each => each.offset <= at && at < each.offset + each.size),
    );
    const [first, second] = inside;
    if (first === undefined || second === undefined) return at;
    return storedOutside(Math.min(first.offset + first.size, second.offset + second.size));
  }
}

/** Pairs partitions by name, then by type, then by number. The rest is visible in the differences of the table. */
function pairs(
  before: readonly PartitionContent[],
  after: readonly PartitionContent[],
): readonly (readonly [PartitionContent, PartitionContent])[] {
  const found: (readonly [PartitionContent, PartitionContent])[] = [];
  const left = { before: new Set(before), after: new Set(after) };
  const alike: readonly ((one: Partition, two: Partition) => boolean)[] = [
    (one, two) => one.name !== '' && one.name === two.name,
    (one, two) => one.type === two.type,
    (one, two) => one.number === two.number,
  ];
  for (const isPair of alike) {
    for (const one of left.before) {
      const two = [...left.after].find(other => isPair(one.partition, other.partition));
      if (two === undefined) continue;
      found.push([one, two]);
      left.before.delete(one);
      left.after.delete(two);
    }
  }
  return found.sort(([a], [b]) => a.partition.number - b.partition.number);
}

function tableFacts(table: PartitionTable | undefined): ReadonlyMap<string, string> {
  if (table === undefined) return new Map([['kind', 'none']]);
  const { kind, id, fields, partitions } = table;
  const entries = partitions.map(({ number, name, type, offset, size }): [string, string] => [
    `partition ${number}`,
    [name, type, `${size} bytes at ${offset}`].filter(word => word !== '').join(', '),
  ]);
  return new Map([['kind', kind], ['id', id], ...fields, ...entries]);
}

interface Side {
  readonly content: PartitionContent;
  readonly grub: readonly Region[];
}

interface Comparing {
  readonly stored: (offset: number) => number;
  readonly scratch: Scratch;
}

async function partitionDifference(
  { content: one, grub: oneGrub }: Side,
  { content: two, grub: twoGrub }: Side,
  { stored, scratch }: Comparing,
): Promise<PartitionDifference | undefined> {
  const { offset } = one.partition;
  const inPlace = two.partition.offset === offset;
  const isOpen = one.volume !== undefined && two.volume !== undefined;
  // If a filesystem has moved, comparing its files is enough; unknown content can only be compared by its bytes.
  const bytes =
    inPlace || !isOpen
      ? differingOwners(
          { bytes: one.bytes, regions: partitionRegions(one, oneGrub) },
          { bytes: two.bytes, regions: partitionRegions(two, twoGrub) },
          inPlace ? at => stored(at + offset) - offset : at => at,
        )
      : [];
  const sameEntry = factChanges(entryFacts(one.partition), entryFacts(two.partition));
  // Then nothing can be different, and reading files takes longest.
  const isSame = inPlace && bytes.length === 0 && one.bytes.size === two.bytes.size;
  const facts = isOpen && !isSame ? volumeChanges(one.volume, two.volume) : [];
  const files = isOpen && !isSame ? await fileDifferences(one.volume, two.volume, scratch) : [];
  if (sameEntry.length + facts.length + files.length + bytes.length === 0) return undefined;
  const { number, name } = one.partition;
  return {
    partition: [...(number === 0 ? [] : [number]), name].join(' ').trim(),
    kind: [...new Set([one.kind, two.kind])].join(' → '),
    facts: [...sameEntry, ...facts],
    files,
    bytes: settled(bytes, one.volume, files),
  };
}

/** The bytes of a file with the same content differ only because the file has moved. */
function settled(
  bytes: readonly OwnedBytes[],
  volume: Volume | undefined,
  files: readonly FileDifference[],
): readonly OwnedBytes[] {
  const others = new Set(files.flatMap(({ path, content }) => (content === undefined ? [] : [path])));
  const isMoved = ({ owner }: OwnedBytes): boolean =>
    owner === MOVED || (volume?.files.get(owner)?.content !== undefined && !others.has(owner));
  const moved = bytes.filter(isMoved);
  if (moved.length === 0) return bytes;
  const all = {
    owner: MOVED,
    bytes: moved.reduce((sum, each) => sum + each.bytes, 0),
    first: Math.min(...moved.map(each => each.first)),
  };
  return [all, ...bytes.filter(each => !isMoved(each))].sort((a, b) => b.bytes - a.bytes);
}

function entryFacts({ type, id, attributes, name }: Partition): ReadonlyMap<string, string> {
  return new Map([
    ['partition name', name],
    ['partition type', type],
    ['partition id', id],
    ['partition attributes', attributes],
  ]);
}
