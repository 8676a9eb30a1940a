/**
 * Where something is unpacked to be read at any place: files that have no name and are gone once they are closed, or once the process is, however it
 * ends. Whatever an image says of itself, no more is ever written than the two bounds here allow.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { damaged, type OpenBytes, openedBytes, type Piece } from '../reading/random-access.ts';

export interface ScratchBounds {
  /** Bytes of one file. */
  readonly one: number;
  /** Bytes of all files of a comparison together, also of those that are closed already: they take time, too. */
  readonly all: number;
}

/** What the smallest file counts: to make it takes time, too. */
const LEAST = 64 << 10;
const BOUNDS: ScratchBounds = { one: 2 ** 30, all: 4 * 2 ** 30 };

export class Scratch {
  readonly #bounds: ScratchBounds;
  #written = 0;

  constructor(bounds: ScratchBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** Holes of what is kept count, too: whoever reads it reads them. */
  async keep(pieces: AsyncIterable<Piece> | Iterable<Piece>, size = 0): Promise<OpenBytes> {
    this.#check(size);
    const file = this.#open();
    try {
      let end = 0;
      for await (const { offset, bytes } of pieces) {
        this.#check(Math.max(size, offset + bytes.byteLength));
        writeWhole(file, bytes, offset);
        end = Math.max(end, offset + bytes.byteLength);
      }
      ftruncateSync(file, Math.max(size, end));
      this.#written += Math.max(size, end, LEAST);
      return openedBytes(file);
    } catch (error) {
      closeSync(file);
      throw noRoom(error);
    }
  }

  #check(size: number): void {
    const { one, all } = this.#bounds;
    if (size > one) throw damaged(`it has more than ${one} bytes unpacked, and is not read any further`);
    if (this.#written + size > all) throw damaged(`more than ${all} bytes would be unpacked in all, so it is not read`);
  }

  #open(): number {
    const path = join(tmpdir(), `aib-diff-${randomUUID()}`);
    try {
      const file = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return file;
    } catch (error) {
      throw noRoom(error);
    }
  }
}

function writeWhole(file: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.byteLength; )
    done += writeSync(file, bytes, done, bytes.byteLength - done, offset + done);
}

/** A full or read-only folder for temporary files ends nothing but the look into this one file. */
function noRoom(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT'].includes(code)
    ? damaged(`it cannot be unpacked to ${tmpdir()}: ${code}`)
    : error;
}
