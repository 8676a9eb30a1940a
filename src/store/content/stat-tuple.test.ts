import { lstatSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { ABSENT, isRacy, type StatTuple, sameNumbers, statNumbers, statTuple, UNKNOWN } from './stat-tuple.ts';

const NS_PER_MS = 1_000_000n;
/** From 1902 to 2446, the range of ext4. */
const times = fc.bigInt({ min: -2_147_483_648_000_000_000n, max: 15_032_385_535_000_000_000n });

function makeFile(): string {
  const folder = testFolder('tuple');
  const path = join(folder, 'file');
  writeFileSync(path, 'content');
  return path;
}

test('the numbers of a tuple are those of the cheaper lstat, to the last bit, whatever the time', () => {
  const path = makeFile();
  fc.assert(
    fc.property(fc.double({ min: -2e9, max: 15e9, noNaN: true }), seconds => {
      utimesSync(path, seconds, seconds);
      const { ino, size, mtimeMs, ctimeMs } = lstatSync(path);
      expect(statNumbers(statTuple(path))).toEqual([ino, size, mtimeMs, ctimeMs]);
    }),
  );
});

test('numbers differ if anything that they can hold does', () => {
  const stats = lstatSync(makeFile());
  const { ino, size, mtimeMs, ctimeMs } = stats;
  const same = (...numbers: readonly number[]): boolean => sameNumbers(stats, Float64Array.of(0, ...numbers), 1);
  expect(same(ino, size, mtimeMs, ctimeMs)).toBe(true);
  expect(same(ino + 1, size, mtimeMs, ctimeMs)).toBe(false);
  expect(same(ino, size + 1, mtimeMs, ctimeMs)).toBe(false);
  expect(same(ino, size, mtimeMs + 0.001, ctimeMs)).toBe(false);
  expect(same(ino, size, mtimeMs, ctimeMs + 0.001)).toBe(false);
  expect(same(ino, size, mtimeMs)).toBe(false);
});

test.each<[string, StatTuple]>([
  ['for a path where nothing is', ABSENT],
  ['for what cannot be accounted for', UNKNOWN],
  ['for an inode beyond 2^53', '9007199254740993:1:1:1' as StatTuple],
  ['for an inode in the upper half of 64 bits', '18446744073709551615:1:1:1' as StatTuple],
])('there are no numbers %s', (_, tuple) => {
  expect(statNumbers(tuple)).toBeUndefined();
});

test('a file is racy exactly from 20 ms before the scan, by mtime or by ctime', () => {
  fc.assert(
    fc.property(times, times, fc.integer({ min: 0, max: 15e12 }), fc.integer({ min: -5, max: 5 }), (a, b, at, step) => {
      const limit = BigInt(at - 20) * NS_PER_MS;
      for (const [mtime, ctime] of [
        [a, b],
        [a, limit],
        [limit + BigInt(step) * NS_PER_MS, b],
      ] as const) {
        const racy = [mtime, ctime].some(time => time >= limit - (time % 1_000_000_000n === 0n ? 2_000_000_000n : 0n));
        expect(isRacy(`1:1:${mtime}:${ctime}` as StatTuple, at)).toBe(racy);
      }
    }),
  );
});

test('a time of whole seconds may stand for any moment of two: what was changed again within them is racy', () => {
  const second = 1_700_000_000_000;
  const tuple = `1:1:${second}000000:${second}000000` as StatTuple;
  for (const [later, racy] of [
    [500, true],
    [1_999, true],
    [2_020, true],
    [2_021, false],
  ] as const)
    expect(isRacy(tuple, second + later)).toBe(racy);
  // The first second of all is a whole second, too.
  expect(isRacy('1:1:0:0' as StatTuple, 1_500)).toBe(true);
  // With nanosecond times, only a file whose time was set to an old one on purpose has such a tuple.
  expect(isRacy(`1:1:${second - 5_000}000000:${second}000001` as StatTuple, second + 500)).toBe(false);
});

test('rounding never takes a file for older than the limit: every nanosecond from the limit on is racy', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 15e12 }), fc.bigInt({ min: 0n, max: 1_000n }), (at, above) => {
      const time = BigInt(at - 20) * NS_PER_MS + above;
      expect(isRacy(`1:1:0:${time}` as StatTuple, at)).toBe(true);
    }),
  );
});
