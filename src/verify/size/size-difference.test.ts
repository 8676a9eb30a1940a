import { expect, it } from 'vitest';
import { sizeDifferenceLines } from '../../report/tables/size-difference-lines.ts';
import type { ImageSize, PackageSize } from './image-size.ts';
import { sizeDifference } from './size-difference.ts';

const NONE = { bytes: 0, packages: [] };

function image(inUse: number, packages: readonly PackageSize[], more: Partial<ImageSize> = {}): ImageSize {
  return {
    size: 10_240,
    inUse,
    uses: [
      { place: 'root, ext4', use: 'packages', bytes: inUse },
      { place: 'root, ext4', use: 'free space', bytes: 10_240 - inUse },
    ],
    software: { packages, others: [], wishes: [], shared: NONE, unasked: NONE },
    folders: [{ path: '/', onDisk: inUse, apparent: inUse }],
    ...more,
  };
}

function entry(name: string, version: string, onDisk: number): PackageSize {
  return { name, version, onDisk, apparent: onDisk, files: 1 };
}

it('names what came, what went and what has another version or size, and nothing else', () => {
  const before = image(3_072, [entry('same', '1', 1_024), entry('old', '1', 1_024), entry('moved', '1', 1_024)]);
  const after = image(5_120, [entry('same', '1', 1_024), entry('new', '2', 3_072), entry('moved', '2', 1_024)]);
  const difference = sizeDifference(before, after);
  expect(difference.software?.packages).toEqual([
    { name: 'new', before: 0, after: 3_072, oldVersion: undefined, newVersion: '2' },
    { name: 'old', before: 1_024, after: 0, oldVersion: '1', newVersion: undefined },
    { name: 'moved', before: 1_024, after: 1_024, oldVersion: '1', newVersion: '2' },
  ]);
  expect(difference.folders).toEqual([{ name: '/', before: 3_072, after: 5_120 }]);
  expect(sizeDifferenceLines(difference)).toEqual([
    '          before     after    change',
    'disk    10.0 KiB  10.0 KiB      none',
    'in use   3.0 KiB   5.0 KiB  +2.0 KiB',
    '',
    'what                     before    after    change',
    'root, ext4: free space  7.0 KiB  5.0 KiB  -2.0 KiB',
    'root, ext4: packages    3.0 KiB  5.0 KiB  +2.0 KiB',
    '',
    'package  version    before    after    change',
    'new      none → 2      0 B  3.0 KiB  +3.0 KiB',
    'old      1 → none  1.0 KiB      0 B  -1.0 KiB',
    'moved    1 → 2     1.0 KiB  1.0 KiB      none',
    '',
    'folder   before    after    change',
    '/       3.0 KiB  5.0 KiB  +2.0 KiB',
  ]);
});

it('says nothing but the total of two that are the same, and that there are no packages to compare', () => {
  const one = image(1_024, []);
  expect(sizeDifferenceLines(sizeDifference(one, one))).toHaveLength(3);
  const { software: _, ...bare } = one;
  expect(sizeDifference(one, bare).software).toBeUndefined();
  expect(sizeDifferenceLines(sizeDifference(one, bare)).at(-1)).toMatch(/^no package database/);
});
