import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seedOf, times } from '../../../test/tier.ts';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { makeRaw, noise, type Patch, temporaryFolder } from '../../formats/fixtures.ts';
import { packDisk } from '../../formats/packed-disk.ts';
import { writeQcow2 } from '../../formats/qcow2.ts';
import { type Disk, emptyDisk, rawDisk } from '../../formats/raw.ts';
import { writeVhd } from '../../formats/vhd.ts';
import { type OpenImage, openImage } from './image-bytes.ts';
import { DamagedImage } from './random-access.ts';
import { RecentlyUsed } from './recently-used.ts';

const folder = temporaryFolder();
const inFolder = (name: string) => join(folder.path, name);
const noQemu = ['qemu-img', 'qemu-io'].some(name => spawnSync(name, ['--version']).error !== undefined);
const unlessSkipped = noQemu ? ' (skipped: no qemu-img and qemu-io here)' : '';
const MEBIBYTE = 1 << 20;
const CLUSTER = 64 << 10;
const vhd = { uniqueId: Buffer.from('0123456789abcdef'), timestamp: 1_725_580_800 };

/** Text, noise and holes in turn, at places that are no multiples of anything. */
const patches = (size: number): readonly Patch[] => [
  { at: 0, bytes: Buffer.from('boot') },
  ...Array.from({ length: 12 }, (_, index): Patch => {
    const length = 20_000 + index * 9_001;
    const bytes = index % 3 === 2 ? noise(length) : Buffer.alloc(length, `text ${index} `);
    return { at: Math.floor((size * (index + 1)) / 14) - 1_001, bytes };
  }),
  { at: size - 3, bytes: Buffer.from('end') },
];

// VHDs are whole mebibytes, and this is no whole number of their blocks.
const SIZE = 9 * MEBIBYTE;
const SMALL = MEBIBYTE + 3 * 512;
const raw = makeRaw(inFolder('image.raw'), SIZE, patches(SIZE));
const content = readFileSync(raw);

/** The project's own writers. */
const WRITERS = {
  'plain qcow2': (disk, target) => writeQcow2(disk, target, { compress: false }),
  'compressed qcow2': (disk, target) => writeQcow2(disk, target, { compress: true }),
  'fixed vhd': (disk, target) => writeVhd(disk, target, { ...vhd, type: 'fixed' }),
  'dynamic vhd': (disk, target) => writeVhd(disk, target, { ...vhd, type: 'dynamic' }),
  'packed disk': packDisk,
} satisfies Record<string, (disk: Disk, target: string) => Promise<void>>;
const names = Object.keys(WRITERS) as (keyof typeof WRITERS)[];
const imageOf = (name: keyof typeof WRITERS) => inFolder(name.replace(' ', '.'));

beforeAll(async () => {
  for (const name of names) await WRITERS[name](rawDisk(raw), imageOf(name));
});
afterAll(folder.remove);

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

