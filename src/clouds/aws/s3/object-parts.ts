/**
 * A file in the format of S3: parts of equal size, each with its SHA-256, and the checksum of the whole, which is the checksum of the
 * checksums.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readPiece } from '../../../formats/raw.ts';

const MEBIBYTE = 1 << 20;
const SMALLEST = 8 * MEBIBYTE;
/** S3 accepts ten thousand. */
const MOST_PARTS = 9_000;

export interface ObjectPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
  /** Base64, as in S3. */
  readonly checksum: string;
}

/** Bytes of each part except the last, from the size of the file; the same in every run. */
function partSize(size: number): number {
  return Math.max(SMALLEST, Math.ceil(size / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
}

/** In order. The consumer may keep the yielded bytes. */
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

/** The checksum of all parts, in S3's format for an object in parts. */
export function wholeChecksum(checksums: readonly string[]): string {
  return `${sha256(Buffer.concat(checksums.map(each => Buffer.from(each, 'base64'))))}-${checksums.length}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
