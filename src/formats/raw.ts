/** Reads the non-zero blocks of raw disk images, and writes disks as raw images with holes. Never has more than one piece in memory. */
import { closeSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { breather } from '../util/breather.ts';
import { internal } from '../util/failure.ts';
import { writeAll } from '../util/files/write-all.ts';

/** Part of the key of every action that copies an image; increase it when the bytes change. */
export const RAW_FORMAT_VERSION = 1;

export interface Block {
  /** Bytes from the start of the image, a multiple of the block size. */
  readonly offset: number;
  /** One block; shorter only at the end of the image. */
  readonly bytes: Uint8Array;
}

/** A disk to read, in any format. */
export interface Disk {
  /** Bytes. */
  readonly size: () => Promise<number>;
  /** The non-zero blocks, in order. */
  readonly blocks: (blockSize: number) => AsyncGenerator<Block>;
}

export function rawDisk(path: string): Disk {
  return { size: () => rawSize(path), blocks: blockSize => blocks(path, blockSize) };
}

/** A disk of zeros. */
export function emptyDisk(size: number): Disk {
  return {
    size: async () => size,
    async *blocks() {
      // there are none
    },
  };
}

const PIECE_SIZE = 1 << 20;
const COPY_BLOCK = 64 << 10;

/** The non-zero blocks, in order. Holes and written zeros are treated alike, so equal images result in equal blocks. */
export async function* blocks(path: string, blockSize: number): AsyncGenerator<Block> {
  if (!Number.isInteger(blockSize) || blockSize < 1) throw internal(`an image has no blocks of ${blockSize} bytes`);
  const pieceSize = Math.ceil(PIECE_SIZE / blockSize) * blockSize;
  const zeros = Buffer.alloc(pieceSize);
  // Synchronous: with the thread pool, an image of mostly holes takes five times as long.
  const input = openSync(path, 'r');
  const breathe = breather();
  try {
    let piece = Buffer.allocUnsafe(pieceSize);
    for (let offset = 0; ; offset += pieceSize) {
      await breathe();
      const size = readPiece(input, piece, offset);
      if (size > 0 && !isZeros(piece.subarray(0, size), zeros)) {
        for (let at = 0; at < size; at += blockSize) {
          const bytes = piece.subarray(at, Math.min(at + blockSize, size));
          if (!isZeros(bytes, zeros)) yield { offset: offset + at, bytes };
        }
        // The consumer may keep the yielded bytes.
        piece = Buffer.allocUnsafe(pieceSize);
      }
      if (size < pieceSize) return;
    }
  } finally {
    closeSync(input);
  }
}

/** The size of a raw image. */
export async function rawSize(path: string): Promise<number> {
  return (await stat(path)).size;
}

/** Writes a raw image without blocks of zeros of 64 KiB, so holes stay holes. Overwrites `target`. */
export async function copySparse(source: Disk, target: string): Promise<void> {
  const size = await source.size();
  const output = await open(target, 'w');
  try {
    await output.truncate(size);
    for await (const { offset, bytes } of source.blocks(COPY_BLOCK)) await writeAll(output, bytes, offset);
  } finally {
    await output.close();
  }
}

/** Returns the number of bytes read, up to the length of the piece. */
export function readPiece(input: number, piece: Buffer, offset: number): number {
  let size = 0;
  while (size < piece.byteLength) {
    const bytesRead = readSync(input, piece, size, piece.byteLength - size, offset + size);
    if (bytesRead === 0) break;
    size += bytesRead;
  }
  return size;
}

function isZeros(bytes: Buffer, zeros: Buffer): boolean {
  return bytes.compare(zeros, 0, bytes.byteLength) === 0;
}
