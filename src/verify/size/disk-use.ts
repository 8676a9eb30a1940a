/** The use of all bytes of a disk, by partition. Never omits a byte, nor counts one twice. */
import type { OpenDisk, PartitionContent } from '../diff/open-disk.ts';
import { damaged } from '../reading/random-access.ts';
import type { Volume } from '../reading/volume.ts';
import { bytesByOwner } from './bytes-by-owner.ts';
import { type VolumeUse, volumeUse } from './volume-use.ts';

export interface PartitionUse {
  /** Its name, or its number if it has no name. */
  readonly name: string;
  /** The kind of its content. */
  readonly kind: string;
  readonly size: number;
  /** Set for a filesystem that can be read. */
  readonly read?: { readonly volume: Volume; readonly use: VolumeUse };
}

export interface DiskUse {
  /** Ordered by offset. */
  readonly partitions: readonly PartitionUse[];
  /** Bytes outside of partitions: tables, and boot loaders before the first partition. */
  readonly tables: number;
  /** Unused bytes outside of partitions. */
  readonly free: number;
}

export function diskUse({ image, table, partitions: all }: OpenDisk): DiskUse {
  if (table === undefined) return { partitions: all.map(partitionUse), tables: 0, free: 0 };
  const contents = innermost(all);
  let [tables, free, end] = [0, 0, 0];
  for (const [index, { partition }] of contents.entries()) {
    const { offset, size, number } = partition;
    if (offset < end) throw damaged(`the partitions ${contents[index - 1]?.partition.number} and ${number} overlap`);
    addGap(end, offset);
    end = offset + size;
  }
  addGap(end, image.size);
  return { partitions: contents.map(partitionUse), tables, free };

  function addGap(from: number, to: number): void {
    const gap = bytesByOwner(table?.regions ?? [], from, to);
    tables += to - from - gap.free;
    free += gap.free;
  }
}

/** Ordered by offset. An extended partition is replaced by the logical partitions that it contains. */
function innermost(contents: readonly PartitionContent[]): readonly PartitionContent[] {
  return contents
    .filter(({ partition }) => !EXTENDED.has(partition.type))
    .toSorted((one, other) => one.partition.offset - other.partition.offset);
}

/** The names of the MBR types. */
const EXTENDED: ReadonlySet<string> = new Set(['extended', 'extended with LBA', 'Linux extended']);

function partitionUse({ partition, kind, volume }: PartitionContent): PartitionUse {
  const { name, number, size } = partition;
  const read = volume === undefined ? undefined : { volume, use: volumeUse(volume, size) };
  return { name: name === '' ? String(number) : name, kind, size, ...(read === undefined ? {} : { read }) };
}
