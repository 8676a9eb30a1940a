/**
 * Reads the partition table of a disk with sectors of 512 bytes: GPT, and MBR with its logical partitions. Never reads the content of a
 * partition, and never uses a number of the table before checking that it is on the disk.
 */
import { type Bytes, damaged } from '../reading/random-access.ts';
import { readGpt } from './gpt.ts';
import { gptHeader, isGptHeader } from './gpt-header.ts';
import { mbrEntries, readMbr } from './mbr.ts';
import { type PartitionTable, SECTOR, sectorsOf } from './partition-table.ts';

const PROTECTIVE = 0xee;

/** Undefined if there is no table: an empty MBR counts as the boot sector of a filesystem, which looks the same. */
export function readPartitions(bytes: Bytes): PartitionTable | undefined {
  if (bytes.size < 2 * SECTOR) return undefined;
  const mbr = bytes.read(0, SECTOR);
  const entries = mbrEntries(mbr);
  const isProtective = entries.some(entry => entry.type === PROTECTIVE);
  const last = sectorsOf(bytes) - 1;
  // An MBR may have replaced a GPT and left its headers on the disk.
  const main = isProtective || entries.length === 0 ? gptHeader(bytes, 1) : undefined;
  const header = main ?? (isProtective ? gptHeader(bytes, last) : undefined);
  if (header !== undefined) return readGpt(bytes, mbr, header);
  if (isProtective) throw damaged(whyNoGpt(bytes, last));
  return entries.length === 0 ? undefined : readMbr(bytes, mbr, entries);
}

function whyNoGpt(bytes: Bytes, last: number): string {
  const hasBigSectors = bytes.size >= 8192 && isGptHeader(bytes.read(4096, SECTOR));
  if (hasBigSectors) return 'the disk has sectors of 4096 bytes; only 512 are supported';
  return `the MBR announces a GPT, but there is no GPT header in the sectors 1 and ${last}`;
}
