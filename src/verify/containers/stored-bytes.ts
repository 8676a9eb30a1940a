/** The bytes of a disk image that stores only some of them, in cells of equal size. Every container comes down to this; nothing here knows any of them. */
import { type Bytes, checkRange, damaged } from '../reading/random-access.ts';

export interface StoredBytes extends Bytes {
  /** Where the first byte at or after `offset` lies that may be anything but zero, since something is stored there; `size` if there is none. */
  readonly stored: (offset: number) => number;
}

/** Clusters or blocks, of which the last one may go on beyond the end of the disk. */
export interface Cells {
  /** Bytes of the disk. */
  readonly size: number;
  readonly cellSize: number;
  /** Puts what is stored of a cell, from the byte `start` of it on, into `target`, which is zeros and ends where the cell or the disk does, or earlier. */
  readonly fill: (cell: number, start: number, target: Buffer) => void;
  /** The first cell at or after this one of which something is stored, or any beyond the end of the disk if there is none. */
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

/** Reads something that has to lie within the file as a whole; `what` begins the message. */
export function readWhole(file: Bytes, what: string, offset: number, length: number): Buffer {
  if (offset + length > file.size)
    throw damaged(`${what} is said to end at byte ${offset + length}, and the file ends at byte ${file.size}`);
  return file.read(offset, length);
}

/** A number of 64 bits, big-endian. Beyond 2^53 it is not exact, yet larger than any file. */
export function readNumber64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
