/** Images of each format for the tests of this folder, and checks of their content. Must only be imported by tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeRaw, noise, type Patch, temporaryFolder } from '../../formats/fixtures.ts';
import { packDisk } from '../../formats/packed-disk.ts';
import { writeQcow2 } from '../../formats/qcow2.ts';
import { type Disk, rawDisk } from '../../formats/raw.ts';
import { writeVhd } from '../../formats/vhd.ts';
import { DamagedImage } from '../reading/random-access.ts';
import { type OpenImage, openImage } from './image-bytes.ts';

export const noQemu = ['qemu-img', 'qemu-io'].some(name => spawnSync(name, ['--version']).error !== undefined);
export const unlessSkipped = noQemu ? ' (skipped: no qemu-img and qemu-io here)' : '';
export const MEBIBYTE = 1 << 20;
export const CLUSTER = 64 << 10;
const vhd = { uniqueId: Buffer.from('0123456789abcdef'), timestamp: 1_725_580_800 };

/** Text, noise and holes in turn, at unaligned places. */
const patches = (size: number): readonly Patch[] => [
  { at: 0, bytes: Buffer.from('boot') },
  ...Array.from({ length: 12 }, (_, index): Patch => {
    const length = 20_000 + index * 9_001;
    const bytes = index % 3 === 2 ? noise(length) : Buffer.alloc(length, `text ${index} `);
    return { at: Math.floor((size * (index + 1)) / 14) - 1_001, bytes };
  }),
  { at: size - 3, bytes: Buffer.from('end') },
];

// The size of a VHD is a multiple of a mebibyte, and this one is not a multiple of its block size.
export const SIZE = 9 * MEBIBYTE;
/** The project's own writers. */
export const WRITERS = {
  'plain qcow2': (disk, target) => writeQcow2(disk, target, { compress: false }),
  'compressed qcow2': (disk, target) => writeQcow2(disk, target, { compress: true }),
  'fixed vhd': (disk, target) => writeVhd(disk, target, { ...vhd, type: 'fixed' }),
  'dynamic vhd': (disk, target) => writeVhd(disk, target, { ...vhd, type: 'dynamic' }),
  'packed disk': packDisk,
} satisfies Record<string, (disk: Disk, target: string) => Promise<void>>;
type Writer = keyof typeof WRITERS;
export const names = Object.keys(WRITERS) as Writer[];

/** The images of a test file. Tests must not change them. */
export interface TestImages {
  readonly inFolder: (name: string) => string;
  /** The disk that all of them contain. */
  readonly raw: string;
  readonly content: Buffer;
  readonly imageOf: (name: Writer) => string;
  /** A copy with the given changes. */
  readonly changed: (path: string, changes: readonly Change[]) => string;
  /** Converts with QEMU. */
  readonly convert: (format: string, options: readonly string[], target: string, source?: string) => void;
}

export type Change = readonly [at: number, bytes: Buffer];

/** One image of each writer, for the duration of the tests of a file. */
export function useImages(): TestImages {
  const folder = temporaryFolder();
  const inFolder = (name: string) => join(folder.path, name);
  const raw = makeRaw(inFolder('image.raw'), SIZE, patches(SIZE));
  const imageOf = (name: Writer) => inFolder(name.replace(' ', '.'));
  beforeAll(async () => {
    for (const name of names) await WRITERS[name](rawDisk(raw), imageOf(name));
  });
  afterAll(folder.remove);
  return {
    inFolder,
    raw,
    content: readFileSync(raw),
    imageOf,
    changed: (path, changes) => {
      const copy = inFolder('changed');
      if (path !== copy) copyFileSync(path, copy);
      patch(copy, changes);
      return copy;
    },
    convert: (format, options, target, source = raw) => {
      execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, source, target]);
    },
  };
}