describe.skipIf(noQemu)('what QEMU writes comes back', () => {
  test.each([
    ['clusters of 512 bytes', ['-o', 'cluster_size=512']],
    ['clusters of 4 KiB', ['-o', 'cluster_size=4k']],
    ['clusters of 64 KiB', ['-o', 'cluster_size=64k']],
    ['clusters of 2 MiB', ['-o', 'cluster_size=2M']],
    ['version 2', ['-o', 'compat=0.10']],
    ['version 2, compressed', ['-c', '-o', 'compat=0.10']],
    ['zlib', ['-c']],
    ['zlib in clusters of 512 bytes', ['-c', '-o', 'cluster_size=512']],
    ['zlib in clusters of 2 MiB', ['-c', '-o', 'cluster_size=2M']],
    ['zstd', ['-c', '-o', 'compression_type=zstd']],
    ['zstd in clusters of 4 KiB', ['-c', '-o', 'compression_type=zstd,cluster_size=4k']],
    ['zstd in clusters of 2 MiB', ['-c', '-o', 'compression_type=zstd,cluster_size=2M']],
    ['zstd named and not used', ['-o', 'compression_type=zstd']],
    ['tables made in advance', ['-o', 'preallocation=metadata']],
    ['reference counts that may be wrong', ['-o', 'lazy_refcounts=on']],
  ])(`a qcow2: %s${unlessSkipped}`, (_, options) => {
    convert('qcow2', options, inFolder('theirs'));
    expectContent(inFolder('theirs'), content, 'qcow2');
  });

  test.each([
    ['dynamic', 'subformat=dynamic,force_size=on'],
    ['fixed', 'subformat=fixed,force_size=on'],
  ])(`a %s VHD${unlessSkipped}`, (_, options) => {
    convert('vpc', ['-o', options], inFolder('theirs'));
    expectContent(inFolder('theirs'), content, 'vhd');
  });

  test(`a VHD whose size is rounded up to a geometry${unlessSkipped}`, () => {
    convert('vpc', [], inFolder('theirs'));
    const virtual: unknown = JSON.parse(
      execFileSync('qemu-img', ['info', '-f', 'vpc', '--output=json', inFolder('theirs')], { encoding: 'utf8' }),
    );
    withImage(inFolder('theirs'), image => {
      expect(virtual).toMatchObject({ 'virtual-size': image.size });
      expect(readAll(image).equals(Buffer.concat([content], image.size))).toBe(true);
    });
  });

  test.each(['1.1', '0.10'])(
    `zeros, what was taken away and what a snapshot still holds, in version %s${unlessSkipped}`,
    compat => {
      const path = inFolder('written');
      convert('qcow2', ['-c', '-o', `compat=${compat}`], path);
      execFileSync('qemu-img', ['snapshot', '-c', 'before', path]);
      const commands = [
        ...['write -P 0x61 70000 300000', 'write -z 1M 640k', 'write -z 3000000 1000', 'discard 4M 1M'],
        ...['write -P 0x62 5000000 100', 'write -z -u 6M 1M', 'write -P 0x63 6500000 3'],
      ];
      execFileSync('qemu-io', ['-f', 'qcow2', ...commands.flatMap(command => ['-c', command]), path], {
        stdio: 'pipe',
      });
      execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, inFolder('written.raw')]);
      expectContent(path, readFileSync(inFolder('written.raw')), 'qcow2');
    },
  );

  test(`a qcow2 that its file ends within the last cluster of${unlessSkipped}`, () => {
    const path = inFolder('short');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', path, '8M']);
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', 'write -P 0x61 5M 1k', path], { stdio: 'pipe' });
    truncateSync(path, Math.ceil(statSync(path).size / 512) * 512 - 4096);
    const expected = Buffer.alloc(8 * MEBIBYTE).fill('a', 5 * MEBIBYTE, 5 * MEBIBYTE + 1024);
    expectContent(path, expected);
  });

  test.each([
    ['a backing file', ['-b', raw, '-F', 'raw'], /backing file/],
    ['extended L2 entries', ['-o', 'extended_l2=on'], /extended L2 entries/],
    ['data in another file', ['-o', `data_file=${inFolder('other')},data_file_raw=on`], /in another file/],
  ])(`a qcow2 with %s is refused${unlessSkipped}`, (_, options, words) => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, inFolder('refused'), String(SIZE)]);
    expectRefused(inFolder('refused'), words);
  });
});

