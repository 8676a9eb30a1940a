/** What a partition table says, whichever kind it is of, and where its sectors are on the disk. Never gives a place beyond the end. */

import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';

export interface Partition {
  /** As Linux counts: from 1, logical ones from 5. */
  readonly number: number;
  /** Empty where the table has no names. */
  readonly name: string;
  /** A word where the type is a common one, else its number or id. An extended partition is listed beside the logical ones that lie in it. */
  readonly type: string;
  readonly id: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  /** In words, with commas between them. */
  readonly attributes: string;
}

export interface PartitionTable {
  readonly kind: 'gpt' | 'mbr';
  readonly id: string;
  /** Everything else that may differ, for people. */
  readonly fields: ReadonlyMap<string, string>;
  /** In order of number. */
  readonly partitions: readonly Partition[];
  /** Whose the bytes outside of partitions are, and those between logical ones; in order of their places. */
  readonly regions: readonly Region[];
}

export const SECTOR = 512;

export function placeOf(
  bytes: Bytes,
  number: number,
  first: number,
  last: number,
): { readonly offset: number; readonly size: number } {
  if (last < first) throw damaged(`partition ${number} starts in sector ${first} and ends in sector ${last}`);
  if ((last + 1) * SECTOR > bytes.size)
    throw damaged(`partition ${number} ends in sector ${last}, and the disk has ${sectorsOf(bytes)}`);
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
