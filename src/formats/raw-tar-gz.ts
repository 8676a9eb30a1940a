/**
 * Writes `raw.tar.gz`, the form in which Google Cloud imports a disk: a tar of GNU's old form that holds exactly `disk.raw`, of whole GiB.
 * The image is never in memory, and the zeros that fill it up are on no disk.
 *
 * The tar's header (512 bytes) has octal numbers that end in NUL, all zeros but the mode 0644, size and checksum; from 8 GiB on the size is
 * binary, big-endian, with the first bit set. Zeros up to a record of 10 KiB end the archive.
 */
import { open } from 'node:fs/promises';
import { internal } from '../util/failure.ts';
import { gzipStream } from './gzip.ts';
import { blocks, rawSize } from './raw.ts';
import { writeAll } from './write-all.ts';

/** Goes into the key of every action that writes a raw.tar.gz; raise it when the bytes change, as they may with fflate's version. */
export const RAW_TAR_GZ_FORMAT_VERSION = 1;

const GIBIBYTE = 2 ** 30;
const BLOCK_SIZE = 1 << 20;
const RECORD_SIZE = 10240;
const TAR_BLOCK = 512;
const OCTAL_MAX = 8 ** 11 - 1;

/** Overwrites `target`. */
export async function rawTarGz(source: string, target: string): Promise<void> {
  const size = Math.ceil((await rawSize(source)) / GIBIBYTE) * GIBIBYTE;
  if (size === 0) throw internal('a raw.tar.gz of no bytes');
  const output = await open(target, 'w');
  try {
    for await (const chunk of gzipStream(archive(source, size))) await writeAll(output, chunk);
  } finally {
    await output.close();
  }
}

async function* archive(source: string, size: number): AsyncGenerator<Uint8Array> {
  yield header(size);
  let at = 0;
  for await (const { offset, bytes } of blocks(source, BLOCK_SIZE)) {
    yield* zeros(offset - at);
    yield bytes;
    at = offset + bytes.byteLength;
  }
  const end = Math.ceil((TAR_BLOCK + size + 2 * TAR_BLOCK) / RECORD_SIZE) * RECORD_SIZE;
  yield* zeros(end - TAR_BLOCK - at);
}

function* zeros(size: number): Generator<Buffer> {
  const piece = Buffer.alloc(Math.min(size, BLOCK_SIZE));
  for (let left = size; left > 0; left -= piece.byteLength) yield piece.subarray(0, left);
}

function header(size: number): Buffer {
  const bytes = Buffer.alloc(TAR_BLOCK);
  bytes.write('disk.raw', 0);
  bytes.write('0000644\0', 100);
  bytes.write('0000000\0', 108);
  bytes.write('0000000\0', 116);
  if (size <= OCTAL_MAX) {
    bytes.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  } else {
    bytes[124] = 0x80;
    bytes.writeBigUInt64BE(BigInt(size), 128);
  }
  bytes.write('00000000000\0', 136);
  bytes.write('0', 156);
  bytes.write('ustar  \0', 257);
  // The checksum is made with its own field full of spaces.
  bytes.write('        ', 148);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