describe('what cannot be is told in words', () => {
  const number = (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return bytes;
  };
  const word = (value: number) => number(BigInt(value)).subarray(4);
  const HUGE = 2n ** 64n - 1n;

  // Of the image of 9 MiB, whose L1 table has one entry.
  test.each<[string, readonly (readonly [number, Buffer])[], RegExp]>([
    ['version 1', [[4, word(1)]], /version 1,/],
    ['a backing file', [[8, number(200n)]], /backing file/],
    ['clusters of 256 bytes', [[20, word(8)]], /2\^8 bytes/],
    ['clusters of 4 MiB', [[20, word(22)]], /2\^22 bytes/],
    ['a disk of more than 64 TiB', [[24, number(2n ** 46n + 1n)]], /more than 64 TiB/],
    ['a disk of 2^64 bytes', [[24, number(HUGE)]], /more than 64 TiB/],
    ['a disk larger than its table', [[24, number(2n ** 40n)]], /L1 table has 1 entries.*needs 2048/],
    ['encryption', [[32, word(2)]], /encrypted/],
    ['an L1 table between clusters', [[40, number(513n)]], /where no cluster starts/],
    ['an L1 table far away', [[40, number(2n ** 50n)]], /file ends at/],
    [
      'an L1 table of gigabytes',
      [
        [20, word(9)],
        [24, number(2n ** 46n)],
        [36, word(2 ** 31)],
      ],
      /even QEMU/,
    ],
    ['damage that QEMU saw', [[72, number(2n)]], /corrupt/],
    ['data in another file', [[72, number(4n)]], /another file/],
    ['extended L2 entries', [[72, number(16n)]], /extended L2/],
    ['features of the future', [[72, number(2n ** 40n)]], /not known here, 0000010000000000/],
    ['a compression that is none', [[72, number(8n)]], /contradicts itself/],
    [
      'a compression of the future',
      [
        [72, number(8n)],
        [100, word(112)],
        [104, Buffer.from([2])],
      ],
      /number 2/,
    ],
    ['a short header', [[100, word(96)]], /said to have 96 bytes/],
    ['a header larger than a cluster', [[100, word(CLUSTER + 8)]], /said to have 65544 bytes/],
  ])('a qcow2 with %s', (_, changes, words) => {
    expectRefused(changed(imageOf('plain qcow2'), changes), words);
  });

  test('a disk that is smaller than said in the file is read as far as its L1 table goes', () => {
    const path = changed(imageOf('plain qcow2'), [[24, number(100_000n)]]);
    expectContent(path, content.subarray(0, 100_000));
  });

  test.each<[string, 'l1' | 'l2', bigint, RegExp]>([
    ['an L2 table between clusters', 'l1', 512n, /L2 table .* where no cluster starts/],
    ['an L2 table far away', 'l1', 2n ** 40n, /L2 table .* file ends at/],
    ['bits in L1 that mean nothing', 'l1', 2n ** 60n, /L1 table has bits/],
    ['a cluster between clusters', 'l2', 2n ** 63n + 1024n, /a cluster .* where no cluster starts/],
    ['a cluster far away', 'l2', 2n ** 63n + 2n ** 40n, /a cluster .* file ends at/],
    ['bits in L2 that mean nothing', 'l2', 2n ** 57n, /L2 table has bits/],
    ['a compressed cluster far away', 'l2', 2n ** 62n + 2n ** 53n, /a cluster .* file ends at/],
    ['what is no deflate', 'l2', 2n ** 62n + 50n, /not what zlib makes of 65536 bytes/],
  ])('a qcow2 with %s', (_, level, entry, words) => {
    const places = qcow2Places(imageOf('plain qcow2'));
    const path = changed(imageOf('plain qcow2'), [[places[level], number(entry)]]);
    expectRefused(path, words);
  });

  test('a qcow2 whose L2 table is used twice', async () => {
    await writeQcow2(emptyDisk(2 ** 30), inFolder('twice'), { compress: false });
    const { l1 } = qcow2Places(inFolder('twice'));
    const path = changed(inFolder('twice'), [
      [l1, number(BigInt(CLUSTER))],
      [l1 + 8, number(BigInt(CLUSTER))],
    ]);
    expectRefused(path, /two parts of the disk/);
  });

  test('entries of a table that stand for what is beyond the end of the disk do not matter', async () => {
    const start = makeRaw(inFolder('start.raw'), MEBIBYTE, [{ at: 0, bytes: Buffer.from('start') }]);
    await writeQcow2(rawDisk(start), inFolder('start'), { compress: false });
    const { l2 } = qcow2Places(inFolder('start'));
    const path = changed(inFolder('start'), [[l2 + (MEBIBYTE / CLUSTER) * 8, number(HUGE)]]);
    expectContent(path, readFileSync(start));
  });

  test('a qcow2 of version 2 with the zeros of version 3', () => {
    const { l2 } = qcow2Places(imageOf('plain qcow2'));
    const path = changed(imageOf('plain qcow2'), [[l2, number(1n)]]);
    withImage(path, image => expect(image.read(0, 4)).toEqual(Buffer.alloc(4)));
    expectRefused(changed(path, [[4, word(2)]]), /version 2 does not have/);
  });

  test('compressed clusters that give more or less than a cluster, or stop in the middle', () => {
    const params = { [constants.ZSTD_c_checksumFlag]: 1 };
    const compressors = {
      zlib: (bytes: Buffer) => deflateRawSync(bytes),
      zstd: (bytes: Buffer) => zstdCompressSync(bytes, { params }),
    };
    for (const [kind, compress] of Object.entries(compressors)) {
      const fits = compress(Buffer.alloc(CLUSTER, 'abc'));
      const image = (packed: Buffer) => compressedImage(packed, kind === 'zstd');
      expectContent(image(Buffer.concat([fits, noise(100)])), Buffer.alloc(CLUSTER, 'abc'));
      for (const size of [0, 1, CLUSTER - 1, CLUSTER + 1, 100 * CLUSTER])
        expectRefused(image(compress(Buffer.alloc(size))), new RegExp(`not what ${kind} makes`));
      for (const length of [1, 4, 5, 9, fits.byteLength - 1])
        expectRefused(image(fits.subarray(0, length)), new RegExp(`not what ${kind} makes`));
    }
  });

  test('a zstd frame that would look back at more than there is memory for', () => {
    // A window of 2 GiB, and a run of zeros for all of the cluster.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, ...[0x03, 0x00, 0x08], 0]);
    expectRefused(compressedImage(frame, true), /not what zstd makes/);
    expectContent(compressedImage(frame.fill(0x30, 5, 6), true), Buffer.alloc(CLUSTER));
  });

  test.each<[string, readonly (readonly [number, Buffer])[], RegExp]>([
    ['a parent', [[60, word(4)]], /differencing/],
    ['a type of the future', [[60, word(7)]], /number 7/],
    ['half a sector', [[48, number(BigInt(SIZE + 1))]], /no number of sectors/],
    ['a disk of 2^64 bytes', [[48, number(HUGE - 511n)]], /more than 2 TiB/],
    ['a disk larger than its table', [[48, number(BigInt(4 * SIZE))]], /table has 5 entries.*needs 18/],
    ['a header far away', [[16, number(2n ** 50n)]], /header of this VHD .* file ends at/],
    ['a header elsewhere', [[16, number(1536n)]], /no header is at byte 1536/],
    ['a table far away', [[512 + 16, number(2n ** 50n)]], /table .* file ends at/],
    ['blocks of no bytes', [[512 + 32, word(0)]], /powers of 2/],
    ['blocks that are no power of two', [[512 + 32, word(3 << 20)]], /powers of 2/],
    ['blocks of 2 GiB', [[512 + 32, word(2 ** 31)]], /powers of 2/],
    [
      'a table of gigabytes',
      [
        [48, number(2n ** 40n)],
        [512 + 28, word(2 ** 32 - 1)],
        [512 + 32, word(512)],
      ],
      /more than 16777216/,
    ],
    ['a block far away', [[1536, word(2 ** 31)]], /a block .* footer starts/],
    ['two blocks at one place', [[1540, word(4)]], /two blocks/],
  ])('a dynamic VHD with %s', (_, changes, words) => {
    const path = changed(imageOf('dynamic vhd'), changes);
    mendVhd(path);
    expectRefused(path, words);
  });

  test('VHDs with a wrong checksum, without one of the footers, or with footers that differ', () => {
    const path = imageOf('dynamic vhd');
    const end = statSync(path).size - 512;
    expectRefused(changed(path, [[end + 80, word(1)]]), /checksum of its footer/);
    expectRefused(changed(path, [[512 + 100, word(1)]]), /checksum of its header/);
    expectRefused(changed(path, [[0, word(1)]]), /no copy of its footer/);
    expectRefused(changed(path, [[end, word(1)]]), /may be cut off/);
    const differing = changed(path, [[48, number(BigInt(SIZE - 512))]]);
    mendVhd(differing, false);
    expectRefused(differing, /differ/);
  });

  test('a fixed VHD whose size is not that of the file', () => {
    const path = changed(imageOf('fixed vhd'), [[SIZE + 48, number(BigInt(SIZE - 512))]]);
    mendVhd(path, false);
    expectRefused(path, /9436672 bytes, and 9437184/);
  });

  test('a sector of a dynamic VHD that its bitmap leaves out is zeros', () => {
    // Of the first block, whose bitmap follows the table: the second sector, which holds nothing, and the first one, which does.
    const path = changed(imageOf('dynamic vhd'), [[2048, Buffer.from([0x7f])]]);
    const expected = Buffer.from(content).fill(0, 0, 512);
    expectContent(path, expected);
    withImage(path, image => expect(image.read(1, 600)).toEqual(expected.subarray(1, 601)));
  });

  test.each<[string, readonly (readonly [number, Buffer])[], RegExp]>([
    ['of the future', [[8, word(2)]], /version 2/],
    ['with other blocks', [[12, word(4096)]], /4096 bytes/],
    ['of 2^64 bytes', [[16, number(HUGE)]], /more than 64 TiB/],
    ['whose map is larger than the file', [[16, number(2n ** 46n)]], /map .* file ends/],
    ['whose map tells of more than there is', [[520, Buffer.from([0xff])]], /blocks .* file ends/],
    ['whose map goes on beyond the end', [[600, Buffer.from([0xff])]], /beyond the end/],
    ['that is larger than said', [[16, number(BigInt(SIZE - 1))]], /blocks .* file ends/],
  ])('a packed disk %s', (_, changes, words) => {
    expectRefused(changed(imageOf('packed disk'), changes), words);
  });
});

