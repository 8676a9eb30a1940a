/**
 * Reads a packed disk (layout: src/formats/packed-disk.ts) at any place. The file may come from anybody: it is never read unless its map
 * and its length agree. The place of a block follows from the number of stored blocks before it, which is counted once for each page of the
 * map.
 */
import { type Bytes, damaged } from '../reading/random-access.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type Cells, cellBytes, readNumber64, readWhole, type StoredBytes } from './stored-bytes.ts';

const VERSION = 1;
const BLOCK = 64 << 10;
const SECTOR = 512;
/** Bytes of the map that are read at once; they cover 256 MiB of the disk. */
const PAGE = SECTOR;
const PAGE_BLOCKS = PAGE * 8;
const PAGE_BUDGET = 1 << 19;
/** The map of 64 TiB. */
const LARGEST_DISK = 64 * 2 ** 40;

export function packedBytes(file: Bytes): StoredBytes {
  const header = readWhole(file, 'the header of this packed disk', 0, SECTOR);
  const version = header.readUInt32BE(8);
  if (version !== VERSION) throw damaged(`unsupported packed disk version: ${version}, expected ${VERSION}`);
  const block = header.readUInt32BE(12);
  if (block !== BLOCK) throw damaged(`invalid block size: ${block} bytes, expected ${BLOCK}`);
  const size = readNumber64(header, 16);
  if (size > LARGEST_DISK) throw damaged(`its disk size of ${size} bytes exceeds 64 TiB`);
  return cellBytes(new Blocks(file, size));
}

class Blocks implements Cells {
  readonly size: number;
  readonly cellSize = BLOCK;
  readonly #file: Bytes;
  /** The number of stored blocks before each page, and at the end the total number. */
  readonly #before: Float64Array;
  readonly #pages = new RecentlyUsed<Buffer>(PAGE_BUDGET, PAGE);

  constructor(file: Bytes, size: number) {
    this.size = size;
    this.#file = file;
    this.#before = countPages(file, size);
    this.#checkEnd();
  }

  fill(cell: number, start: number, target: Buffer): void {
    const page = Math.floor(cell / PAGE_BLOCKS);
    const map = this.#page(page);
    const index = cell % PAGE_BLOCKS;
    if (!hasBit(map, index)) return;
    const rank = (this.#before[page] ?? 0) + countBits(map, index);
    this.#file.read(this.#dataAt() + rank * BLOCK + start, target.byteLength).copy(target);
  }

  next(cell: number): number {
    const cells = Math.ceil(this.size / BLOCK);
    let at = cell;
    while (at < cells) {
      const page = Math.floor(at / PAGE_BLOCKS);
      const end = (page + 1) * PAGE_BLOCKS;
      if (this.#before[page] !== this.#before[page + 1]) {
        const map = this.#page(page);
        for (; at < end; at += 1) if (hasBit(map, at % PAGE_BLOCKS)) return at;
      }
      at = end;
    }
    return cells;
  }

  #page(page: number): Buffer {
    return this.#pages.get(page, () => this.#file.read(SECTOR + page * PAGE, PAGE));
  }

  #dataAt(): number {
    return SECTOR + (this.#before.length - 1) * PAGE;
  }

  /** Equal disks must have equal files, so no bit may represent a block beyond the end, and nothing may follow the blocks. */
  #checkEnd(): void {
    const cells = Math.ceil(this.size / BLOCK);
    const pages = this.#before.length - 1;
    if (cells < pages * PAGE_BLOCKS && countBits(this.#page(pages - 1), PAGE_BLOCKS, cells % PAGE_BLOCKS) > 0)
      throw damaged('its map has bits beyond the end of the disk');
    const isLastStored = cells > 0 && this.next(cells - 1) === cells - 1;
    const lacking = isLastStored ? cells * BLOCK - this.size : 0;
    const end = this.#dataAt() + (this.#before[pages] ?? 0) * BLOCK - lacking;
    if (end !== this.#file.size)
      throw damaged(`its blocks end at byte ${end}, but the file ends at byte ${this.#file.size}`);
  }
}

function countPages(file: Bytes, size: number): Float64Array {
  const pages = Math.ceil(Math.ceil(size / BLOCK) / PAGE_BLOCKS);
  const mapEnd = SECTOR + pages * PAGE;
  if (mapEnd > file.size) throw damaged(`its map ends at byte ${mapEnd}, but the file ends at byte ${file.size}`);
  const before = new Float64Array(pages + 1);
  for (let page = 0; page < pages; page += 1) {
    const map = file.read(SECTOR + page * PAGE, PAGE);
    before[page + 1] = (before[page] ?? 0) + countBits(map, PAGE_BLOCKS);
  }
  return before;
}

function hasBit(map: Buffer, index: number): boolean {
  return (map.readUInt8(index >> 3) & (0x80 >> (index & 7))) !== 0;
}

/** The number of set bits from `first` up to `end`. */
function countBits(map: Buffer, end: number, first = 0): number {
  let count = 0;
  for (let index = first; index < end; index += 1) {
    // Skips empty bytes, because most maps are mostly empty.
    if ((index & 7) === 0 && map[index >> 3] === 0) index += 7;
    else if (hasBit(map, index)) count += 1;
  }
  return count;
}
