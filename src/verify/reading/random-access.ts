/**
 * Bytes of an image, read where they are asked for. Images may come from anybody: whatever does not fit together is told in words, and nothing is
 * believed that would take more memory than it can be worth.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readPiece } from '../../formats/raw.ts';

export interface Bytes {
  readonly size: number;
  /** As many as were asked for, in a buffer that nobody else has; beyond the end it throws. Zeros where nothing is stored. */
  readonly read: (offset: number, length: number) => Buffer;
}

/** Some of a file's bytes, and where they are in it. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Parts that follow one another. */
export function* piecesOf(parts: Iterable<Buffer>): Generator<Piece> {
  let offset = 0;
  for (const bytes of parts) {
    yield { offset, bytes };
    offset += bytes.byteLength;
  }
}

/** Says of an image what about it cannot be. */
export class DamagedImage extends Error {
  /** The file, where that is known. */
  path: string | undefined;
}

export function damaged(what: string): DamagedImage {
  return new DamagedImage(what);
}

/** A part of what can be read, with offsets of its own. */
export function partOf(bytes: Bytes, offset: number, size: number): Bytes {
  return {
    size,
    read: (at, length) => {
      checkRange(at, length, size);
      return bytes.read(offset + at, length);
    },
  };
}

export function checkRange(offset: number, length: number, size: number): void {
  if (offset < 0 || length < 0 || offset + length > size)
    throw damaged(`something is said to be at byte ${offset}, and all there is ends at ${size}`);
}

export interface OpenBytes extends Bytes {
  readonly close: () => void;
}

/** A file as it is. */
export function fileBytes(path: string): OpenBytes {
  return openedBytes(openSync(path, 'r'));
}

export function openedBytes(file: number): OpenBytes {
  const { size } = fstatSync(file);
  return {
    size,
    read: (offset, length) => {
      checkRange(offset, length, size);
      const piece = Buffer.alloc(length);
      readPiece(file, piece, offset);
      return piece;
    },
    close: () => closeSync(file),
  };
}
