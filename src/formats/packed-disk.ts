/**
 * The format in which disks are stored, hashed and moved: a disk without its zeros, as large as the data on it. Equal disks result in equal
 * bytes, with or without holes, because a block of zeros is never stored. Numbers are big-endian.
 *
 *       0  `aib disk`                      16  bytes of the disk, 64 bits
 *       8  version, 1 (32 bits)            24  zeros
 *      12  bytes of a block, 65536
 *     512  a bit for each block of the disk, set if it is stored, the first one in the highest bit of a byte; zeros up to a multiple of 512
 *          the stored blocks in order; the last one of the disk ends where the disk does
 */
import { closeSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { internal } from '../util/failure.ts';
import { writeAll } from '../util/files/write-all.ts';
import { type Block, type Disk, readPiece } from './raw.ts';

const MAGIC = 'aib disk';
const VERSION = 1;
const BLOCK = 64 << 10;
const SECTOR = 512;

/** Overwrites `target`. */
export async function packDisk(source: Disk, target: string): Promise<void> {
  const size = await source.size();
  const map = emptyMap(size);
  const output = await open(target, 'w');
  try {
    let at = SECTOR + map.byteLength;
    for await (const { offset, bytes } of source.blocks(BLOCK)) {
      setBit(map, offset / BLOCK);
      await writeAll(output, bytes, at);
      at += bytes.byteLength;
    }
    const header = Buffer.alloc(SECTOR);
    header.write(MAGIC, 0, 'latin1');
    header.writeUInt32BE(VERSION, 8);
    header.writeUInt32BE(BLOCK, 12);
    header.writeBigUInt64BE(BigInt(size), 16);
    await writeAll(output, Buffer.concat([header, map]), 0);
  } finally {
    await output.close();
  }
}

/** Reads a packed disk. Any other file is a bug: packed disks are made by actions, and have known digests. */
export function packedDisk(path: string): Disk {
  return {
    size: async () => sizeOf(path),
    blocks: blockSize => unpack(path, blockSize),
  };
}

/** `blockSize` is a multiple of the size of stored blocks. */
async function* unpack(path: string, blockSize: number): AsyncGenerator<Block> {
  if (!Number.isInteger(blockSize / BLOCK) || blockSize < BLOCK)
    throw internal(`a packed disk has no blocks of ${blockSize} bytes`);
  const input = openSync(path, 'r');
  try {
    const { size, map } = readHeader(input, path);
    const perBlock = blockSize / BLOCK;
    let at = SECTOR + map.byteLength;
    for (let first = 0; first * BLOCK < size; first += perBlock) {
      let bytes: Buffer | undefined;
      const offset = first * BLOCK;
      for (let index = 0; index < perBlock; index += 1) {
        if (!hasBit(map, first + index)) continue;
        bytes ??= Buffer.alloc(Math.min(blockSize, size - offset));
        const place = index * BLOCK;
        const piece = bytes.subarray(place, place + BLOCK);
        if (readPiece(input, piece, at) < piece.byteLength) throw internal(`${path} ends too early`);
        at += piece.byteLength;
      }
      if (bytes !== undefined) yield { offset, bytes };
    }
  } finally {
    closeSync(input);
  }
}

function readHeader(file: number, path: string): { readonly size: number; readonly map: Buffer } {
  const header = Buffer.alloc(SECTOR);
  readPiece(file, header, 0);
  const isOurs = header.toString('latin1', 0, 8) === MAGIC && header.readUInt32BE(8) === VERSION;
  if (!isOurs || header.readUInt32BE(12) !== BLOCK) throw internal(`${path} is not a packed disk`);
  const size = Number(header.readBigUInt64BE(16));
  const map = emptyMap(size);
  if (readPiece(file, map, SECTOR) < map.byteLength) throw internal(`${path} ends too early`);
  return { size, map };
}

function sizeOf(path: string): number {
  const file = openSync(path, 'r');
  try {
    return readHeader(file, path).size;
  } finally {
    closeSync(file);
  }
}

function emptyMap(size: number): Buffer {
  return Buffer.alloc(Math.ceil(Math.ceil(size / BLOCK) / 8 / SECTOR) * SECTOR);
}

function setBit(map: Buffer, index: number): void {
  map.writeUInt8(map.readUInt8(index >> 3) | (0x80 >> (index & 7)), index >> 3);
}

/** Also false beyond the end. */
function hasBit(map: Buffer, index: number): boolean {
  return ((map[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
}
