/** What all bytes of a disk are used for, partition by partition. Never leaves one out, nor counts one twice. */
import { contentOf, wholeDisk } from '../diff/disk-content.ts';
import type { Volume } from '../diff/volume.ts';
import type { Partition } from '../partitions/partition-table.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { bytesByOwner } from './bytes-by-owner.ts';
import { type VolumeUse, volumeUse } from './volume-use.ts';

export interface PartitionUse {
  /** Its name, else its number. */
  readonly name: string;
  /** What it holds. */
  readonly kind: string;
  readonly size: number;
  /** Of a filesystem that can be read. */
  readonly read?: { readonly volume: Volume; readonly use: VolumeUse };
}

export interface DiskUse {
  /** In order of their places. */
  readonly partitions: readonly PartitionUse[];
  /** Outside of partitions: tables, and where boot loaders lie in front of them. */
  readonly tables: number;
  /** Outside of partitions, and nobody's. */
  readonly free: number;
}

export function diskUse(disk: Bytes): DiskUse {
  const table = readPartitions(disk);
  if (table === undefined) return { partitions: [partitionUse(disk, wholeDisk(disk.size))], tables: 0, free: 0 };
  const partitions = innermost(table.partitions);
  let [tables, free, end] = [0, 0, 0];
  for (const [index, { offset, size, number }] of partitions.entries()) {
    if (offset < end) throw damaged(`the partitions ${partitions[index - 1]?.number} and ${number} overlap`);
    addGap(end, offset);
    end = offset + size;
  }
  addGap(end, disk.size);
  return { partitions: partitions.map(partition => partitionUse(disk, partition)), tables, free };

  function addGap(from: number, to: number): void {
    const gap = bytesByOwner(table?.regions ?? [], from, to);
    tables += to - from - gap.free;
    free += gap.free;
  }
}

/** In order of their places. An extended one is listed beside those that lie in it, which count in its place. */
function innermost(partitions: readonly Partition[]): readonly Partition[] {
  return partitions.filter(({ type }) => !EXTENDED.has(type)).toSorted((one, other) => one.offset - other.offset);
}

/** As the types of an MBR are called. */
const EXTENDED: ReadonlySet<string> = new Set(['extended', 'extended with LBA', 'Linux extended']);

function partitionUse(disk: Bytes, partition: Partition): PartitionUse {
  const { name, number, size } = partition;
  const { kind, volume } = contentOf(disk, partition);
  const read = volume === undefined ? undefined : { volume, use: volumeUse(volume, size) };
  return { name: name === '' ? String(number) : name, kind, size, ...(read === undefined ? {} : { read }) };
}
