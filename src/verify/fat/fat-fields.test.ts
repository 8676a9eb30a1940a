import { describe, expect, test } from 'vitest';
import { readFat } from './fat.ts';
import { entry, LABEL, largeVolume, paths, read, SECTOR, TestFat, usual } from './fat-fixtures.ts';

test('the fields tell what the boot sector says', () => {
  const { 'boot code': code, ...fields } = Object.fromEntries(read(usual('FAT12')).fields);
  expect(code).toMatch(/^SHA-256 [0-9a-f]{64}$/);
  expect(fields).toEqual({
    'volume id': '0D85-88ED',
    label: 'A LABEL',
    'label in the boot sector': 'IN BOOT',
    'OEM name': 'test fat',
    'kind in the boot sector': 'FAT12',
    'bytes per sector': '512',
    'sectors per cluster': '1',
    sectors: '500',
    'reserved sectors': '2',
    clusters: '490',
    'sectors per table': '2',
    'copies of the table': '2, all equal',
    'entries of the root directory': '64',
    media: '0xf8',
    geometry: '0 sectors per track, 0 heads',
    'hidden sectors': '0',
    drive: '0x00',
    state: '0x00',
  });
});

test('only the root directory has the label', () => {
  const fat = new TestFat('FAT12');
  fat.root([fat.directory('DIR', [entry('INSIDE', { attributes: LABEL })])]);
  expect(read(fat).fields.get('label')).toBe('');
  expect(paths(fat)).toEqual(['/DIR']);
});

test('FAT32 has fields of its own', () => {
  const fat = usual('FAT32');
  const ofFat32 = () => [...read(fat).fields].slice(-5);
  const rest = ofFat32().slice(0, 4);
  expect(rest.map(([, value]) => value)).toEqual(['2', 'all', '77', 'unknown']);
  expect(ofFat32().at(-1)).toEqual(['backup boot sector', 'agrees']);
  fat.image.write('other', 3);
  expect(ofFat32().at(-1)).toEqual(['backup boot sector', 'does not agree']);
  fat.image.writeUInt16LE(0xffff, 48);
  fat.image.writeUInt16LE(0xffff, 50);
  expect(ofFat32().map(([, value]) => value)).toEqual(['2', 'all', 'nowhere', 'nowhere', 'none']);
});

describe('bounds', () => {
  test('a difference of tables is found wherever it is', () => {
    const { image, tables } = new TestFat('FAT32').root([]);
    const tableSectors = 2 ** 12;
    const [table = 0] = tables;
    const start = Buffer.alloc(table + 2 * tableSectors * SECTOR);
    image.copy(start, 0, 0, table);
    for (const at of [table, table + tableSectors * SECTOR]) start.writeUInt32LE(0x0fffffff, at + 8);
    const copies = () =>
      readFat(largeVolume(start, 2 ** 20, tableSectors, 1, 2).bytes)?.fields.get('copies of the table');
    expect(copies()).toBe('2, all equal');
    start.writeUInt8(1, table + (1 << 20) + 5);
    expect(copies()).toBe('2, but FAT 2 does not equal FAT 1');
  });
});
