import { describe, expect, test } from 'vitest';
import { entry, expectRefused, paths, read, TestFat } from './fat-fixtures.ts';

describe('names', () => {
  test('case, a first letter that looks deleted, and letters of code page 437', () => {
    const fat = new TestFat('FAT12');
    fat.root([
      entry('LOWER   TXT', { lower: 0x18 }),
      entry('BASE    TXT', { lower: 0x08 }),
      entry('\x05VEN', {}),
      entry('\x81BER', {}),
    ]);
    expect(paths(fat)).toEqual(['/LOWER.TXT', '/base.TXT', '/lower.txt', '/\u00fcBER', '/\u03c3VEN'].slice(1));
  });

  test('a long name of 255 units, of pairs as well', () => {
    const long = `${'x'.repeat(250)}\u{1f600}.gz`;
    const fat = new TestFat('FAT12').root([entry('XXXXXX~1GZ', {}, long)]);
    expect(paths(fat)).toEqual([`/${long}`]);
  });

  test.each<[string, (long: Buffer) => Buffer]>([
    ['of another file', long => Buffer.concat([long.subarray(0, -32), entry('SHORT2')])],
    ['whose end is missing', long => long.subarray(32)],
    ['whose start is missing', long => Buffer.concat([long.subarray(0, 32), long.subarray(64)])],
    ['whose parts are of different names', long => long.fill(1, 13, 14)],
    [
      'with something deleted in between',
      long => Buffer.concat([long.subarray(0, 64), entry('\xe5GONE'), long.subarray(64)]),
    ],
  ])('a long name %s is left out, and the short one is there', (_, change) => {
    const long = entry('SHORT', {}, 'twenty-five units of UTF-16');
    const fat = new TestFat('FAT12').root([change(Buffer.from(long))]);
    expect(paths(fat)).toHaveLength(1);
    expect(paths(fat)[0]).toMatch(/^\/SHORT2?$/);
  });

  test('what was deleted, and what lies behind the end, is not there', () => {
    const fat = new TestFat('FAT12').root([entry('\xe5ELETED'), entry('HERE'), Buffer.alloc(32), entry('BEHIND')]);
    expect(paths(fat)).toEqual(['/HERE']);
  });

  test('times that were never stored are empty, and days that cannot be stay as they are', () => {
    const [never, odd] = [entry('NEVER'), entry('ODD')];
    never.fill(0, 13, 26);
    odd.writeUInt16LE(0xffff, 22);
    odd.writeUInt16LE(0x01e0, 24);
    const [one, other] = read(new TestFat('FAT12').root([never, odd])).files;
    expect([one?.modified, one?.created, one?.accessed]).toEqual(['', '', '']);
    expect(other?.modified).toBe('1980-15-00 31:63:62');
  });
});

describe('what cannot be', () => {
  test.each<[string, () => TestFat, RegExp]>([
    [
      'a slash in a name',
      () => new TestFat('FAT12').root([entry('A/B')]),
      /^root directory has an entry with the invalid name "A\/B"$/,
    ],
    [
      'a long name that means the parent',
      () => new TestFat('FAT12').root([entry('X', {}, '..')]),
      /^root directory has an entry with the invalid name "\.\."$/,
    ],
    [
      'no name',
      () => new TestFat('FAT12').root([entry(' ')]),
      /^root directory has an entry with the invalid name ""$/,
    ],
  ])('%s: refused in words', (_, make, message) => {
    expectRefused(make(), message);
  });
});
