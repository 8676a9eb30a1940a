import { describe, expect, test } from 'vitest';
import { DIRECTORY, entry, expectRefused, paths, read, TEXT, TestFat } from './fat-fixtures.ts';

test('a large file comes in pieces of a mebibyte, and may fill its last cluster', () => {
  const fat = new TestFat('FAT16');
  const content = Buffer.concat([Buffer.alloc(1 << 20, 1), Buffer.alloc(1 << 19, 2)]);
  fat.root([fat.file('LARGE', content)]);
  const volume = read(fat);
  const pieces = volume.files.flatMap(file => [...volume.content(file)]);
  expect(pieces.map(piece => piece.byteLength)).toEqual([1 << 20, 1 << 19]);
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
});

describe('what cannot be', () => {
  test.each<[string, () => TestFat, RegExp]>([
    [
      'a size beyond the last cluster',
      () => {
        const fat = new TestFat('FAT12');
        return fat.root([entry('LONG', { first: fat.store(TEXT), size: 0xffffffff })]);
      },
      /^\/LONG has 4294967295 bytes, but its clusters have only 512$/,
    ],
    [
      'two entries of one name',
      () => new TestFat('FAT12').root([entry('SAME'), entry('OTHER'), entry('SAME')]),
      /^two entries have the path "\/SAME"$/,
    ],
    [
      'a directory larger than any system makes',
      () => {
        const fat = new TestFat('FAT12', 16);
        return fat.root([entry('LARGE', { attributes: DIRECTORY, first: fat.store(Buffer.alloc(3 << 20)) })]);
      },
      /^the directory \/LARGE is too large: 3145728 bytes$/,
    ],
    [
      'more directories in one another than a path can have',
      () => {
        const fat = new TestFat('FAT12');
        let inner = entry('FILE');
        for (let depth = 0; depth < 64; depth += 1) inner = fat.directory('D', [inner]);
        return fat.root([inner]);
      },
      /^directories are nested more than 64 levels deep$/,
    ],
  ])('%s: refused in words', (_, make, message) => {
    expectRefused(make(), message);
  });

  test('a depth of 64 is read', () => {
    const fat = new TestFat('FAT12');
    let inner = entry('FILE');
    for (let depth = 0; depth < 63; depth += 1) inner = fat.directory('D', [inner]);
    expect(paths(fat.root([inner]))).toHaveLength(64);
  });
});

describe('bounds', () => {
  /** As many short names as fit in a directory beside `.` and `..`. */
  const crowd = Buffer.concat(
    Array.from({ length: 65_534 }, (_, index) => entry(`F${index.toString(36).toUpperCase()}`)),
  );

  test('a million entries are the most', { tags: ['full'] }, () => {
    const fat = new TestFat('FAT16', 64);
    fat.root(Array.from({ length: 16 }, (_, index) => fat.directory(`D${index}`, [crowd])));
    expect(() => read(fat)).toThrow(/^there are more than 1000000 files$/);
  });

  test('long names may not make one another longer without end', () => {
    const fat = new TestFat('FAT12', 16);
    let inner = fat.directory('CROWD', [crowd]);
    for (let depth = 0; depth < 5; depth += 1) {
      const first = fat.store(Buffer.concat([inner]));
      inner = entry('LONG', { attributes: DIRECTORY, first }, 'x'.repeat(255));
    }
    expect(() => read(fat.root([inner]))).toThrow(/^the paths of all files exceed 67108864 characters$/);
  });
});