test('what was used lately is kept, and the rest is made again', () => {
  const kept = new RecentlyUsed<number>(80, 10);
  const made: number[] = [];
  const get = (key: number) => kept.get(key, () => made.push(key));
  for (const key of [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 1]) get(key);
  expect(made).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const key of [10, 11, 12, 13, 14, 15, 16, 17, 1]) get(key);
  expect(made.slice(7)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 1]);
});

describe('images from anybody', () => {
  const random = makeRandom(seedOf('damaged images', 20_270_131));
  /** Small images, and where their headers and tables lie. */
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
        // Somebody who means it makes the checksums right.
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

/** As a whole, by what is stored, and at 200 random places. */
function expectContent(path: string, expected: Buffer, format?: OpenImage['format']): void {
  const random = makeRandom(expected.byteLength);
  withImage(path, image => {
    if (format !== undefined) expect(image.format).toBe(format);
    expect(image.size).toBe(expected.byteLength);
    expect(readAll(image).equals(expected), 'all of it').toBe(true);
    expect(readStored(image).equals(expected), 'what is stored').toBe(true);
    for (let round = 0; round < 200; round += 1) {
      const offset = Math.floor(random() * expected.byteLength);
      const most = random() < 0.5 ? 3_000 : 300_000;
      const length = Math.floor(random() * Math.min(most, expected.byteLength - offset + 1));
      const isSame = image.read(offset, length).equals(expected.subarray(offset, offset + length));
      expect(isSame, `${length} bytes from ${offset} on`).toBe(true);
    }
  });
}

function withImage(path: string, use: (image: OpenImage) => void): void {
  const image = openImage(path);
  try {
    use(image);
  } finally {
    image.close();
  }
}

function readAll(image: OpenImage): Buffer {
  return image.read(0, image.size);
}

/** All of the image, of which only what is stored was read. */
function readStored(image: OpenImage): Buffer {
  const bytes = Buffer.alloc(image.size);
  for (const { at, piece } of storedPieces(image, 512)) piece.copy(bytes, at);
  return bytes;
}

/** From one stored place to the next, so that a large disk with little on it does not take long. */
function* storedPieces(image: OpenImage, most: number): Generator<{ readonly at: number; readonly piece: Buffer }> {
  let end = 0;
  for (let at = image.stored(0); at < image.size; at = image.stored(end)) {
    if (at < end) throw new Error(`byte ${at} is said to be stored at or after byte ${end}`);
    const piece = image.read(at, Math.min(most, image.size - at));
    yield { at, piece };
    end = at + piece.byteLength;
  }
}

/** The words if it was refused. */
function bytesOrWords(path: string): string {
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

function expectBytesOrWords(path: string, what: string): void {
  const started = performance.now();
  try {
    expect(bytesOrWords(path)).not.toContain('\n');
  } catch (error) {
    throw new Error(what, { cause: error });
  }
  expect(performance.now() - started, what).toBeLessThan(1_000);
}

function expectRefused(path: string, words: RegExp): void {
  expect(bytesOrWords(path)).toMatch(words);
}

function convert(format: string, options: readonly string[], target: string, source = raw): void {
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, source, target]);
}

/** A copy with other bytes at some places. */
function changed(path: string, changes: readonly (readonly [number, Buffer])[]): string {
  const copy = inFolder('changed');
  if (path !== copy) copyFileSync(path, copy);
  patch(copy, changes);
  return copy;
}

function patch(path: string, changes: readonly (readonly [number, Buffer])[]): void {
  const file = openSync(path, 'r+');
  for (const [at, bytes] of changes) writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
}

/** Makes the checksums right. What changed in one of the footers of a dynamic image changes in the other, unless they are to differ. */
function mendVhd(path: string, alike = true): void {
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

/** Where the first entry of the L1 table and the first one of its L2 table lie. */
function qcow2Places(path: string): { readonly l1: number; readonly l2: number } {
  const bytes = readFileSync(path);
  const l1 = Number(bytes.readBigUInt64BE(40));
  return { l1, l2: Number(bytes.readBigUInt64BE(l1) & 0x00fffffffffffe00n) };
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

/** A qcow2 of one cluster, which is compressed and the last thing in the file. */
function compressedImage(packed: Buffer, isZstd: boolean): string {
  const bytes = Buffer.alloc(3 * CLUSTER);
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(BigInt(CLUSTER), 24);
  bytes.writeUInt32BE(1, 36);
  bytes.writeBigUInt64BE(BigInt(CLUSTER), 40);
  if (isZstd) bytes.writeUInt32BE(8, 76);
  bytes.writeUInt32BE(112, 100);
  bytes.writeUInt8(isZstd ? 1 : 0, 104);
  bytes.writeBigUInt64BE(2n ** 63n + BigInt(2 * CLUSTER), CLUSTER);
  const sectors = BigInt(Math.floor((packed.byteLength - 1) / 512));
  bytes.writeBigUInt64BE(2n ** 62n + (sectors << 54n) + BigInt(3 * CLUSTER), 2 * CLUSTER);
  writeFileSync(inFolder('one'), Buffer.concat([bytes, packed]));
  return inFolder('one');
}

/** Text at a few places of a disk, and nothing else. */
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
