/**
 * The bytes of a disk image that stores only some of them, in cells of equal size. All containers use this; it must not depend on any of
 * them.
 */
import { type Bytes, checkRange, damaged } from '../reading/random-access.ts';

export interface StoredBytes extends Bytes {
  /** The offset of the first byte at or after `offset` that is stored and may be nonzero; `size` if there is none. */
  readonly stored: (offset: number) => number;
}

/** Clusters or blocks; the last one may extend beyond the end of the disk. */
export interface Cells {
  /** Bytes of the disk. */
  readonly size: number;
  readonly cellSize: number;
  /**
   * Copies the stored bytes of a cell, from its byte `start` on, into `target`, which is zeroed and does not extend beyond the end of the
   * cell or the disk.
   */
  readonly fill: (cell: number, start: number, target: Buffer) => void;
  /** The first cell at or after this one with stored bytes; if there is none, any number beyond the end of the disk. */
  readonly next: (cell: number) => number;
}

export function cellBytes(cells: Cells): StoredBytes {
  const { size, cellSize } = cells;
  return {
    size,
    read: (offset, length) => {
      checkRange(offset, length, size);
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length; ) {
        const cell = Math.floor((offset + done) / cellSize);
        const start = offset + done - cell * cellSize;
        const target = bytes.subarray(done, done + cellSize - start);
        cells.fill(cell, start, target);
        done += target.byteLength;
      }
      return bytes;
    },
    stored: offset => {
      if (offset >= size) return size;
      const cell = Math.floor(offset / cellSize);
      const next = cells.next(cell);
      return next === cell ? offset : Math.min(next * cellSize, size);
    },
  };
}

/** Reads something that must be completely within the file; `what` is the start of the message. */
export function readWhole(file: Bytes, what: string, offset: number, length: number): Buffer {
  if (offset + length > file.size)
    throw damaged(`${what} ends at byte ${offset + length}, but the file ends at byte ${file.size}`);
  return file.read(offset, length);
}

/** A 64-bit number, big-endian. Beyond 2^53 it is not exact, but larger than any file. */
export function readNumber64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
