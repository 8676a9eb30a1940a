import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { makeRaw, noise, type Patch } from '../../formats/fixtures.ts';
import { packDisk } from '../../formats/packed-disk.ts';
import { writeQcow2 } from '../../formats/qcow2.ts';
import { type Disk, emptyDisk, rawDisk } from '../../formats/raw.ts';
import { DamagedImage } from '../reading/random-access.ts';
import {
  bytesOrWords,
  CLUSTER,
  expectContent,
  MEBIBYTE,
  mendVhd,
  names,
  noQemu,
  qcow2Places,
  readAll,
  readStored,
  SIZE,
  useImages,
  WRITERS,
  withImage,
} from './image-fixtures.ts';

const { inFolder, raw, content, imageOf, changed, convert } = useImages();
const SMALL = MEBIBYTE + 3 * 512;

describe('what aib writes', () => {
  test.each([
    ['plain qcow2', 'qcow2'],
    ['compressed qcow2', 'qcow2'],
    ['fixed vhd', 'vhd'],
    ['dynamic vhd', 'vhd'],
    ['packed disk', 'packed disk'],
  ] as const)('a %s comes back, as a whole and at any place', (name, format) => {
    expectContent(imageOf(name), content, format);
  });

  test('a raw disk comes back', () => {
    expectContent(raw, content, 'raw');
  });

  test('an empty file is a raw disk of no bytes', () => {
    writeFileSync(inFolder('empty'), '');
    expectContent(inFolder('empty'), Buffer.alloc(0), 'raw');
  });

  test('a disk whose end is no whole cluster or block comes back', async () => {
    const size = 5 * CLUSTER + 512;
    const odd = makeRaw(inFolder('odd.raw'), size, [{ at: size - 600, bytes: noise(600) }]);
    for (const name of ['plain qcow2', 'compressed qcow2', 'packed disk'] as const) {
      await WRITERS[name](rawDisk(odd), inFolder('odd'));
      expectContent(inFolder('odd'), readFileSync(odd));
    }
  });

  test('any layout of blocks comes back', async () => {
    const random = makeRandom(seedOf('layouts of images', 20_270_132));
    for (let round = 0; round < 10 * times; round += 1) {
      const size = MEBIBYTE + Math.floor(random() * 40 * MEBIBYTE);
      const written = Array.from({ length: Math.floor(random() * 60) }, (): Patch => {
        return { at: Math.floor(random() * (size - 10)), bytes: Buffer.from('any layout') };
      });
      const any = makeRaw(inFolder('any.raw'), size, written);
      for (const name of ['plain qcow2', 'packed disk'] as const) {
        await WRITERS[name](rawDisk(any), inFolder('any'));
        withImage(inFolder('any'), image => {
          const expected = Buffer.concat([readFileSync(any)], image.size);
          expect(readAll(image).equals(expected), name).toBe(true);
          expect(readStored(image).equals(expected), name).toBe(true);
        });
      }
    }
  });

  test('a packed disk of no bytes has none', async () => {
    await packDisk(emptyDisk(0), inFolder('none'));
    expectContent(inFolder('none'), Buffer.alloc(0), 'packed disk');
  });

  test('what lies beyond the end cannot be read, nor more than there is memory for', async () => {
    await writeQcow2(emptyDisk(2 ** 40), inFolder('large'), { compress: false });
    withImage(inFolder('large'), image => {
      for (const [offset, length] of [
        [2 ** 40, 1],
        [2 ** 40 - 1, 2],
        [-1, 1],
        [0, -1],
        [0, 2 ** 40],
      ] as const)
        expect(() => image.read(offset, length)).toThrow(DamagedImage);
    });
  });
});

