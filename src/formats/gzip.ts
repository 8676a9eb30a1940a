/**
 * Gzip (RFC 1952) whose bytes depend on the content alone: no time, no name, no system, compressed by fflate, since zlib's bytes change
 * with the version of Node.
 *
 *     1f 8b 08 00 00000000 00 ff    deflate, no flags, no time, level not said, system unknown
 *     deflate blocks
 *     CRC-32, size modulo 2^32      little-endian
 *
 * The content is deflated in pieces of 1 MiB that know nothing of each other, each ended on a byte by an empty stored block; an empty last
 * block ends them all. So a piece of zeros is always the same bytes, and is deflated only once.
 */
import { crc32 } from 'node:zlib';
import { Deflate } from 'fflate';
import { internal } from '../util/failure.ts';

/** Goes into the key of every action that writes gzip; raise it when the bytes change, as they may with fflate's version. */
export const GZIP_FORMAT_VERSION = 1;

const PIECE_SIZE = 1 << 20;
const LEVEL = 6;
const HEADER = Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const LAST_BLOCK = Buffer.of(0x03, 0x00);
const ZEROS = Buffer.alloc(PIECE_SIZE);

export function gzipBytes(bytes: Uint8Array): Buffer {
  const compressor = new Compressor();
  return Buffer.concat([HEADER, ...compressor.push(bytes), ...compressor.end()]);
}

/** The same bytes however the content comes cut, with no more than two pieces in memory. */
export async function* gzipStream(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  const compressor = new Compressor();
  yield HEADER;
  for await (const chunk of content) yield* compressor.push(chunk);
  yield* compressor.end();
}

class Compressor {
  readonly #piece = Buffer.allocUnsafe(PIECE_SIZE);
  #filled = 0;
  #size = 0;
  #crc = 0;
  #zeros: Buffer | undefined;

  *push(chunk: Uint8Array): Generator<Buffer> {
    this.#size += chunk.byteLength;
    this.#crc = crc32(chunk, this.#crc);
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + PIECE_SIZE - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === PIECE_SIZE) yield this.#flush();
    }
  }

  *end(): Generator<Buffer> {
    if (this.#filled > 0) yield this.#flush();
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#crc, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    yield Buffer.concat([LAST_BLOCK, trailer]);
  }

  #flush(): Buffer {
    const piece = this.#piece.subarray(0, this.#filled);
    this.#filled = 0;
    if (!piece.equals(ZEROS)) return deflatePiece(piece);
    this.#zeros ??= deflatePiece(piece);
    return this.#zeros;
  }
}

/**
 * Deflate blocks that end on a byte and are not the last. fflate 0.8.3 has `flush(true)` for this, which was seen to lose the lengths of
 * the stored block; so the stream is ended with an empty last block, and that is made into an empty stored one.
 */
function deflatePiece(piece: Uint8Array): Buffer {
  const chunks: Uint8Array[] = [];
  const deflate = new Deflate({ level: LEVEL }, chunk => chunks.push(chunk));
  deflate.push(piece);
  deflate.flush();
  deflate.push(new Uint8Array(), true);
  return withStoredEnd(Buffer.concat(chunks));
}

/**
 * The empty last block is, from its first bit: 1 (last), 1 0 (fixed codes), 0000000 (end of block), zeros up to a byte. So the highest bit
 * that is set in the stream is its second. An empty stored block is 0 (not last), 0 0 (stored), zeros up to a byte, 00 00 ff ff.
 */
function withStoredEnd(stream: Buffer): Buffer {
  const at = stream.findLastIndex(byte => byte !== 0);
  const second = at * 8 + 31 - Math.clz32(stream[at] ?? 0);
  for (const bit of [second - 1, second]) {
    const byte = stream[bit >> 3] ?? 0;
    if ((byte & (1 << (bit & 7))) === 0) throw internal('fflate ended a stream in another way than it used to');
    stream[bit >> 3] = byte & ~(1 << (bit & 7));
  }
  const headerEnd = (second + 1) >> 3;
  return Buffer.concat([stream.subarray(0, headerEnd + 1), Buffer.of(0, 0, 0xff, 0xff)]);
}
