/**
 * Reads any plain qcow2 of version 2 or 3 at any place. The image is not trusted: each place is checked before it is read, and the tables
 * are never all in memory, only their places.
 *
 * An L2 table is a cluster of n bytes with n/8 entries. An entry of the L1 table is the place of an L2 table, or 0. In both, bit 63 says
 * that there is exactly one reference; a reader does not need it. An L2 entry is
 *
 *     bit 62 clear: a cluster at the place in bits 9 to 55, or nothing if that is 0, or zeros if bit 0 is set (from version 3 on)
 *     bit 62 set:   compressed; the lower bits are the offset of the first byte, the upper bits the number of further sectors after
 *                   that byte's sector; there are (70 - cluster bits) lower bits
 *
 * The file may end within its last cluster; the rest of the cluster is zeros.
 */

import { type Bytes, damaged } from '../reading/random-access.ts';
import { type Qcow2Header, readQcow2Header } from './qcow2-header.ts';
import { RecentlyUsed } from './recently-used.ts';
import { type Cells, cellBytes, readWhole, type StoredBytes } from './stored-bytes.ts';
import { unpackCluster } from './unpack-cluster.ts';

type Place =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'plain'; readonly at: number }
  | { readonly kind: 'compressed'; readonly at: number; readonly length: number };

const NOTHING: Place = { kind: 'nothing' };
const SECTOR = 512;
const TABLE_BUDGET = 4 << 20;
const UNPACKED_BUDGET = 8 << 20;
const L1_PIECE = 8192;

const COMPRESSED = 0x40000000;
const ZEROS = 1;
/** Bits 32 to 55 of an entry. */
const UPPER_PLACE = 0x00ffffff;
/** Reserved bits, above and below the place. */
const RESERVED = { l1: [0x7f000000, 0x1ff], l2: [0x3f000000, 0x1fe] } as const;

export function qcow2Bytes(file: Bytes): StoredBytes {
  return cellBytes(new Clusters(file, readQcow2Header(file)));
}

class Clusters implements Cells {
  readonly size: number;
  readonly cellSize: number;
  readonly #file: Bytes;
  readonly #header: Qcow2Header;
  readonly #tablePlaces: Float64Array;
  readonly #tables: RecentlyUsed<Buffer>;
  readonly #unpacked: RecentlyUsed<Buffer>;

  constructor(file: Bytes, header: Qcow2Header) {
    this.size = header.size;
    this.cellSize = 2 ** header.clusterBits;
    this.#file = file;
    this.#header = header;
    this.#tablePlaces = readTablePlaces(file, header);
    this.#tables = new RecentlyUsed(TABLE_BUDGET, this.cellSize);
    this.#unpacked = new RecentlyUsed(UNPACKED_BUDGET, this.cellSize);
  }

