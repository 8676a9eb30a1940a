/** Writes small volumes for the tests of this folder, from the leaves to the root. Must only be imported by tests. */
import { expect } from 'vitest';
import { type Bytes, checkRange, DamagedImage } from '../reading/random-access.ts';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { readFat } from './fat.ts';

export type Volume = NonNullable<ReturnType<typeof readFat>>;
export type Kind = Volume['kind'];

export const SECTOR = 512;
const DATE = ((2024 - 1980) << 9) | (9 << 5) | 6;
const ONE_OCLOCK = (1 << 11) | (2 << 5) | 2;
const READ_ONLY = 1;
export const LABEL = 8;
export const DIRECTORY = 16;
const ARCHIVE = 32;

interface Details {
  readonly first?: number;
  readonly size?: number;
  readonly attributes?: number;
  readonly lower?: number;
}

/** The entries of a file with a name of 11 bytes, and with a long name before it if given. */
export function entry(short: string, details: Details = {}, long?: string): Buffer {
  const { first = 0, size = 0, attributes = ARCHIVE, lower = 0 } = details;
  const record = Buffer.alloc(32);
  record.write(short.padEnd(11), 0, 'latin1');
  record.writeUInt8(attributes, 11);
  record.writeUInt8(lower, 12);
  record.writeUInt8(150, 13);
  record.writeUInt16LE(ONE_OCLOCK, 14);
  record.writeUInt16LE(DATE, 16);
  record.writeUInt16LE(DATE, 18);
  record.writeUInt16LE(first >> 16, 20);
  record.writeUInt16LE(DATE, 24);
  record.writeUInt16LE(first & 0xffff, 26);
  record.writeUInt32LE(size, 28);
  return long === undefined ? record : Buffer.concat([...longParts(record, long), record]);
}

function longParts(record: Buffer, long: string): readonly Buffer[] {
  let checksum = 0;
  for (const byte of record.subarray(0, 11)) checksum = (((checksum & 1) << 7) + (checksum >> 1) + byte) % 256;
  const count = Math.ceil(long.length / 13);
  const units = Buffer.alloc(count * 26, 0xff);
  units.write(`${long}${long.length % 13 === 0 ? '' : '\0'}`, 'utf16le');
  const parts = Array.from({ length: count }, (_, index) => {
    const part = Buffer.alloc(32);
    part.writeUInt8(index + 1 + (index + 1 === count ? 0x40 : 0), 0);
    part.writeUInt8(0x0f, 11);
    part.writeUInt8(checksum, 13);
    const text = units.subarray(index * 26, index * 26 + 26);
    text.copy(part, 1, 0, 10);
    text.copy(part, 14, 10, 22);
    text.copy(part, 28, 22, 26);
    return part;
  });
  return parts.reverse();
}

/** Volumes of the smallest size of each kind. */
export class TestFat {
  readonly image: Buffer;
  readonly kind: Kind;
  readonly clusterSize: number;
  readonly tables: readonly number[];
  readonly rootOffset: number;
  readonly #dataOffset: number;
  #next: number;

  constructor(kind: Kind, clusterSectors = 1) {
    const sectors = { FAT12: 500, FAT16: 4300, FAT32: 600 }[kind] * clusterSectors;
    const tableSectors = { FAT12: 2, FAT16: 18, FAT32: 5 }[kind];
    const reserved = kind === 'FAT32' ? 32 : 2;
    const rootSectors = kind === 'FAT32' ? 0 : 4;
    this.kind = kind;
    this.clusterSize = clusterSectors * SECTOR;
    this.image = Buffer.alloc(sectors * SECTOR);
    this.tables = [reserved * SECTOR, (reserved + tableSectors) * SECTOR];
    this.rootOffset = (reserved + 2 * tableSectors) * SECTOR;
    this.#dataOffset = this.rootOffset + rootSectors * SECTOR;
    this.#next = kind === 'FAT32' ? 3 : 2;
    const { image } = this;
    image.write('\xeb\x3c\x90test fat', 0, 'latin1');
    image.writeUInt16LE(SECTOR, 11);
    image.writeUInt8(clusterSectors, 13);
    image.writeUInt16LE(reserved, 14);
    image.writeUInt8(2, 16);
    image.writeUInt16LE((rootSectors * SECTOR) / 32, 17);
    image.writeUInt16LE(sectors < 65_536 ? sectors : 0, 19);
    image.writeUInt8(0xf8, 21);
    image.writeUInt32LE(sectors < 65_536 ? 0 : sectors, 32);
    if (kind === 'FAT32') {
      image.writeUInt32LE(tableSectors, 36);
      image.writeUInt32LE(2, 44);
      image.writeUInt16LE(1, 48);
      image.writeUInt16LE(6, 50);
    } else image.writeUInt16LE(tableSectors, 22);
    const extended = image.subarray(kind === 'FAT32' ? 64 : 36);
    extended.writeUInt32LE(0x0d8588ed, 3);
    extended.write(`IN BOOT    ${kind}   `, 7);
    image.writeUInt16LE(0xaa55, 510);
    if (kind === 'FAT32') {
      image.copy(image, 6 * SECTOR, 0, SECTOR);
      image.write('RRaA', SECTOR);
      image.write('rrAa', SECTOR + 484);
      image.writeUInt32LE(77, SECTOR + 488);
      image.writeUInt32LE(0xffffffff, SECTOR + 492);
    }
  }

