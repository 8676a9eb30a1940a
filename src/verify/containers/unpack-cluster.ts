/**
 * Unpacks a compressed cluster of a qcow2. Its length is known only in whole sectors, so other data may follow it. The result is never
 * larger than one cluster.
 *
 * Raw deflate data contains its own end. For zstd, Node requires exactly one frame (RFC 8878), so its end is determined here. Numbers are
 * little-endian:
 *
 *     0  0xfd2fb528
 *     4  a byte: bits 6 and 7 length of the content's size, bit 5 no window byte, bit 2 a checksum, bits 0 and 1 length of the
 *        dictionary's id
 *        window byte, id, content's size
 *        blocks, each of 3 bytes (bit 0 the last one, bits 1 and 2 its kind, the rest its size) and the data
 *        checksum, 4 bytes
 */
import * as zlib from 'node:zlib';
import { damaged } from '../reading/random-access.ts';
import type { Compression } from './qcow2-header.ts';

const MAGIC = 0xfd2fb528;
/** Maximum window of a frame; a cluster has at most 2 MiB. */
const LARGEST_WINDOW_BITS = 23;
/** The smallest value that Node accepts. */
const SMALLEST_CHUNK = 64;
const RUN = 1;
const RESERVED = 3;

export function unpackCluster(packed: Buffer, cluster: number, compression: Compression): Buffer {
  const bytes = unpack(packed, cluster, compression);
  if (bytes?.byteLength === cluster) return bytes;
  throw damaged(`a compressed cluster is not valid ${compression} data of ${cluster} bytes`);
}

function unpack(packed: Buffer, cluster: number, compression: Compression): Buffer | undefined {
  const options = { maxOutputLength: cluster, chunkSize: Math.max(cluster, SMALLEST_CHUNK) };
  try {
    if (compression === 'zlib') return zlib.inflateRawSync(packed, options);
    // Node 22.12 has none yet.
    if (!('zstdDecompressSync' in zlib))
      throw damaged('it is compressed with zstd, which this version of Node does not support');
    const length = frameLength(packed);
    if (length === undefined) return undefined;
    const params = { [zlib.constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_BITS };
    return zlib.zstdDecompressSync(packed.subarray(0, length), { ...options, params });
  } catch (error) {
    if (isOfZlib(error)) return undefined;
    throw error;
  }
}

/** True for an error in the data, not in the arguments of the call. */
function isOfZlib(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code === 'ERR_BUFFER_TOO_LARGE' || code.startsWith('Z_') || code.startsWith('ZSTD_error');
}

/** Undefined if it is not a frame or extends beyond the end. */
function frameLength(bytes: Buffer): number | undefined {
  if (bytes.byteLength < 5 || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const flags = bytes.readUInt8(4);
  let at = 5 + headerRest(flags);
  for (let isLast = false; !isLast; ) {
    if (at + 3 > bytes.byteLength) return undefined;
    const block = bytes.readUIntLE(at, 3);
    const kind = (block >> 1) & 3;
    if (kind === RESERVED) return undefined;
    // A run has one byte, and its size is the number of repetitions.
    at += 3 + (kind === RUN ? 1 : block >> 3);
    isLast = (block & 1) !== 0;
  }
  const end = at + ((flags & 4) !== 0 ? 4 : 0);
  return end <= bytes.byteLength ? end : undefined;
}

function headerRest(flags: number): number {
  const hasNoWindow = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentSize = [hasNoWindow ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  return (hasNoWindow ? 0 : 1) + dictionary + contentSize;
}
