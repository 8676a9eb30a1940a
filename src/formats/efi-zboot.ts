/**
 * A Linux kernel that is an EFI program which unpacks itself: takes out the kernel inside, which QEMU's `-kernel` wants. Anything else is left alone.
 *
 *     0  'MZ'   4  'zimg'   8  offset of the payload   12  its size   24  its compression, 32 bytes of text: gzip, zstd22
 *
 * Numbers are little-endian and of 32 bits.
 */
import * as zlib from 'node:zlib';
import { fail, ok, type Result } from '../util/result.ts';

const HEADER = 56;
/** A kernel of Alpine's takes 40 MB. */
const LARGEST = 512 << 20;

/** The error is a phrase that fits behind "a kernel with". */
export function unpackKernel(file: Uint8Array): Result<Uint8Array, string> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 0, 2) !== 'MZ' || bytes.toString('latin1', 4, 8) !== 'zimg') return ok(file);
  if (bytes.byteLength < HEADER) return fail('a header that ends too early');
  const [offset, size] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  if (offset + size > bytes.byteLength) return fail('a payload that ends too early');
  const payload = bytes.subarray(offset, offset + size);
  const compression = bytes.toString('latin1', 24, HEADER).replace(/\0.*$/s, '');
  try {
    if (compression === 'gzip') return ok(zlib.gunzipSync(payload, { maxOutputLength: LARGEST }));
    if (compression.startsWith('zstd') && 'zstdDecompressSync' in zlib)
      return ok(zlib.zstdDecompressSync(payload, { maxOutputLength: LARGEST }));
  } catch (error) {
    return fail(`a damaged payload (${(error as Error).message})`);
  }
  return fail(`a payload that is compressed in a way not known here, ${JSON.stringify(compression)}`);
}
