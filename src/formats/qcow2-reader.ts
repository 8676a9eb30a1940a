/**
 * Reads a qcow2 that QEMU wrote to: only stored clusters are read, so holes cost nothing. Supports the images of aib's own writer without
 * compression and the changes of QEMU, and never accepts anything else. The layout is described in qcow2.ts. Bit 0 of an L2 entry means
 * zeros, regardless of stored data.
 */
import { closeSync, openSync } from 'node:fs';
import { breather } from '../util/breather.ts';
import { internal } from '../util/failure.ts';
import { type Block, type Disk, readPiece } from './raw.ts';

const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
const L2_ENTRIES = CLUSTER / 8;
const COMPRESSED = 0x40000000;
const ZEROS = 1;
/** Bits 32 to 55 of an entry. */
const UPPER_OFFSET = 0x00ffffff;

/** A file that is not a supported qcow2 is a bug. */
export function qcow2Disk(path: string): Disk {
  return {
    size: async () => {
      const file = openSync(path, 'r');
      try {
        return readHeader(file, path).size;
      } finally {
        closeSync(file);
      }
    },
    blocks: blockSize => storedBlocks(path, blockSize),
  };
}

/** Blocks of one cluster each; the last one ends with the disk. */
async function* storedBlocks(path: string, blockSize: number): AsyncGenerator<Block> {
  if (blockSize !== CLUSTER) throw internal(`a qcow2 is read in blocks of ${CLUSTER} bytes, not ${blockSize}`);
  const file = openSync(path, 'r');
  const breathe = breather();
  const zeros = Buffer.alloc(CLUSTER);
  try {
    const { size, l1 } = readHeader(file, path);
    for (let table = 0; table * 8 < l1.byteLength; table += 1) {
      const at = offsetIn(l1, table);
      if (at === 0) continue;
      const l2 = readAll(file, Buffer.allocUnsafe(CLUSTER), at, path);
      for (let entry = 0; entry < L2_ENTRIES; entry += 1) {
        const offset = (table * L2_ENTRIES + entry) * CLUSTER;
        if ((l2.readUInt32BE(entry * 8) & COMPRESSED) !== 0) throw internal(`${path} is compressed`);
        const place = offsetIn(l2, entry);
        if (place === 0 || offset >= size || (l2.readUInt32BE(entry * 8 + 4) & ZEROS) !== 0) continue;
        await breathe();
        const bytes = Buffer.alloc(Math.min(CLUSTER, size - offset));
        // The file may end within its last cluster.
        readPiece(file, bytes, place);
        if (bytes.compare(zeros, 0, bytes.byteLength) !== 0) yield { offset, bytes };
      }
    }
  } finally {
    closeSync(file);
  }
}

function readHeader(file: number, path: string): { readonly size: number; readonly l1: Buffer } {
  const header = readAll(file, Buffer.alloc(104), 0, path);
  const backing = header.readBigUInt64BE(8);
  const incompatible = header.readBigUInt64BE(72);
  const isPlain =
    header.toString('latin1', 0, 4) === 'QFI\xfb' &&
    header.readUInt32BE(4) === 3 &&
    header.readUInt32BE(20) === CLUSTER_BITS &&
    backing === 0n &&
    incompatible === 0n;
  if (!isPlain) throw internal(`${path} is no plain qcow2`);
  const l1 = Buffer.alloc(header.readUInt32BE(36) * 8);
  readAll(file, l1, Number(header.readBigUInt64BE(40)), path);
  return { size: Number(header.readBigUInt64BE(24)), l1 };
}

function readAll(file: number, piece: Buffer, at: number, path: string): Buffer {
  if (readPiece(file, piece, at) < piece.byteLength) throw internal(`${path} ends too early`);
  return piece;
}

function offsetIn(table: Buffer, index: number): number {
  const upper = table.readUInt32BE(index * 8) & UPPER_OFFSET;
  // `>>> 0` makes it unsigned.
  return upper * 2 ** 32 + ((table.readUInt32BE(index * 8 + 4) & 0xfffffe00) >>> 0);
}
