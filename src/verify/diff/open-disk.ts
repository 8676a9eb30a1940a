/**
 * An opened disk image: its partition table, the content of its partitions, and the owners of all other bytes. Never fails on a damaged
 * partition.
 */

import type { OpenImage } from '../containers/image-bytes.ts';
import { isIso } from '../iso/iso-volume.ts';
import type { Scratch } from '../packed/scratch.ts';
import { grubRegions } from '../partitions/grub-image.ts';
import type { Partition, PartitionTable } from '../partitions/partition-table.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { laidOver, type Region } from '../reading/owned-region.ts';
import { type Bytes, DamagedImage, partOf } from '../reading/random-access.ts';
import type { Volume } from '../reading/volume.ts';
import { openVolume } from './open-volume.ts';

export interface OpenDisk {
  readonly image: OpenImage;
  readonly table: PartitionTable | undefined;
  /** A disk without a table is one partition. */
  readonly partitions: readonly PartitionContent[];
  readonly grub: readonly Region[];
  readonly close: () => void;
}

export interface PartitionContent {
  readonly partition: Partition;
  readonly bytes: Bytes;
  readonly kind: string;
  readonly volume?: Volume;
}

/** The kind of content that no reader supports. */
export const UNKNOWN = 'unknown content';
/** The kind of a partition that contains only this. */
const GRUB = 'GRUB core image';

export async function openDisk(image: OpenImage, scratch: Scratch): Promise<OpenDisk> {
  // A hybrid ISO also has a partition table, which describes the same bytes again.
  const table = isIso(image) ? undefined : readPartitions(image);
  const grub = table === undefined ? [] : grubRegions(image);
  const partitions: PartitionContent[] = [];
  for (const partition of table?.partitions ?? [wholeDisk(image.size)])
    partitions.push(await contentOf(image, partition, { grub, scratch }));
  const close = (): void => {
    for (const { volume } of partitions) volume?.close?.();
  };
  return { image, table, partitions, grub, close };
}

function wholeDisk(size: number): Partition {
  return { number: 0, name: 'disk', type: '', id: '', offset: 0, size, attributes: '' };
}

/** A damaged partition is compared by its bytes. */
async function contentOf(
  image: OpenImage,
  partition: Partition,
  { grub, scratch }: { readonly grub: readonly Region[]; readonly scratch: Scratch },
): Promise<PartitionContent> {
  const bytes = partOf(image, partition.offset, partition.size);
  try {
    const volume = await openVolume(bytes, scratch);
    if (volume !== undefined) return { partition, bytes, kind: volume.kind, volume };
    return { partition, bytes, kind: within(partition, grub).length > 0 ? GRUB : UNKNOWN };
  } catch (error) {
    if (error instanceof DamagedImage) return { partition, bytes, kind: `damaged (${error.message})` };
    throw error;
  }
}

/** The regions of a partition; offsets in `grub` count from the start of the disk. */
export function partitionRegions({ volume, partition }: PartitionContent, grub: readonly Region[]): readonly Region[] {
  if (volume !== undefined) return volume.regions();
  return laidOver([{ offset: 0, size: partition.size, owner: UNKNOWN }], within(partition, grub));
}

/** The regions inside a partition, with offsets from its start. */
function within({ offset, size }: Partition, regions: readonly Region[]): readonly Region[] {
  return regions.flatMap(region => {
    const at = region.offset - offset;
    return at >= 0 && at + region.size <= size ? [{ ...region, offset: at }] : [];
  });
}

/** The owner of bytes inside a partition; their differences are reported there. */
export const INSIDE = 'a partition';

export function outsideRegions({ table, grub }: OpenDisk, named: readonly Region[] = grub): readonly Region[] {
  if (table === undefined) return [];
  const inside = table.partitions.map(({ offset, size }) => ({ offset, size, owner: INSIDE }));
  // A logical partition is inside an extended one.
  const inPlace = [...table.regions, ...inside].sort((a, b) => a.offset - b.offset);
  const isOutside = ({ offset }: Region): boolean =>
    !table.partitions.some(partition => partition.offset <= offset && offset < partition.offset + partition.size);
  return laidOver(inPlace, named.filter(isOutside));
}
