/**
 * Reads fixed and dynamic VHDs at any place (layout: src/formats/vhd.ts). The file may come from anybody: the table of blocks is accepted
 * only if all of its blocks are within the file and do not overlap, so that a reader never reads more than the file contains.
 *
 * The size is that of the footer, as for Hyper-V and the clouds. QEMU uses the geometry instead if it does not know the creator. A sector
 * with a clear bit in its block's bitmap is zeros, regardless of the stored bytes.
 */
import { type Bytes, damaged, partOf } from '../reading/random-access.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type Cells, cellBytes, readNumber64, readWhole, type StoredBytes } from './stored-bytes.ts';

const SECTOR = 512;
const HEADER = 1024;
const TYPES = { fixed: 2, dynamic: 3, differencing: 4 } as const;
const UNUSED = 0xffffffff;
/** The limit of the format, because sector numbers have 32 bits; the limits of QEMU and Hyper-V are a little lower. */
const LARGEST_DISK = 2 * 2 ** 40;
/** Enough for the largest disk with blocks of 512 KiB, the smallest that are in use. */
const LARGEST_TABLE = 16 << 20;
const LARGEST_BLOCK = 256 << 20;
const PIECE = 64 << 10;
const BITMAP_BUDGET = 1 << 18;

interface Footer {
  readonly size: number;
  readonly type: number;
  readonly headerAt: number;
}

export function vhdBytes(file: Bytes): StoredBytes {
  const end = file.size - SECTOR;
  const footer = readFooter(readWhole(file, 'the footer of this VHD', end, SECTOR));
  if (footer.type === TYPES.differencing) throw damaged('it is a differencing VHD, so it is only part of an image');
  if (footer.type === TYPES.fixed) return fixedBytes(file, footer.size, end);
  if (footer.type !== TYPES.dynamic) throw damaged(`unsupported VHD type: ${footer.type}`);
  checkCopy(file, footer);
  return cellBytes(new Blocks(file, readTable(file, footer)));
}

function fixedBytes(file: Bytes, size: number, end: number): StoredBytes {
  if (size !== end) throw damaged(`its disk size is ${size} bytes, but there are ${end} bytes before the footer`);
  return { ...partOf(file, 0, size), stored: offset => Math.min(offset, size) };
}

function readFooter(bytes: Buffer): Footer {
  checkSum(bytes, 64, 'footer');
  const size = readNumber64(bytes, 48);
  if (size % SECTOR !== 0) throw damaged(`its disk size of ${size} bytes is not a multiple of the sector size`);
  return { size, type: bytes.readUInt32BE(60), headerAt: readNumber64(bytes, 16) };
}

/** Some readers use the copy at the start, so both must be equal. */
function checkCopy(file: Bytes, footer: Footer): void {
  const copy = readWhole(file, 'the copy of its footer', 0, SECTOR);
  if (copy.toString('latin1', 0, 8) !== 'conectix') throw damaged('the copy of its footer at the start is missing');
  const { size, type, headerAt } = readFooter(copy);
  if (size !== footer.size || type !== footer.type || headerAt !== footer.headerAt)
    throw damaged('its footer and the copy at the start differ');
}

interface Table {
  readonly size: number;
  readonly blockSize: number;
  /** For each block, the sector of the file where its bitmap starts. */
  readonly sectors: Uint32Array;
}

function readTable(file: Bytes, { size, headerAt }: Footer): Table {
  if (size > LARGEST_DISK) throw damaged(`its disk size of ${size} bytes exceeds 2 TiB`);
  const header = readWhole(file, 'the header of this VHD', headerAt, HEADER);
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw damaged(`no header found at byte ${headerAt}`);
  checkSum(header, 36, 'header');
  const blockSize = readBlockSize(header);
  const entries = Math.ceil(size / blockSize);
  const stated = header.readUInt32BE(28);
  if (stated < entries) throw damaged(`its table has ${stated} entries, and a disk of ${size} bytes needs ${entries}`);
  const sectors = readSectors(file, readNumber64(header, 16), entries);
  const table = { size, blockSize, sectors };
  checkPlaces(table, file.size - SECTOR);
  return table;
}