  /** Writes to both tables, unless `tables` is given. */
  link(cluster: number, value: number, tables = this.tables): void {
    for (const table of tables) {
      const at = table + Math.floor((cluster * { FAT12: 12, FAT16: 16, FAT32: 32 }[this.kind]) / 8);
      if (this.kind === 'FAT32') this.image.writeUInt32LE(value >>> 0, at);
      else if (this.kind === 'FAT16') this.image.writeUInt16LE(value & 0xffff, at);
      else {
        const old = this.image.readUInt16LE(at);
        const isEven = cluster % 2 === 0;
        this.image.writeUInt16LE(isEven ? (old & 0xf000) | (value & 0xfff) : (old & 0xf) | ((value & 0xfff) << 4), at);
      }
    }
  }

  /** Returns the first cluster; a `step` above 1 leaves gaps between the clusters. */
  store(content: Buffer, step = 1): number {
    const count = Math.max(1, Math.ceil(content.byteLength / this.clusterSize));
    const clusters = Array.from({ length: count }, (_, index) => this.#next + index * step);
    this.#next += count * step;
    for (const [index, cluster] of clusters.entries()) {
      this.link(cluster, clusters[index + 1] ?? -1);
      content.copy(this.image, this.offsetOf(cluster), index * this.clusterSize, (index + 1) * this.clusterSize);
    }
    return clusters[0] ?? 0;
  }

  file(short: string, content: Buffer, long?: string, step?: number): Buffer {
    return entry(short, { first: this.store(content, step), size: content.byteLength }, long);
  }

  directory(short: string, entries: readonly Buffer[]): Buffer {
    const own = [entry('.', { attributes: DIRECTORY }), entry('..', { attributes: DIRECTORY })];
    return entry(short, { attributes: DIRECTORY, first: this.store(Buffer.concat([...own, ...entries])) });
  }

  root(entries: readonly Buffer[]): this {
    Buffer.concat(entries).copy(this.image, this.rootOffset);
    if (this.kind === 'FAT32') this.link(2, -1);
    return this;
  }

  offsetOf(cluster: number): number {
    return this.#dataOffset + (cluster - 2) * this.clusterSize;
  }

  get next(): number {
    return this.#next;
  }
}

export const LOADER = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7) % 251));
export const TEXT = Buffer.from('hello\n');

/** A loader in directories, a text with a long name, an empty file and a label. */
export function usual(kind: Kind): TestFat {
  const fat = new TestFat(kind);
  const loader = fat.file('BOOTX64 EFI', LOADER);
  const boot = fat.directory('BOOT', [loader]);
  const efi = fat.directory('EFI', [boot]);
  const text = fat.file('ALONGN~1TXT', TEXT, 'A long name, in three parts.txt');
  return fat.root([
    entry('A LABEL', { attributes: LABEL }),
    text,
    efi,
    entry('EMPTY', { attributes: READ_ONLY | ARCHIVE }),
  ]);
}

export function read({ image }: TestFat): Volume {
  const volume = readFat(bytesOf(image));
  if (volume === undefined) throw new Error('there is no volume');
  return volume;
}

export function contentOf(volume: Volume, path: string): Buffer {
  const found = volume.files.find(file => file.path === path);
  if (found === undefined) throw new Error(`there is no ${path}`);
  return Buffer.concat([...volume.content(found)]);
}

export function paths(fat: TestFat): readonly string[] {
  return read(fat).files.map(({ path }) => path);
}

export function expectRefused(fat: TestFat, message: RegExp): void {
  expect(() => read(fat)).toThrow(DamagedImage);
  expect(() => read(fat)).toThrow(message);
}

/** A volume of `sectors` sectors; all after `start` are zeros. */
export function largeVolume(start: Buffer, sectors: number, tableSectors: number, clusterSectors: number, tables = 1) {
  start.writeUInt16LE(0, 19);
  start.writeUInt8(clusterSectors, 13);
  start.writeUInt32LE(sectors, 32);
  start.writeUInt32LE(tableSectors, 36);
  start.writeUInt8(tables, 16);
  const state = { longest: 0 };
  const bytes: Bytes = {
    size: sectors * SECTOR,
    read: (offset, length) => {
      checkRange(offset, length, sectors * SECTOR);
      state.longest = Math.max(state.longest, length);
      const piece = Buffer.alloc(length);
      if (offset < start.byteLength) start.copy(piece, 0, offset);
      return piece;
    },
  };
  return { bytes, state };
}
