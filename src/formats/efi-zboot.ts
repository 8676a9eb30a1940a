/**
 * Extracts the kernel from a Linux kernel that is a self-extracting EFI program, because QEMU's `-kernel` requires the plain kernel. Never
 * changes any other file.
 *
 *     0  'MZ'   4  'zimg'   8  offset of the payload   12  its size   24  its compression, 32 bytes of text: gzip, zstd22
 *
 * Numbers are little-endian and of 32 bits.
 */
import * as zlib from 'node:zlib';
import { fail, ok, type Result } from '../util/result.ts';

const HEADER = 56;
/** A kernel of Alpine has 40 MB. */
const LARGEST = 512 << 20;

/** The error is a phrase for the place behind "the kernel has". */
export function unpackKernel(file: Uint8Array): Result<Uint8Array, string> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || bytes.toString('latin1', 4, 8) !== 'zimg') return ok(file);
  if (bytes.byteLength < HEADER) return fail('a truncated header');
  const [offset, size] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  if (offset + size > bytes.byteLength) return fail('a truncated payload');
  const payload = bytes.subarray(offset, offset + size);
  const compression = bytes.toString('latin1', 24, HEADER).replace(/\0.*$/s, '');
  try {
    if (compression === 'gzip') return ok(zlib.gunzipSync(payload, { maxOutputLength: LARGEST }));
    if (compression.startsWith('zstd') && 'zstdDecompressSync' in zlib)
      return ok(zlib.zstdDecompressSync(payload, { maxOutputLength: LARGEST }));
  } catch (error) {
    return fail(`a damaged payload (${(error as Error).message})`);
  }
  return fail(`a payload with an unknown compression, ${JSON.stringify(compression)}`);
}