describe('holes', () => {
  const places = [300 * 2 ** 30 + 5 * MEBIBYTE, 2 ** 40 - MEBIBYTE];

  test.each([
    ['plain qcow2', CLUSTER],
    ['compressed qcow2', CLUSTER],
    ['dynamic vhd', 2 * MEBIBYTE],
    ['packed disk', CLUSTER],
  ] as const)('those of a %s of 1 TiB are jumped over', async (name, cell) => {
    await WRITERS[name](sparseDisk(2 ** 40, places), inFolder('sparse'));
    const started = performance.now();
    withImage(inFolder('sparse'), image => {
      const [first, second] = places.map(at => Math.floor(at / cell) * cell) as [number, number];
      expect(image.stored(0)).toBe(first);
      expect(image.stored(first)).toBe(first);
      expect(image.stored(first + 7)).toBe(first + 7);
      expect(image.stored(first + cell)).toBe(second);
      expect(image.stored(second + cell)).toBe(image.size);
      expect(image.stored(image.size)).toBe(image.size);
      expect(image.stored(image.size + 1)).toBe(image.size);
      for (const at of places) expect(image.read(at, 4)).toEqual(Buffer.from('data'));
      expect(image.read(first - 8, 8)).toEqual(Buffer.alloc(8));
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test('a disk with nothing on it has nothing stored', async () => {
    for (const name of ['plain qcow2', 'dynamic vhd', 'packed disk'] as const) {
      await WRITERS[name](emptyDisk(2 ** 30), inFolder('nothing'));
      withImage(inFolder('nothing'), image => expect(image.stored(0)).toBe(2 ** 30));
    }
  });

  test('those of a raw disk and of a fixed VHD are not known', () => {
    for (const path of [raw, imageOf('fixed vhd')])
      withImage(path, image => {
        expect(image.stored(1_000_000)).toBe(1_000_000);
        expect(image.stored(SIZE + 1)).toBe(SIZE);
      });
  });
});

describe('images from anybody', () => {
  const random = makeRandom(seedOf('damaged images', 20_270_131));
  /** Small images, and the places of their headers and tables. */
  const victims: {
    readonly path: string;
    readonly ranges: readonly (readonly [number, number])[];
    readonly name: string;
  }[] = [];
  const add = (name: string, ranges: (path: string) => readonly (readonly [number, number])[]) => {
    const path = inFolder(`small ${name}`);
    victims.push({ path, name, ranges: ranges(path) });
  };

  beforeAll(async () => {
    const source = makeRaw(inFolder('small.raw'), SMALL, [
      { at: 100, bytes: Buffer.alloc(70_000, 'text') },
      { at: 500_000, bytes: noise(50_000) },
      { at: SMALL - 10, bytes: noise(10) },
    ]);
    for (const name of names) await WRITERS[name](rawDisk(source), inFolder(`small ${name}`));
    for (const name of ['plain qcow2', 'compressed qcow2']) add(name, qcow2Ranges);
    add('dynamic vhd', path => [
      [0, 2048],
      [0, 64],
      [512, 576],
      [1536, 1552],
      [statSync(path).size - 512, statSync(path).size],
    ]);
    add('fixed vhd', path => [[statSync(path).size - 512, statSync(path).size]]);
    add('packed disk', () => [
      [0, 32],
      [512, 520],
      [0, 1024],
    ]);
    if (noQemu) return;
    const theirs = {
      'clusters of 512': ['-o', 'cluster_size=512'],
      'zstd in clusters of 4 KiB': ['-c', '-o', 'compression_type=zstd,cluster_size=4k'],
      'zlib in version 2': ['-c', '-o', 'compat=0.10,cluster_size=512'],
    };
    for (const [name, options] of Object.entries(theirs)) {
      convert('qcow2', options, inFolder(`small ${name}`), source);
      add(name, qcow2Ranges);
    }
  });

  test('of an image that is cut off anywhere there are bytes or words', { timeout: 60_000 * times }, () => {
    for (const { path, name } of victims) {
      const bytes = readFileSync(path);
      for (let round = 0; round < 50 * times; round += 1) {
        const length = Math.floor(random() * bytes.byteLength);
        writeFileSync(inFolder('victim'), bytes.subarray(0, length));
        expectBytesOrWords(inFolder('victim'), `${name}, cut off at byte ${length}`);
      }
    }
  });

  test('of an image with any bit turned there are bytes or words', { timeout: 120_000 * times }, () => {
    for (const { path, name, ranges } of victims) {
      const bytes = readFileSync(path);
      for (let round = 0; round < 300 * times; round += 1) {
        const [start, end] = ranges[round % ranges.length] ?? [0, 0];
        const [at, bit] = [start + Math.floor(random() * (end - start)), Math.floor(random() * 8)];
        const byte = bytes.readUInt8(at);
        bytes.writeUInt8(byte ^ (1 << bit), at);
        writeFileSync(inFolder('victim'), bytes);
        bytes.writeUInt8(byte, at);
        // An attacker would also correct the checksums.
        if (name.endsWith('vhd') && round % 2 === 0) mendVhd(inFolder('victim'));
        expectBytesOrWords(inFolder('victim'), `${name}, bit ${bit} of byte ${at}`);
      }
    }
  });

  test('most of those images are noticed', () => {
    const [victim] = victims;
    if (victim === undefined) throw new Error('no image');
    const outcomes = new Set(
      Array.from({ length: 112 }, (_, at) => {
        const byte = readFileSync(victim.path).readUInt8(at) ^ 1;
        return bytesOrWords(changed(victim.path, [[at, Buffer.from([byte])]]));
      }),
    );
    expect(outcomes.size).toBeGreaterThan(20);
  });
});

function expectBytesOrWords(path: string, what: string): void {
  const started = performance.now();
  try {
    expect(bytesOrWords(path)).not.toContain('\n');
  } catch (error) {
    throw new Error(what, { cause: error });
  }
  expect(performance.now() - started, what).toBeLessThan(1_000);
}

function qcow2Ranges(path: string): readonly (readonly [number, number])[] {
  const bytes = readFileSync(path);
  const { l1, l2 } = qcow2Places(path);
  return [
    [0, 112],
    [l1, l1 + bytes.readUInt32BE(36) * 8],
    [l2, l2 + 24],
    [l2, l2 + Math.min(256, 2 ** bytes.readUInt32BE(20))],
  ];
}

/** A disk with text at a few places, and nothing else. */
function sparseDisk(size: number, places: readonly number[]): Disk {
  return {
    size: async () => size,
    async *blocks(blockSize) {
      for (const place of places) {
        const offset = Math.floor(place / blockSize) * blockSize;
        const bytes = Buffer.alloc(Math.min(blockSize, size - offset));
        bytes.write('data', place - offset);
        yield { offset, bytes };
      }
    },
  };
}
