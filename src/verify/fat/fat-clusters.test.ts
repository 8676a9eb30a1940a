import { describe, expect, test } from 'vitest';
import { readFat } from './fat.ts';
import { DIRECTORY, entry, expectRefused, LOADER, largeVolume, SECTOR, TestFat, usual } from './fat-fixtures.ts';

describe('what cannot be', () => {
  test.each<[string, () => TestFat, RegExp]>([
    [
      'a chain that comes back',
      () => {
        const fat = usual('FAT12');
        fat.link(5, 2);
        return fat;
      },
      /^cluster 2 belongs to \/EFI\/BOOT\/BOOTX64\.EFI and to itself again$/,
    ],
    [
      'two files that share clusters',
      () => {
        const fat = new TestFat('FAT16');
        const first = fat.store(LOADER);
        return fat.root([entry('ONE', { first, size: 3000 }), entry('TWO', { first: first + 1, size: 100 })]);
      },
      /^cluster 3 belongs to \/TWO and to \/ONE$/,
    ],
    [
      'a directory that holds itself',
      () => {
        const fat = new TestFat('FAT32');
        return fat.root([entry('LOOP', { attributes: DIRECTORY, first: 2 })]);
      },
      /^cluster 2 belongs to \/LOOP and to root directory$/,
    ],
    [
      'a directory that holds its parent',
      () => {
        const fat = new TestFat('FAT12');
        return fat.root([fat.directory('A', [entry('B', { attributes: DIRECTORY, first: 2 })])]);
      },
      /^cluster 2 belongs to \/A\/B and to \/A$/,
    ],
    [
      'a size that its clusters do not have',
      () => new TestFat('FAT12').root([entry('NONE', { size: 1 })]),
      /^\/NONE starts with cluster 0, but valid clusters are 2 to 491$/,
    ],
    [
      'a free cluster in a chain',
      () => {
        const fat = usual('FAT16');
        fat.link(4, 0);
        return fat;
      },
      /^in \/EFI\/BOOT\/BOOTX64\.EFI, cluster 4 is followed by cluster 0, but valid clusters are 2 to/,
    ],
    [
      'a bad cluster in a chain',
      () => {
        const fat = usual('FAT12');
        fat.link(4, 0xff7);
        return fat;
      },
      /followed by cluster 4087, but valid clusters are 2 to 491$/,
    ],
    [
      'a cluster beyond the disk',
      () => new TestFat('FAT32').root([entry('FAR', { first: 0x7fffffff, size: 1 })]),
      /^\/FAR starts with cluster 2147483647, but valid clusters are 2 to 559$/,
    ],
    [
      'the cluster behind the last one',
      () => new TestFat('FAT12').root([entry('FAR', { first: 492, size: 1 })]),
      /^\/FAR starts with cluster 492, but valid clusters are 2 to 491$/,
    ],
    [
      'a root directory without clusters',
      () => {
        const fat = new TestFat('FAT32');
        fat.image.writeUInt32LE(0, 44);
        return fat;
      },
      /^root directory starts with cluster 0/,
    ],
  ])('%s: refused in words', (_, make, message) => {
    expectRefused(make(), message);
  });
});

describe('bounds', () => {
  test('a table of 128 MiB is not held in memory', () => {
    const { image } = new TestFat('FAT32').root([]);
    const { bytes, state } = largeVolume(image, 2 ** 32 - 1, 2 ** 18, 128);
    expect(readFat(bytes)?.fields.get('clusters')).toBe(String(2 ** 25 - 2049));
    expect(state.longest).toBeLessThanOrEqual(1 << 20);
  });

  test('a file in more pieces than could be kept is refused', () => {
    const { image, tables } = new TestFat('FAT32');
    const tableSectors = 2 ** 14;
    const start = Buffer.alloc((tables[0] ?? 0) + (tableSectors + 1) * SECTOR);
    image.copy(start, 0, 0, tables[0]);
    for (let cluster = 3; cluster < 2 ** 21; cluster += 1)
      start.writeUInt32LE(cluster + 2, (tables[0] ?? 0) + cluster * 4);
    start.writeUInt32LE(0x0fffffff, (tables[0] ?? 0) + 8);
    entry('PIECES', { first: 3, size: 1 }).copy(start, (tables[0] ?? 0) + tableSectors * SECTOR);
    const { bytes } = largeVolume(start, 2 ** 22, tableSectors, 1);
    expect(() => readFat(bytes)).toThrow(/^the files have more than 1000000 fragments$/);
  });
});
