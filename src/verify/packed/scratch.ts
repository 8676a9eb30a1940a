/**
 * Scratch space for unpacked data, so that it can be read at any place: files without a name, which disappear when they are closed or when
 * the process ends for any reason. Never writes more than the two limits here, regardless of what an image contains.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { damaged, type OpenBytes, openedBytes, type Piece } from '../reading/random-access.ts';

export interface ScratchBounds {
  /** Maximum bytes of one file. */
  readonly one: number;
  /** Maximum bytes of all files of a comparison together, including closed ones, because they took time as well. */
  readonly all: number;
}

/** A smaller file counts as this many bytes, because creating it takes time as well. */
const LEAST = 64 << 10;
const BOUNDS: ScratchBounds = { one: 2 ** 30, all: 4 * 2 ** 30 };

export class Scratch {
  readonly #bounds: ScratchBounds;
  #written = 0;

  constructor(bounds: ScratchBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** Holes count as well, because a reader reads them. */
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
    if (size > one) throw damaged(`it has more than ${one} unpacked bytes, which is the limit`);
    if (this.#written + size > all) throw damaged(`it would exceed the total limit of ${all} unpacked bytes`);
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

/** If the folder for temporary files is full or read-only, only this one file is not examined. */
function noRoom(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOSPC', 'EROFS', 'EACCES', 'EDQUOT'].includes(code)
    ? damaged(`it cannot be unpacked to ${tmpdir()}: ${code}`)
    : error;
}
