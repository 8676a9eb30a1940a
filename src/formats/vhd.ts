/**
 * Writes VHD images for Azure and Hyper-V, with exactly the size of the raw image rounded up to 1 MiB. The bytes never depend on the
 * machine or the clock: the caller passes id and time.
 *
 * Numbers are big-endian. The footer (512 bytes) ends the file:
 *
 *       0  `conectix`                     40  original size, 48 current size
 *       8  features, 2 (always set)       56  geometry: cylinders (16 bits), heads, sectors
 *      12  version 0x00010000             60  type: 2 fixed, 3 dynamic
 *      16  offset of the header, or ones  64  checksum: complement of the sum of all other bytes
 *      24  seconds since 2000             68  id, 16 bytes
 *      28  creator, version, host system  84  saved state, 0; zeros
 *
 * A fixed image consists of the raw bytes and the footer. A dynamic image consists of a copy of the footer, the header, the table of
 * blocks, the non-zero blocks (each a bitmap of 512 bytes, all ones, and 2 MiB), the footer. The header (1024 bytes):
 *
 *       0  `cxsparse`                     24  version 0x00010000
 *       8  ones                           28  entries of the table
 *      16  offset of the table            32  block size
 *                                         36  checksum; zeros (no parent)
 *
 * The table has the sector of each block's bitmap, or ones for a block of zeros.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { internal } from '../util/failure.ts';
import { writeAll } from '../util/files/write-all.ts';
import type { Disk } from './raw.ts';

/** Part of the key of every action that writes a VHD; increase it when the bytes change. */
export const VHD_FORMAT_VERSION = 1;

export interface VhdOptions {
  /** Azure imports only fixed images. */
  readonly type: 'dynamic' | 'fixed';
  /** 16 bytes, the same for the same image. */
  readonly uniqueId: Uint8Array;
  /** Seconds since 1970, not before 2000. */
  readonly timestamp: number;
}

const SECTOR = 512;
const MEBIBYTE = 1 << 20;
const BLOCK_SIZE = 2 << 20;
const BITMAP = Buffer.alloc(SECTOR, 0xff);
const HEADER_AT = 512;
const TABLE_AT = 1536;
const EPOCH_2000 = 946_684_800;
/** The limit of Hyper-V. */
const MAX_SIZE = 2040 * 2 ** 30;

/** Overwrites `target`; zeros of the raw image become holes. */
export async function writeVhd(source: Disk, target: string, options: VhdOptions): Promise<void> {
  const size = Math.ceil((await source.size()) / MEBIBYTE) * MEBIBYTE;
  if (size === 0 || size > MAX_SIZE) throw internal(`a VHD cannot hold ${size} bytes`);
  const output = await open(target, 'w');
  try {
    if (options.type === 'fixed') await writeFixed(source, output, size, footer(size, options));
    else await writeDynamic(source, output, size, footer(size, options));
  } finally {
    await output.close();
  }
}

async function writeFixed(source: Disk, output: FileHandle, size: number, end: Buffer): Promise<void> {
  for await (const { offset, bytes } of source.blocks(BLOCK_SIZE)) await writeAll(output, bytes, offset);
  await writeAll(output, end, size);
}

async function writeDynamic(source: Disk, output: FileHandle, size: number, end: Buffer): Promise<void> {
  const entries = Math.ceil(size / BLOCK_SIZE);
  const table = Buffer.alloc(Math.ceil((entries * 4) / SECTOR) * SECTOR);
  table.fill(0xff, 0, entries * 4);
  let at = TABLE_AT + table.byteLength;
  for await (const { offset, bytes } of source.blocks(BLOCK_SIZE)) {
    table.writeUInt32BE(at / SECTOR, (offset / BLOCK_SIZE) * 4);
    await writeAll(output, BITMAP, at);
    await writeAll(output, bytes, at + SECTOR);
    at += SECTOR + BLOCK_SIZE;
  }
  await writeAll(output, Buffer.concat([end, dynamicHeader(entries), table]), 0);
  await writeAll(output, end, at);
}

function footer(size: number, options: VhdOptions): Buffer {
  const { uniqueId, timestamp, type } = options;
  const since2000 = timestamp - EPOCH_2000;
  if (uniqueId.byteLength !== 16) throw internal(`a VHD's id has 16 bytes, not ${uniqueId.byteLength}`);
  if (!Number.isInteger(since2000) || since2000 < 0 || since2000 > 0xffffffff)
    throw internal(`a VHD cannot store the time ${timestamp}`);
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('conectix', 0);
  bytes.writeUInt32BE(2, 8);
  bytes.writeUInt32BE(0x00010000, 12);
  if (type === 'fixed') bytes.fill(0xff, 16, 24);
  else bytes.writeBigUInt64BE(BigInt(HEADER_AT), 16);
  bytes.writeUInt32BE(since2000, 24);
  // Hyper-V's own mark. Readers in the tradition of Virtual PC, such as QEMU, derive the size from the geometry, which is usually smaller
  // than the image, unless they know that the creator's size field is exact.
  bytes.write('win ', 28);
  bytes.writeUInt32BE(0x000a0000, 32);
  bytes.write('Wi2k', 36);
  bytes.writeBigUInt64BE(BigInt(size), 40);
  bytes.writeBigUInt64BE(BigInt(size), 48);
  const { cylinders, heads, sectors } = geometry(size / SECTOR);
  bytes.writeUInt16BE(cylinders, 56);
  bytes.writeUInt8(heads, 58);
  bytes.writeUInt8(sectors, 59);
  bytes.writeUInt32BE(type === 'fixed' ? 2 : 3, 60);
  bytes.set(uniqueId, 68);
  bytes.writeUInt32BE(checksum(bytes), 64);
  return bytes;
}

function dynamicHeader(entries: number): Buffer {
  const bytes = Buffer.alloc(TABLE_AT - HEADER_AT);
  bytes.write('cxsparse', 0);
  bytes.fill(0xff, 8, 16);
  bytes.writeBigUInt64BE(BigInt(TABLE_AT), 16);
  bytes.writeUInt32BE(0x00010000, 24);
  bytes.writeUInt32BE(entries, 28);
  bytes.writeUInt32BE(BLOCK_SIZE, 32);
  bytes.writeUInt32BE(checksum(bytes), 36);
  return bytes;
}

/** The checksum field in `bytes` must still be zeros. */
function checksum(bytes: Buffer): number {
  return ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;
}

/** The largest geometry within the size, by the appendix "CHS Calculation" of the Virtual Hard Disk Image Format Specification, 1.0. */
function geometry(totalSectors: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(totalSectors, 65535 * 16 * 255);
  if (total >= 65535 * 16 * 63) return { cylinders: Math.floor(total / 255 / 16), heads: 16, sectors: 255 };
  let sectors = 17;
  let tracks = Math.floor(total / sectors);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    sectors = 31;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  if (tracks >= heads * 1024) {
    sectors = 63;
    heads = 16;
    tracks = Math.floor(total / sectors);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
