/** A partition table of any kind, and the places of its sectors on the disk. Never contains a place beyond the end. */

import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';

export interface Partition {
  /** As in Linux: from 1, logical partitions from 5. */
  readonly number: number;
  /** Empty if the table has no names. */
  readonly name: string;
  /**
   * The name of a common type, otherwise its number or id. An extended partition is listed beside the logical partitions that it contains.
   */
  readonly type: string;
  readonly id: string;
  /** In bytes. */
  readonly offset: number;
  readonly size: number;
  /** Words, separated by commas. */
  readonly attributes: string;
}

export interface PartitionTable {
  readonly kind: 'gpt' | 'mbr';
  readonly id: string;
  /** Everything else that may differ, for the user. */
  readonly fields: ReadonlyMap<string, string>;
  /** Ordered by number. */
  readonly partitions: readonly Partition[];
  /** Owners of the bytes outside of partitions and between logical partitions, ordered by offset. */
  readonly regions: readonly Region[];
}

export const SECTOR = 512;

export function placeOf(
  bytes: Bytes,
  number: number,
  first: number,
  last: number,
): { readonly offset: number; readonly size: number } {
  if (last < first) throw damaged(`partition ${number} starts in sector ${first} but ends in sector ${last}`);
  if ((last + 1) * SECTOR > bytes.size)
    throw damaged(`partition ${number} ends in sector ${last}, but the disk has only ${sectorsOf(bytes)} sectors`);
  return { offset: first * SECTOR, size: (last + 1 - first) * SECTOR };
}

export function inOrder(regions: readonly Region[]): readonly Region[] {
  return regions.toSorted((one, other) => one.offset - other.offset);
}

export function sectorsOf(bytes: Bytes): number {
  return Math.floor(bytes.size / SECTOR);
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
