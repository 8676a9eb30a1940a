import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { constants, deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeRaw, noise } from '../../formats/fixtures.ts';
import { writeQcow2 } from '../../formats/qcow2.ts';
import { emptyDisk, rawDisk } from '../../formats/raw.ts';
import {
  type Change,
  CLUSTER,
  expectContent,
  expectRefused,
  HUGE,
  MEBIBYTE,
  noQemu,
  number,
  qcow2Places,
  SIZE,
  unlessSkipped,
  useImages,
  withImage,
  word,
} from './image-fixtures.ts';

const { inFolder, raw, content, imageOf, changed, convert } = useImages();

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
  // Changes of the image of 9 MiB; its L1 table has one entry.
  test.each<[string, readonly Change[], RegExp]>([
    ['version 1', [[4, word(1)]], /qcow version: 1,/],
    ['a backing file', [[8, number(200n)]], /backing file/],
    ['clusters of 256 bytes', [[20, word(8)]], /2\^8 bytes/],
    ['clusters of 4 MiB', [[20, word(22)]], /2\^22 bytes/],
    ['a disk of more than 64 TiB', [[24, number(2n ** 46n + 1n)]], /exceeds 64 TiB/],
    ['a disk of 2^64 bytes', [[24, number(HUGE)]], /exceeds 64 TiB/],
    ['a disk larger than its table', [[24, number(2n ** 40n)]], /L1 table has 1 entries.*needs 2048/],
    ['encryption', [[32, word(2)]], /encrypted/],
    ['an L1 table between clusters', [[40, number(513n)]], /not the start of a cluster/],
    ['an L1 table far away', [[40, number(2n ** 50n)]], /file ends at/],
    [
      'an L1 table of gigabytes',
      [
        [20, word(9)],
        [24, number(2n ** 46n)],
        [36, word(2 ** 31)],
      ],
      /the limit is 33554432/,
    ],
    ['damage that QEMU saw', [[72, number(2n)]], /corrupt/],
    ['data in another file', [[72, number(4n)]], /another file/],
    ['extended L2 entries', [[72, number(16n)]], /extended L2/],
    ['features of the future', [[72, number(2n ** 40n)]], /unknown features: 0000010000000000/],
    ['a compression that is none', [[72, number(8n)]], /inconsistent about the compression/],
    [
      'a compression of the future',
      [
        [72, number(8n)],
        [100, word(112)],
        [104, Buffer.from([2])],
      ],
      /compression type: 2/,
    ],
    ['a short header', [[100, word(96)]], /header size: 96 bytes/],
    ['a header larger than a cluster', [[100, word(CLUSTER + 8)]], /header size: 65544 bytes/],
  ])('a qcow2 with %s', (_, changes, words) => {
    expectRefused(changed(imageOf('plain qcow2'), changes), words);
  });

  test('a disk that is smaller than said in the file is read as far as its L1 table goes', () => {
    const path = changed(imageOf('plain qcow2'), [[24, number(100_000n)]]);
    expectContent(path, content.subarray(0, 100_000));
  });

  test.each<[string, 'l1' | 'l2', bigint, RegExp]>([
    ['an L2 table between clusters', 'l1', 512n, /L2 table .* not the start of a cluster/],
    ['an L2 table far away', 'l1', 2n ** 40n, /L2 table .* file ends at/],
    ['bits in L1 that mean nothing', 'l1', 2n ** 60n, /L1 table has reserved bits/],
    ['a cluster between clusters', 'l2', 2n ** 63n + 1024n, /a cluster .* not the start of a cluster/],
    ['a cluster far away', 'l2', 2n ** 63n + 2n ** 40n, /a cluster .* file ends at/],
    ['bits in L2 that mean nothing', 'l2', 2n ** 57n, /L2 table has reserved bits/],
    ['a compressed cluster far away', 'l2', 2n ** 62n + 2n ** 53n, /a cluster .* file ends at/],
    ['what is no deflate', 'l2', 2n ** 62n + 50n, /not valid zlib data of 65536 bytes/],
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
    expectRefused(path, /two entries of the L1 table/);
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
    expectRefused(changed(path, [[4, word(2)]]), /version 2 does not support/);
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
        expectRefused(image(compress(Buffer.alloc(size))), new RegExp(`not valid ${kind} data`));
      for (const length of [1, 4, 5, 9, fits.byteLength - 1])
        expectRefused(image(fits.subarray(0, length)), new RegExp(`not valid ${kind} data`));
    }
  });

  test('a zstd frame that would look back at more than there is memory for', () => {
    // A window of 2 GiB, and a run of zeros for the whole cluster.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8, ...[0x03, 0x00, 0x08], 0]);
    expectRefused(compressedImage(frame, true), /not valid zstd data/);
    expectContent(compressedImage(frame.fill(0x30, 5, 6), true), Buffer.alloc(CLUSTER));
  });
});

/** A qcow2 of one compressed cluster, which is at the end of the file. */
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
