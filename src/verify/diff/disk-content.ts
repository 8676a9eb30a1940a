/** What a partition of a disk holds. Never refuses a filesystem that is damaged: that is told of, and its bytes are still there. */
import type { Partition } from '../partitions/partition-table.ts';
import { type Bytes, DamagedImage, partOf } from '../reading/random-access.ts';
import { readVolume, type Volume } from './volume.ts';

/** What a disk without partitions is taken for. */
export function wholeDisk(size: number): Partition {
  return { number: 0, name: 'disk', type: '', id: '', offset: 0, size, attributes: '' };
}

/** The kind of what is read by nobody here. */
export const UNKNOWN = 'unknown content';

export interface Content {
  readonly bytes: Bytes;
  readonly kind: string;
  readonly volume?: Volume;
}

/** One that is damaged has no volume. */
export function contentOf(image: Bytes, { offset, size }: Partition): Content {
  const bytes = partOf(image, offset, size);
  try {
    const volume = readVolume(bytes);
    return volume === undefined ? { bytes, kind: UNKNOWN } : { bytes, kind: volume.kind, volume };
  } catch (error) {
    if (error instanceof DamagedImage) return { bytes, kind: `damaged (${error.message})` };
    throw error;
  }
}
