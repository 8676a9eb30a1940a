/**
 * Reads one gzip member at a given offset; never continues into the next member, as zlib's gunzip does.
 *
 *     member := 1f 8b 08 flags mtime[4] xfl os  [extra: length[2] bytes]  [name 00]  [comment 00]  [header crc[2]]  deflate  crc32[4]  size[4]
 *
 * Little-endian; RFC 1952. The optional parts exist if flags has 4, 8, 16, 2, in this order.
 */
import { crc32, inflateRawSync } from 'node:zlib';

export type GzipMember =
  | {
      readonly kind: 'member';
      readonly content: Uint8Array;
      /** Offset directly behind the member. */
      readonly end: number;
    }
  /** The bytes end before the member ends: more bytes of the file may help. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'damaged'; readonly why: string };

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
const TRAILER = 8;

/** Inflates at most `maxContent` bytes: a compression bomb is `damaged`, and does not exhaust the heap. */
export function readGzipMember(bytes: Uint8Array, start: number, maxContent: number): GzipMember {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = skipHeader(bytes, view, start);
  if (typeof header !== 'number') return header;
  const deflated = inflate(bytes.subarray(header), maxContent);
  if (deflated.kind !== 'inflated') return deflated;
  const trailer = header + deflated.consumed;
  if (trailer + TRAILER > bytes.byteLength) return { kind: 'truncated' };
  const { content } = deflated;
  if (view.getUint32(trailer, true) !== crc32(content)) return { kind: 'damaged', why: 'its CRC is wrong' };
  if (view.getUint32(trailer + 4, true) !== content.byteLength >>> 0)
    return { kind: 'damaged', why: 'its size is wrong' };
  return { kind: 'member', content, end: trailer + TRAILER };
}

function skipHeader(bytes: Uint8Array, view: DataView, start: number): number | GzipMember {
  if (start + 10 > bytes.byteLength) return { kind: 'truncated' };
  if (view.getUint16(start) !== 0x1f8b || view.getUint8(start + 2) !== 8) {
    return { kind: 'damaged', why: `no gzip header at byte ${start}` };
  }
  const flags = view.getUint8(start + 3);
  if ((flags & FLAG.reserved) !== 0) return { kind: 'damaged', why: 'its header has unknown flags' };
  let at = start + 10;
  if ((flags & FLAG.extra) !== 0) {
    if (at + 2 > bytes.byteLength) return { kind: 'truncated' };
    at += 2 + view.getUint16(at, true);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0) return { kind: 'truncated' };
    at = zero + 1;
  }
  if ((flags & FLAG.headerCrc) !== 0) {
    if (at + 2 > bytes.byteLength) return { kind: 'truncated' };
    if (view.getUint16(at, true) !== (crc32(bytes.subarray(start, at)) & 0xffff)) {
      return { kind: 'damaged', why: 'its header CRC is wrong' };
    }
    at += 2;
  }
  return at < bytes.byteLength ? at : { kind: 'truncated' };
}

type Inflated =
  | { readonly kind: 'inflated'; readonly content: Uint8Array; readonly consumed: number }
  | Exclude<GzipMember, { kind: 'member' }>;

/** What zlib returns with `info: true`; its typings don't say so. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(bytes: Uint8Array, maxContent: number): Inflated {
  try {
    const { buffer, engine } = inflateRawSync(bytes, {
      info: true,
      maxOutputLength: maxContent,
    }) as unknown as WithEngine;
    return { kind: 'inflated', content: buffer, consumed: engine.bytesWritten };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') return { kind: 'truncated' };
    const isBomb = code === 'ERR_BUFFER_TOO_LARGE';
    return {
      kind: 'damaged',
      why: isBomb ? `it unpacks to more than ${maxContent} bytes` : 'its compressed data is invalid',
    };
  }
}
