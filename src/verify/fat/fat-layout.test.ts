import { describe, expect, test } from 'vitest';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { readFat } from './fat.ts';
import { expectRefused, type Kind, paths, read, SECTOR, TestFat, usual } from './fat-fixtures.ts';

test('FAT12 and FAT16 have a root directory of their own, and FAT32 one in clusters', () => {
  const before = (kind: Kind) => read(usual(kind)).regions.filter(({ owner }) => !owner.startsWith('/'));
  const owners = (kind: Kind) => before(kind).map(({ size, owner }) => [size / SECTOR, owner]);
  expect(owners('FAT12')).toEqual([
    [1, 'boot sector'],
    [1, 'reserved sectors'],
    [2, 'FAT 1'],
    [2, 'FAT 2'],
    [4, 'root directory'],
  ]);
  expect(owners('FAT32')).toEqual([
    [1, 'boot sector'],
    [31, 'reserved sectors'],
    [5, 'FAT 1'],
    [5, 'FAT 2'],
    [1, 'root directory'],
  ]);
});

test('how many clusters there are decides between FAT12 and FAT16, and is no more than the table tells of', () => {
  const { image } = new TestFat('FAT16');
  const withSectors = (sectors: number, tableSectors: number) => {
    image.writeUInt16LE(sectors, 19);
    image.writeUInt16LE(tableSectors, 22);
    const volume = readFat(bytesOf(image));
    return [volume?.kind, volume?.fields.get('clusters')];
  };
  expect(withSectors(2 + 36 + 4 + 4084, 18)).toEqual(['FAT12', '4084']);
  expect(withSectors(2 + 36 + 4 + 4085, 18)).toEqual(['FAT16', '4085']);
  expect(withSectors(4300, 10)).toEqual(['FAT16', '2558']);
});

test('FAT32 may say that its second table is the one that counts', () => {
  const fat = usual('FAT32');
  fat.image.writeUInt16LE(0x81, 40);
  fat.image.fill(0, fat.tables[0], fat.tables[1]);
  expect(paths(fat)).toContain('/EFI/BOOT/BOOTX64.EFI');
  expect(read(fat).fields.get('active tables')).toBe('table 2');
});

describe('what cannot be', () => {
  test.each<[string, (boot: Buffer) => void, RegExp]>([
    ['255 tables', boot => boot.writeUInt8(255, 16), /^the FAT has too many copies of its table: 255$/],
    [
      'more sectors than there are',
      boot => boot.writeUInt16LE(501, 19),
      /^the FAT has 501 sectors of 512 bytes, but only 256000 bytes exist$/,
    ],
    [
      'tables beyond the end',
      boot => boot.writeUInt16LE(65_535, 22),
      /^the FAT has 2 tables of 65535 sectors, but only 500 sectors in total$/,
    ],
    ['no tables', boot => boot.fill(0, 22, 24).fill(0, 36, 40), /^the FAT has 2 tables of 0 sectors/],
  ])('%s: refused in words', (_, break_, message) => {
    const fat = usual('FAT12');
    break_(fat.image);
    expectRefused(fat, message);
  });
});
