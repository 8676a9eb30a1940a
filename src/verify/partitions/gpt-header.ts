/**
 * A header of a GPT, and the number and id formats that it shares with the entries. It never checks whether the values fit the disk:
 * callers must.
 *
 * From its start: `EFI PART`, revision (8), length (12), checksum (16), own sector (24), the other header's (32), first and last usable sector (40,
 * 48), disk id (56), sector of the entries (72), their count (80), length of one (84), checksum of all (88).
 */
import { crc32 } from 'node:zlib';
import type { Bytes } from '../reading/random-access.ts';
import { hex, SECTOR, sectorsOf } from './partition-table.ts';

export interface GptHeader {
  /** The sector in which it was found. */
  readonly sector: number;
  /** The sector that it states for itself, and for the other header. */
  readonly ownSector: number;
  readonly otherSector: number;
  readonly revision: string;
  readonly checksum: string;
  readonly diskId: string;
  readonly firstUsable: number;
  readonly lastUsable: number;
  readonly entriesSector: number;
  readonly count: number;
  readonly entrySize: number;
  readonly entriesChecksum: number;
}

const GPT_SIGNATURE = 'EFI PART';
const MIN_HEADER_SIZE = 92;

/** Undefined if there is no header in that sector. */
export function gptHeader(bytes: Bytes, sector: number): GptHeader | undefined {
  if (sector >= sectorsOf(bytes)) return undefined;
  const header = bytes.read(sector * SECTOR, SECTOR);
  if (!isGptHeader(header)) return undefined;
  return {
    sector,
    ownSector: number64(header, 24),
    otherSector: number64(header, 32),
    revision: `${header.readUInt16LE(10)}.${header.readUInt16LE(8)}`,
    checksum: headerChecksum(header),
    diskId: guid(header, 56),
    firstUsable: number64(header, 40),
    lastUsable: number64(header, 48),
    entriesSector: number64(header, 72),
    count: header.readUInt32LE(80),
    entrySize: header.readUInt32LE(84),
    entriesChecksum: header.readUInt32LE(88),
  };
}

export function isGptHeader(sector: Buffer): boolean {
  return sector.toString('latin1', 0, GPT_SIGNATURE.length) === GPT_SIGNATURE;
}

/** Computed with zeros in its own place. */
function headerChecksum(header: Buffer): string {
  const length = header.readUInt32LE(12);
  if (length < MIN_HEADER_SIZE || length > SECTOR) return `wrong: the header says that it has ${length} bytes`;
  const summed = Buffer.from(header.subarray(0, length)).fill(0, 16, 20);
  return checksumWords(header.readUInt32LE(16), crc32(summed));
}

export function checksumWords(stored: number, found: number): string {
  return stored === found ? 'correct' : `wrong: 0x${hex(stored, 8)} is stored, 0x${hex(found, 8)} is correct`;
}

/** Exact up to 2^53: no disk has more sectors. */
export function number64(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

/** The first three parts are little-endian numbers. */
export function guid(bytes: Buffer, at: number): string {
  const start = [bytes.readUInt32LE(at), bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)];
  const [first = 0, second = 0, third = 0] = start;
  const end = [bytes.toString('hex', at + 8, at + 10), bytes.toString('hex', at + 10, at + 16)];
  return [hex(first, 8), hex(second, 4), hex(third, 4), ...end].join('-').toUpperCase();
}
