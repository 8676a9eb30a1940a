/** Writes small disks by hand for the tests of this folder. Must only be imported by tests. */
import { crc32 } from 'node:zlib';
import { bytesOf } from '../reading/reading-fixtures.ts';
import type { PartitionTable } from './partition-table.ts';
import { readPartitions } from './partitions.ts';

export const SECTOR = 512;
export const SECTORS = 2048;
export const LAST = SECTORS - 1;
export const EFI = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
export const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
export const DISK_ID = '330635B6-72B0-5D01-87CD-53A0AC1D04CD';
export const EFI_ID = '7B7690CD-F435-513C-AACB-15E6193599D7';
export const ROOT_ID = '000D3618-A049-5643-B0A2-96C00DF77F7D';

function guidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

interface Slot {
  readonly flag?: number;
  readonly type: number;
  readonly first: number;
  readonly count: number;
}

export function putMbr(disk: Buffer, sector: number, slots: readonly Slot[]): void {
  for (const [index, { flag = 0, type, first, count }] of slots.entries()) {
    const at = sector * SECTOR + 446 + 16 * index;
    disk.writeUInt8(flag, at);
    disk.writeUInt8(type, at + 4);
    disk.writeUInt32LE(first, at + 8);
    disk.writeUInt32LE(count, at + 12);
  }
  disk.writeUInt16LE(0xaa55, sector * SECTOR + 510);
}

interface Wanted {
  readonly type: string;
  readonly id: string;
  readonly first: number;
  readonly last: number;
  readonly name: string;
  readonly attributes?: bigint;
}

const USUAL: readonly Wanted[] = [
  { type: EFI, id: EFI_ID, first: 64, last: 127, name: 'efi' },
  { type: LINUX, id: ROOT_ID, first: 128, last: 2000, name: 'root', attributes: (1n << 60n) | 5n },
];

export function gptDisk(partitions: readonly Wanted[] = USUAL): Buffer {
  const disk = Buffer.alloc(SECTORS * SECTOR);
  putMbr(disk, 0, [{ type: 0xee, first: 1, count: LAST }]);
  const entries = Buffer.alloc(128 * 128);
  for (const [index, { type, id, first, last, name, attributes = 0n }] of partitions.entries()) {
    const entry = entries.subarray(index * 128, index * 128 + 128);
    guidBytes(type).copy(entry, 0);
    guidBytes(id).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(first), 32);
    entry.writeBigUInt64LE(BigInt(last), 40);
    entry.writeBigUInt64LE(attributes, 48);
    entry.write(name, 56, 'utf16le');
  }
  for (const [own, other, at] of [
    [1, LAST, 2],
    [LAST, 1, LAST - 32],
  ] as const) {
    entries.copy(disk, at * SECTOR);
    const header = disk.subarray(own * SECTOR, own * SECTOR + SECTOR);
    header.write('EFI PART\0\0\x01\0\x5c', 0, 'latin1');
    for (const [place, value] of [
      [24, own],
      [32, other],
      [40, 34],
      [48, LAST - 33],
      [72, at],
    ] as const)
      header.writeBigUInt64LE(BigInt(value), place);
    guidBytes(DISK_ID).copy(header, 56);
    header.writeUInt32LE(128, 80);
    header.writeUInt32LE(128, 84);
    header.writeUInt32LE(crc32(entries), 88);
    sum(disk, own);
  }
  return disk;
}

/** Corrects the checksum of a header. */
export function sum(disk: Buffer, sector: number): void {
  const header = disk.subarray(sector * SECTOR, sector * SECTOR + 92).fill(0, 16, 20);
  header.writeUInt32LE(crc32(header), 16);
}

/** Two primary partitions, and an extended one with two in it. */
export function mbrDisk(): Buffer {
  const disk = Buffer.alloc(SECTORS * SECTOR);
  disk.write('boot', 0);
  disk.writeUInt32LE(0xdeadbeef, 440);
  putMbr(disk, 0, [
    { flag: 0x80, type: 0x83, first: 64, count: 100 },
    { type: 0x27, first: 200, count: 100 },
    { type: 0, first: 0, count: 0 },
    { type: 0x05, first: 400, count: 1000 },
  ]);
  putMbr(disk, 400, [
    { type: 0x83, first: 10, count: 90 },
    { type: 0x05, first: 300, count: 200 },
  ]);
  putMbr(disk, 700, [{ type: 0x82, first: 5, count: 95 }]);
  return disk;
}

export function read(disk: Buffer): PartitionTable {
  const table = readPartitions(bytesOf(disk));
  if (table === undefined) throw new Error('there is no table');
  return table;
}

export function field(disk: Buffer, name: string): string | undefined {
  return read(disk).fields.get(name);
}