/** Numbers in the form of these formats. */
export function number(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

export function word(value: number): Buffer {
  return number(BigInt(value)).subarray(4);
}

export const HUGE = 2n ** 64n - 1n;

/** Compares the whole image, its stored parts, and 200 random places. */
export function expectContent(path: string, expected: Buffer, format?: OpenImage['format']): void {
  const chance = noise(200 * 8);
  const drawn = (at: number): number => chance.readUInt32LE(at * 4) / 2 ** 32;
  withImage(path, image => {
    if (format !== undefined) expect(image.format).toBe(format);
    expect(image.size).toBe(expected.byteLength);
    expect(readAll(image).equals(expected), 'all of it').toBe(true);
    expect(readStored(image).equals(expected), 'what is stored').toBe(true);
    for (let round = 0; round < 200; round += 1) {
      const offset = Math.floor(drawn(2 * round) * expected.byteLength);
      const most = round % 2 === 0 ? 3_000 : 300_000;
      const length = Math.floor(drawn(2 * round + 1) * Math.min(most, expected.byteLength - offset + 1));
      const isSame = image.read(offset, length).equals(expected.subarray(offset, offset + length));
      expect(isSame, `${length} bytes from ${offset} on`).toBe(true);
    }
  });
}

export function withImage(path: string, use: (image: OpenImage) => void): void {
  const image = openImage(path);
  try {
    use(image);
  } finally {
    image.close();
  }
}

export function readAll(image: OpenImage): Buffer {
  return image.read(0, image.size);
}

/** Iterates over stored places only, so that a large, sparse disk does not take long. */
function* storedPieces(image: OpenImage, most: number): Generator<{ readonly at: number; readonly piece: Buffer }> {
  let end = 0;
  for (let at = image.stored(0); at < image.size; at = image.stored(end)) {
    if (at < end) throw new Error(`byte ${at} is said to be stored at or after byte ${end}`);
    const piece = image.read(at, Math.min(most, image.size - at));
    yield { at, piece };
    end = at + piece.byteLength;
  }
}

/** The message if it was rejected. */
export function bytesOrWords(path: string): string {
  try {
    withImage(path, image => {
      for (const { at, piece } of storedPieces(image, CLUSTER))
        expect(piece.byteLength).toBe(Math.min(CLUSTER, image.size - at));
    });
    return '';
  } catch (error) {
    if (error instanceof DamagedImage) return error.message;
    throw error;
  }
}

export function expectRefused(path: string, words: RegExp): void {
  expect(bytesOrWords(path)).toMatch(words);
}

/** Corrects the checksums. A change in one footer of a dynamic image is copied to the other, unless `alike` is false. */
export function mendVhd(path: string, alike = true): void {
  const bytes = readFileSync(path);
  const sum = (piece: Buffer, at: number) => {
    piece.writeUInt32BE(0, at);
    piece.writeUInt32BE(~piece.reduce((total, byte) => total + byte, 0) >>> 0, at);
  };
  const [start, header, end] = [bytes.subarray(0, 512), bytes.subarray(512, 1536), bytes.subarray(-512)];
  if (start.toString('latin1', 0, 8) === 'conectix') {
    sum(start, 64);
    sum(header, 36);
    if (alike) end.set(start);
  }
  sum(end, 64);
  writeFileSync(path, bytes);
}

/** Offsets of the first entry of the L1 table and of the first entry of its L2 table. */
export function qcow2Places(path: string): { readonly l1: number; readonly l2: number } {
  const bytes = readFileSync(path);
  const l1 = Number(bytes.readBigUInt64BE(40));
  return { l1, l2: Number(bytes.readBigUInt64BE(l1) & 0x00fffffffffffe00n) };
}

/** The whole image, read only where something is stored. */
export function readStored(image: OpenImage): Buffer {
  const bytes = Buffer.alloc(image.size);
  for (const { at, piece } of storedPieces(image, 512)) piece.copy(bytes, at);
  return bytes;
}

function patch(path: string, changes: readonly (readonly [number, Buffer])[]): void {
  const file = openSync(path, 'r+');
  for (const [at, bytes] of changes) writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
}
