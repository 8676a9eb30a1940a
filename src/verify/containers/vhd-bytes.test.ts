import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Change,
  expectContent,
  expectRefused,
  HUGE,
  mendVhd,
  noQemu,
  number,
  readAll,
  SIZE,
  unlessSkipped,
  useImages,
  withImage,
  word,
} from './image-fixtures.ts';

const { inFolder, content, imageOf, changed, convert } = useImages();

describe.skipIf(noQemu)('what QEMU writes comes back', () => {
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
});

describe('what cannot be is told in words', () => {
  test.each<[string, readonly Change[], RegExp]>([
    ['a parent', [[60, word(4)]], /differencing/],
    ['a type of the future', [[60, word(7)]], /VHD type: 7/],
    ['half a sector', [[48, number(BigInt(SIZE + 1))]], /not a multiple of the sector size/],
    ['a disk of 2^64 bytes', [[48, number(HUGE - 511n)]], /exceeds 2 TiB/],
    ['a disk larger than its table', [[48, number(BigInt(4 * SIZE))]], /table has 5 entries.*needs 18/],
    ['a header far away', [[16, number(2n ** 50n)]], /header of this VHD .* file ends at/],
    ['a header elsewhere', [[16, number(1536n)]], /no header found at byte 1536/],
    ['a table far away', [[512 + 16, number(2n ** 50n)]], /table .* file ends at/],
    ['blocks of no bytes', [[512 + 32, word(0)]], /a power of 2/],
    ['blocks that are no power of two', [[512 + 32, word(3 << 20)]], /a power of 2/],
    ['blocks of 2 GiB', [[512 + 32, word(2 ** 31)]], /a power of 2/],
    [
      'a table of gigabytes',
      [
        [48, number(2n ** 40n)],
        [512 + 28, word(2 ** 32 - 1)],
        [512 + 32, word(512)],
      ],
      /the limit is 16777216/,
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
    expectRefused(changed(path, [[0, word(1)]]), /copy of its footer at the start is missing/);
    expectRefused(changed(path, [[end, word(1)]]), /may be truncated/);
    const differing = changed(path, [[48, number(BigInt(SIZE - 512))]]);
    mendVhd(differing, false);
    expectRefused(differing, /differ/);
  });

  test('a fixed VHD whose size is not that of the file', () => {
    const path = changed(imageOf('fixed vhd'), [[SIZE + 48, number(BigInt(SIZE - 512))]]);
    mendVhd(path, false);
    expectRefused(path, /9436672 bytes, but there are 9437184/);
  });

  test('a sector of a dynamic VHD that its bitmap leaves out is zeros', () => {
    // In the first block, with its bitmap after the table: the second sector, which is empty, and the first one, which is not.
    const path = changed(imageOf('dynamic vhd'), [[2048, Buffer.from([0x7f])]]);
    const expected = Buffer.from(content).fill(0, 0, 512);
    expectContent(path, expected);
    withImage(path, image => expect(image.read(1, 600)).toEqual(expected.subarray(1, 601)));
  });
});