  fill(cell: number, start: number, target: Buffer): void {
    const perTable = this.cellSize / 8;
    const table = this.#table(Math.floor(cell / perTable));
    if (table === undefined) return;
    const place = this.#placeIn(table, cell % perTable);
    switch (place.kind) {
      case 'nothing':
        return;
      case 'plain': {
        const at = place.at + start;
        const length = Math.min(target.byteLength, this.#file.size - at);
        if (length > 0) this.#file.read(at, length).copy(target);
        return;
      }
      case 'compressed':
        this.#unpack(place.at, place.length).copy(target, 0, start);
    }
  }

  next(cell: number): number {
    const perTable = this.cellSize / 8;
    const cells = Math.ceil(this.size / this.cellSize);
    let at = cell;
    while (at < cells) {
      const index = Math.floor(at / perTable);
      const end = Math.min((index + 1) * perTable, cells);
      const table = this.#table(index);
      if (table !== undefined) for (; at < end; at += 1) if (this.#placeIn(table, at % perTable) !== NOTHING) return at;
      at = end;
    }
    return cells;
  }

  #table(index: number): Buffer | undefined {
    const at = this.#tablePlaces[index] ?? 0;
    return at === 0 ? undefined : this.#tables.get(at, () => this.#file.read(at, this.cellSize));
  }

  #placeIn(table: Buffer, index: number): Place {
    const [upper, lower] = [table.readUInt32BE(index * 8), table.readUInt32BE(index * 8 + 4)];
    if ((upper & COMPRESSED) !== 0) return this.#compressedPlace(upper, lower);
    checkReserved(upper, lower, 'l2');
    if ((lower & ZEROS) !== 0) {
      if (this.#header.version === 2) throw damaged('a cluster is marked as zeros, which version 2 does not support');
      return NOTHING;
    }
    const at = placeOf(upper, lower);
    if (at === 0) return NOTHING;
    checkCluster('a cluster', at, this.cellSize);
    this.#checkStart(at);
    return { kind: 'plain', at };
  }

  #compressedPlace(upper: number, lower: number): Place {
    const upperBits = 38 - this.#header.clusterBits;
    const at = (upper & (2 ** upperBits - 1)) * 2 ** 32 + lower;
    this.#checkStart(at);
    const sectors = 1 + ((upper & (COMPRESSED - 1)) >>> upperBits);
    const length = Math.min(sectors * SECTOR - (at % SECTOR), this.#file.size - at);
    return { kind: 'compressed', at, length };
  }

  #checkStart(at: number): void {
    if (at >= this.#file.size)
      throw damaged(`a cluster is at byte ${at}, but the file ends at byte ${this.#file.size}`);
  }

  #unpack(at: number, length: number): Buffer {
    return this.#unpacked.get(at, () =>
      unpackCluster(this.#file.read(at, length), this.cellSize, this.#header.compression),
    );
  }
}

/** The places of the L2 tables: all within the file, and all different, so that a reader never reads more than the file contains. */
function readTablePlaces(file: Bytes, header: Qcow2Header): Float64Array {
  const { l1At, l1Entries, clusterBits } = header;
  const cluster = 2 ** clusterBits;
  if (l1At + l1Entries * 8 > file.size)
    throw damaged(`its L1 table ends at byte ${l1At + l1Entries * 8}, but the file ends at byte ${file.size}`);
  const places = new Float64Array(l1Entries);
  for (let first = 0; first < l1Entries; first += L1_PIECE) {
    const entries = Math.min(L1_PIECE, l1Entries - first);
    const piece = readWhole(file, 'its L1 table', l1At + first * 8, entries * 8);
    for (let index = 0; index < entries; index += 1) {
      const [upper, lower] = [piece.readUInt32BE(index * 8), piece.readUInt32BE(index * 8 + 4)];
      checkReserved(upper, lower, 'l1');
      places[first + index] = checkTable(placeOf(upper, lower), cluster, file.size);
    }
  }
  checkDistinct(places);
  return places;
}

function checkTable(at: number, cluster: number, fileSize: number): number {
  checkCluster('an L2 table', at, cluster);
  if (at !== 0 && at + cluster > fileSize)
    throw damaged(`an L2 table ends at byte ${at + cluster}, but the file ends at byte ${fileSize}`);
  return at;
}

function checkDistinct(places: Float64Array): void {
  let last = 0;
  // Not filtered first: that would allocate an object for every number.
  for (const at of places.toSorted()) {
    if (at !== 0 && at === last) throw damaged(`two entries of the L1 table refer to the same L2 table, at byte ${at}`);
    last = at;
  }
}

function checkReserved(upper: number, lower: number, level: keyof typeof RESERVED): void {
  const [reservedUpper, reservedLower] = RESERVED[level];
  if ((upper & reservedUpper) !== 0 || (lower & reservedLower) !== 0)
    throw damaged(`an entry of an ${level.toUpperCase()} table has reserved bits set`);
}

function checkCluster(what: string, at: number, cluster: number): void {
  if (at % cluster !== 0) throw damaged(`${what} is at byte ${at}, which is not the start of a cluster`);
}

function placeOf(upper: number, lower: number): number {
  // The shift makes the result unsigned.
  return (upper & UPPER_PLACE) * 2 ** 32 + ((lower & ~(SECTOR - 1)) >>> 0);
}
