/** A file as S3 takes it: parts of one size, each known by its SHA-256, and the checksum of the whole, which is that of the checksums. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readPiece } from '../../../formats/raw.ts';

const MEBIBYTE = 1 << 20;
const SMALLEST = 8 * MEBIBYTE;
/** S3 takes ten thousand. */
const MOST_PARTS = 9_000;

export interface ObjectPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Base64, as S3 has it. */
  readonly checksum: string;
}

/** Bytes of each part but the last, of a file that has so many; the same for everybody. */
function partSize(size: number): number {
  return Math.max(SMALLEST, Math.ceil(size / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
}

/** In order. What was handed out may be kept. */
export function* partsOf(path: string, size: number): Generator<ObjectPart> {
  const length = partSize(size);
  const input = openSync(path, 'r');
  try {
    for (let number = 1, at = 0; at < size; number += 1, at += length) {
      const bytes = Buffer.allocUnsafe(Math.min(length, size - at));
      readPiece(input, bytes, at);
      yield { number, bytes, checksum: sha256(bytes) };
    }
  } finally {
    closeSync(input);
  }
}

/** Of all parts, as S3 tells it of an object that came in parts. */
export function wholeChecksum(checksums: readonly string[]): string {
  return `${sha256(Buffer.concat(checksums.map(each => Buffer.from(each, 'base64'))))}-${checksums.length}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
