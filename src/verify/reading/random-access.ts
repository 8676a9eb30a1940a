/**
 * Bytes of an image, read at any place. Images may come from anybody: inconsistent data is reported as damage, and a size is never trusted
 * if it would need too much memory.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { readPiece } from '../../formats/raw.ts';

export interface Bytes {
  readonly size: number;
  /** Returns exactly `length` bytes in a new buffer; throws beyond the end. Places where nothing is stored are zeros. */
  readonly read: (offset: number, length: number) => Buffer;
}

/** Some of a file's bytes, and their offset in it. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Pieces for consecutive parts. */
export function* piecesOf(parts: Iterable<Buffer>): Generator<Piece> {
  let offset = 0;
  for (const bytes of parts) {
    yield { offset, bytes };
    offset += bytes.byteLength;
  }
}

/** An inconsistency in an image. */
export class DamagedImage extends Error {
  /** The file, if known. */
  path: string | undefined;
}

export function damaged(what: string): DamagedImage {
  return new DamagedImage(what);
}

/** A part of the bytes, with offsets from its start. */
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
    throw damaged(`a reference to byte ${offset} leads beyond the end at byte ${size}`);
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
