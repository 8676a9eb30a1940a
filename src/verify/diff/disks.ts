/** What is different in two disks, from the outside in: sizes, partition table, partitions, their filesystems, files, and whose the other bytes are. */
import type { Partition, PartitionTable } from '../partitions/partition-table.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { type OpenImage, openImage } from '../reading/image-bytes.ts';
import type { Region } from '../reading/owned-region.ts';
import { DamagedImage } from '../reading/random-access.ts';
import { type Content, contentOf, UNKNOWN, wholeDisk } from './disk-content.ts';
import { type FactChange, type FileDifference, factChanges, fileDifferences } from './file-differences.ts';
import { differingOwners, MOVED, type OwnedBytes } from './owners.ts';
import type { Volume } from './volume.ts';

export interface PartitionDifference {
  /** Its number and name; of a disk without partitions, that of the disk. */
  readonly partition: string;
  /** What it holds, or that of both sides. */
  readonly kind: string;
  /** Of the partition's entry and its filesystem. */
  readonly facts: readonly FactChange[];
  readonly files: readonly FileDifference[];
  /** All bytes that are different, by whose they are; empty where it lies elsewhere now. */
  readonly bytes: readonly OwnedBytes[];
}

export interface DiskDifference {
  readonly sizes: readonly [before: number, after: number];
  readonly table: readonly FactChange[];
  /** Those that are different. */
  readonly partitions: readonly PartitionDifference[];
  /** Bytes outside of partitions. */
  readonly outside: readonly OwnedBytes[];
}

/** Of two files. */
export async function imageDifference(before: string, after: string): Promise<DiskDifference> {
  const opened: OpenImage[] = [];
  try {
    for (const path of [before, after]) opened.push(opening(path));
    return await diskDifference(...(opened as [OpenImage, OpenImage]));
  } finally {
    for (const image of opened) image.close();
  }
}

function opening(path: string): OpenImage {
  try {
    return openImage(path);
  } catch (error) {
    if (error instanceof DamagedImage) error.path = path;
    throw error;
  }
}

async function diskDifference(before: OpenImage, after: OpenImage): Promise<DiskDifference> {
  const [was, is] = [readPartitions(before), readPartitions(after)];
  const stored = (offset: number): number => Math.min(before.stored(offset), after.stored(offset));
  const sizes = [before.size, after.size] as const;
  if (was === undefined && is === undefined) {
    const whole = wholeDisk(before.size);
    const difference = await partitionDifference({ image: before, whole }, { image: after, whole }, stored);
    return { sizes, table: [], partitions: difference === undefined ? [] : [difference], outside: [] };
  }
  const partitions: PartitionDifference[] = [];
  for (const [one, two] of pairs(was?.partitions ?? [], is?.partitions ?? [])) {
    const sides = [
      { image: before, whole: one },
      { image: after, whole: two },
    ] as const;
    const difference = await partitionDifference(...sides, stored);
    if (difference !== undefined) partitions.push(difference);
  }
  return { sizes, table: factChanges(tableFacts(was), tableFacts(is)), partitions, outside: outside() };

  function outside(): readonly OwnedBytes[] {
    const sides = [before, after].map((bytes, index) => ({ bytes, regions: diskRegions(index === 0 ? was : is) }));
    const [one, two] = sides;
    if (one === undefined || two === undefined) return [];
    return differingOwners(one, two, storedOutside).filter(({ owner }) => owner !== INSIDE);
  }

  /** What lies in a partition on both sides was read already. */
  function storedOutside(offset: number): number {
    const at = stored(offset);
    const [one, two] = [was, is].map(table =>
      table?.partitions.find(each => each.offset <= at && at < each.offset + each.size),
    );
    if (one === undefined || two === undefined) return at;
    return storedOutside(Math.min(one.offset + one.size, two.offset + two.size));
  }
}

/** Which lie in a partition of both, and are told there. */
const INSIDE = 'a partition';

function diskRegions(table: PartitionTable | undefined) {
  const inside = (table?.partitions ?? []).map(({ offset, size }) => ({ offset, size, owner: INSIDE }));
  return [...(table?.regions ?? []), ...inside].sort((a, b) => a.offset - b.offset);
}

/** What has the same name belongs together, else what is of the same type, else what has the same number. The table tells of the others. */
function pairs(
  before: readonly Partition[],
  after: readonly Partition[],
): readonly (readonly [Partition, Partition])[] {
  const found: (readonly [Partition, Partition])[] = [];
  const left = { before: new Set(before), after: new Set(after) };
  const alike: readonly ((one: Partition, two: Partition) => boolean)[] = [
    (one, two) => one.name !== '' && one.name === two.name,
    (one, two) => one.type === two.type,
    (one, two) => one.number === two.number,
  ];
  for (const isPair of alike) {
    for (const one of left.before) {
      const two = [...left.after].find(other => isPair(one, other));
      if (two === undefined) continue;
      found.push([one, two]);
      left.before.delete(one);
      left.after.delete(two);
    }
  }
  return found.sort(([a], [b]) => a.number - b.number);
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
  readonly image: OpenImage;
  readonly whole: Partition;
}

async function partitionDifference(
  before: Side,
  after: Side,
  stored: (offset: number) => number,
): Promise<PartitionDifference | undefined> {
  const [one, two] = [contentOf(before.image, before.whole), contentOf(after.image, after.whole)];
  const { offset } = before.whole;
  const inPlace = after.whole.offset === offset;
  const bytes = inPlace
    ? differingOwners(
        { bytes: one.bytes, regions: regionsOf(one) },
        { bytes: two.bytes, regions: regionsOf(two) },
        at => stored(at + offset) - offset,
      )
    : [];
  const sameEntry = factChanges(entryFacts(before.whole), entryFacts(after.whole));
  // Nothing of it can be different then, and reading files takes longest.
  const isSame = inPlace && bytes.length === 0 && before.whole.size === after.whole.size;
  const both = one.volume !== undefined && two.volume !== undefined && !isSame;
  const facts = both ? factChanges(one.volume.fields, two.volume.fields) : [];
  const files = both ? await fileDifferences(one.volume, two.volume) : [];
  if (sameEntry.length + facts.length + files.length + bytes.length === 0) return undefined;
  const kinds = new Set([one.kind, two.kind]);
  const { number, name } = before.whole;
  return {
    partition: [...(number === 0 ? [] : [number]), name].join(' ').trim(),
    kind: [...kinds].join(' → '),
    facts: [...sameEntry, ...facts],
    files,
    bytes: settled(bytes, one.volume, files),
  };
}

/** The bytes of a file that holds the same as before are others only because it lies elsewhere. */
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

function regionsOf({ volume, bytes }: Content): readonly Region[] {
  return volume?.regions() ?? [{ offset: 0, size: bytes.size, owner: UNKNOWN }];
}

function entryFacts({ type, id, attributes, name }: Partition): ReadonlyMap<string, string> {
  return new Map([
    ['partition name', name],
    ['partition type', type],
    ['partition id', id],
    ['partition attributes', attributes],
  ]);
}