function readBlockSize(header: Buffer): number {
  const blockSize = header.readUInt32BE(32);
  // A power of two has exactly one bit set.
  const isPower = blockSize >= SECTOR && (blockSize & (blockSize - 1)) === 0;
  if (!isPower || blockSize > LARGEST_BLOCK)
    throw damaged(`invalid block size: ${blockSize} bytes, expected a power of 2 from 512 to 2^28`);
  return blockSize;
}

function readSectors(file: Bytes, at: number, entries: number): Uint32Array {
  const length = entries * 4;
  if (length > LARGEST_TABLE) throw damaged(`its table would have ${length} bytes; the limit is ${LARGEST_TABLE}`);
  if (at + length > file.size)
    throw damaged(`its table ends at byte ${at + length}, but the file ends at byte ${file.size}`);
  const sectors = new Uint32Array(entries);
  for (let done = 0; done < length; done += PIECE) {
    const piece = file.read(at + done, Math.min(PIECE, length - done));
    for (let index = 0; index < piece.byteLength; index += 4) sectors[(done + index) / 4] = piece.readUInt32BE(index);
  }
  return sectors;
}

function checkPlaces({ blockSize, sectors }: Table, fileEnd: number): void {
  let free = 0;
  for (const sector of sectors.toSorted()) {
    // Sorted, and the largest possible number, so only equal ones follow.
    if (sector === UNUSED) break;
    if (sector * SECTOR < free) throw damaged(`two blocks overlap at byte ${sector * SECTOR}`);
    free = sector * SECTOR + bitmapSize(blockSize) + blockSize;
  }
  if (free > fileEnd) throw damaged(`a block ends at byte ${free}, but the footer starts at byte ${fileEnd}`);
}

class Blocks implements Cells {
  readonly size: number;
  readonly cellSize: number;
  readonly #file: Bytes;
  readonly #sectors: Uint32Array;
  readonly #bitmapSize: number;
  readonly #bitmaps: RecentlyUsed<Buffer>;

  constructor(file: Bytes, table: Table) {
    this.size = table.size;
    this.cellSize = table.blockSize;
    this.#file = file;
    this.#sectors = table.sectors;
    this.#bitmapSize = bitmapSize(table.blockSize);
    this.#bitmaps = new RecentlyUsed(BITMAP_BUDGET, this.#bitmapSize);
  }

  fill(cell: number, start: number, target: Buffer): void {
    const sector = this.#sectors[cell] ?? UNUSED;
    if (sector === UNUSED) return;
    const at = sector * SECTOR;
    const bitmap = this.#bitmaps.get(sector, () => this.#file.read(at, this.#bitmapSize));
    this.#file.read(at + this.#bitmapSize + start, target.byteLength).copy(target);
    const end = start + target.byteLength;
    for (let index = Math.floor(start / SECTOR); index * SECTOR < end; index += 1) {
      const isWritten = (bitmap.readUInt8(index >> 3) & (0x80 >> (index & 7))) !== 0;
      if (!isWritten) target.fill(0, Math.max(0, index * SECTOR - start), (index + 1) * SECTOR - start);
    }
  }

  next(cell: number): number {
    let at = cell;
    while (at < this.#sectors.length && this.#sectors[at] === UNUSED) at += 1;
    return at;
  }
}

/** One bit for each sector, rounded up to whole sectors. */
function bitmapSize(blockSize: number): number {
  return Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
}

/** The checksum is the complement of the sum of all bytes except its own four. */
function checkSum(bytes: Buffer, at: number, what: string): void {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) if (index < at || index >= at + 4) sum += byte;
  if (bytes.readUInt32BE(at) !== ~sum >>> 0) throw damaged(`the checksum of its ${what} is wrong`);
}
