/**
 * Reads fixed and dynamic VHDs at any place; src/formats/vhd.ts tells the layout. The file may be anybody's: the table of blocks is taken only if all
 * of its blocks lie within the file, apart from one another, so that never is more read than what is there.
 *
 * The size is what the footer says, as Hyper-V and the clouds see it. QEMU goes by the geometry instead if the creator is not one that it knows.
 * A sector whose bit in its block's bitmap is clear is zeros, whatever lies in its place.
 */
import { type Bytes, damaged, partOf } from '../reading/random-access.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type Cells, cellBytes, readNumber64, readWhole, type StoredBytes } from './stored-bytes.ts';

const SECTOR = 512;
const HEADER = 1024;
const TYPES = { fixed: 2, dynamic: 3, differencing: 4 } as const;
const UNUSED = 0xffffffff;
/** What a VHD can say, by its table of sectors of 32 bits; QEMU and Hyper-V go a little less far. */
const LARGEST_DISK = 2 * 2 ** 40;
/** What the largest disk needs with blocks of 512 KiB, the smallest that are in use. */
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
  if (footer.type !== TYPES.dynamic) throw damaged(`it is a VHD of a type not known here, number ${footer.type}`);
  checkCopy(file, footer);
  return cellBytes(new Blocks(file, readTable(file, footer)));
}

function fixedBytes(file: Bytes, size: number, end: number): StoredBytes {
  if (size !== end) throw damaged(`its disk is said to have ${size} bytes, and ${end} lie before the footer`);
  return { ...partOf(file, 0, size), stored: offset => Math.min(offset, size) };
}

function readFooter(bytes: Buffer): Footer {
  checkSum(bytes, 64, 'footer');
  const size = readNumber64(bytes, 48);
  if (size % SECTOR !== 0) throw damaged(`its disk is said to have ${size} bytes, which is no number of sectors`);
  return { size, type: bytes.readUInt32BE(60), headerAt: readNumber64(bytes, 16) };
}

/** Some readers take the copy at the start, so both have to say the same. */
function checkCopy(file: Bytes, footer: Footer): void {
  const copy = readWhole(file, 'the copy of its footer', 0, SECTOR);
  if (copy.toString('latin1', 0, 8) !== 'conectix') throw damaged('no copy of its footer is at the start');
  const { size, type, headerAt } = readFooter(copy);
  if (size !== footer.size || type !== footer.type || headerAt !== footer.headerAt)
    throw damaged('its footer and the copy at the start differ');
}

interface Table {
  readonly size: number;
  readonly blockSize: number;
  /** Sectors of the file where the bitmaps start. */
  readonly sectors: Uint32Array;
}

function readTable(file: Bytes, { size, headerAt }: Footer): Table {
  if (size > LARGEST_DISK) throw damaged(`its disk is said to have ${size} bytes, more than 2 TiB`);
  const header = readWhole(file, 'the header of this VHD', headerAt, HEADER);
  if (header.toString('latin1', 0, 8) !== 'cxsparse') throw damaged(`no header is at byte ${headerAt}`);
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
  // A power of two has one bit set.
  const isPower = blockSize >= SECTOR && (blockSize & (blockSize - 1)) === 0;
  if (!isPower || blockSize > LARGEST_BLOCK)
    throw damaged(`its blocks are said to have ${blockSize} bytes, and may have powers of 2 from 512 to 2^28`);
  return blockSize;
}

function readSectors(file: Bytes, at: number, entries: number): Uint32Array {
  const length = entries * 4;
  if (length > LARGEST_TABLE) throw damaged(`its table would have ${length} bytes, more than ${LARGEST_TABLE}`);
  if (at + length > file.size)
    throw damaged(`its table is said to end at byte ${at + length}, and the file ends at byte ${file.size}`);
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
    // The largest number of all, so nothing but others like it follow.
    if (sector === UNUSED) break;
    if (sector * SECTOR < free) throw damaged(`two blocks are said to be at the same place, byte ${sector * SECTOR}`);
    free = sector * SECTOR + bitmapSize(blockSize) + blockSize;
  }
  if (free > fileEnd) throw damaged(`a block is said to end at byte ${free}, and the footer starts at byte ${fileEnd}`);
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

/** A bit for each sector, in whole sectors. */
function bitmapSize(blockSize: number): number {
  return Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
}

/** The complement of the sum of all bytes but its own four. */
function checkSum(bytes: Buffer, at: number, what: string): void {
  let sum = 0;
  for (const [index, byte] of bytes.entries()) if (index < at || index >= at + 4) sum += byte;
  if (bytes.readUInt32BE(at) !== ~sum >>> 0) throw damaged(`the checksum of its ${what} is wrong`);
}
