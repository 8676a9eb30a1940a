import { describe, expect, test } from 'vitest';
import { DamagedImage } from '../reading/random-access.ts';
import {
  DISK_ID,
  EFI_ID,
  field,
  gptDisk,
  LAST,
  LINUX,
  putMbr,
  ROOT_ID,
  read,
  SECTOR,
  sum,
} from './partition-fixtures.ts';

const UNKNOWN = '01234567-89AB-CDEF-0123-456789ABCDEF';

describe('GPT', () => {
  test('partitions come with places, ids, names and attributes', () => {
    const { kind, id, partitions } = read(gptDisk());
    expect([kind, id]).toEqual(['gpt', DISK_ID]);
    expect(partitions).toEqual([
      { number: 1, name: 'efi', type: 'EFI system', id: EFI_ID, offset: 64 * 512, size: 64 * 512, attributes: '' },
      {
        ...{ number: 2, name: 'root', type: 'Linux', id: ROOT_ID, offset: 128 * 512, size: 1873 * 512 },
        attributes: 'required, bootable for a BIOS, bit 60',
      },
    ]);
  });

  test('all that is not a partition belongs to the table, in order', () => {
    expect(read(gptDisk()).regions).toEqual([
      { offset: 0, size: 440, owner: 'boot code' },
      { offset: 440, size: 72, owner: 'partition table' },
      { offset: 512, size: 512, owner: 'GPT header' },
      { offset: 1024, size: 16_384, owner: 'GPT entries' },
      { offset: (LAST - 32) * 512, size: 16_384, owner: 'backup GPT entries' },
      { offset: LAST * 512, size: 512, owner: 'backup GPT header' },
    ]);
  });

  test('a table that is in order is said to be', () => {
    expect(Object.fromEntries(read(gptDisk()).fields)).toEqual({
      'boot code': 'none',
      'MBR disk id': '0x00000000',
      'protective MBR': '1: 0xee, sectors 1 to 2047',
      header: 'present',
      revision: '1.0',
      'header checksum': 'correct',
      'usable sectors': '34 to 2014',
      entries: '128 of 128 bytes from sector 2',
      'entries checksum': 'correct',
      'backup header': 'sector 2047',
      'backup header checksum': 'correct',
      'backup entries': 'from sector 2015',
      'backup entries checksum': 'correct',
      'backup agrees': 'yes',
    });
  });

  test('a partition keeps its number where an entry before it is empty, and an unknown type its id', () => {
    const none = '00000000-0000-0000-0000-000000000000';
    const disk = gptDisk([
      { type: none, id: none, first: 0, last: 0, name: '' },
      { type: UNKNOWN, id: ROOT_ID, first: 64, last: 64, name: 'thirty-six units of UTF-16 fill it a' },
      { type: LINUX, id: EFI_ID, first: 65, last: 65, name: 'next' },
    ]);
    const [only] = read(disk).partitions;
    expect(only).toMatchObject({ number: 2, type: UNKNOWN, size: 512, name: 'thirty-six units of UTF-16 fill it a' });
  });

  test('wrong checksums are told, and the rest is read', () => {
    const disk = gptDisk();
    disk.writeUInt8(0x7f, 2 * SECTOR + 128 + 56);
    disk.writeUInt8(35, SECTOR + 40);
    expect(field(disk, 'header checksum')).toMatch(/^wrong: 0x[0-9a-f]{8} is stored, 0x[0-9a-f]{8} is correct$/);
    expect(field(disk, 'entries checksum')).toMatch(/^wrong/);
    expect(field(disk, 'backup header checksum')).toBe('correct');
    expect(field(disk, 'backup agrees')).toBe('no: usable sectors, entries');
    disk.writeUInt32LE(1_000_000, SECTOR + 12);
    expect(field(disk, 'header checksum')).toBe('wrong: the header says that it has 1000000 bytes');
  });

  test('a backup in the wrong place is found in the last sector, and a missing one is told', () => {
    const disk = gptDisk();
    disk.writeUInt32LE(1000, SECTOR + 32);
    sum(disk, 1);
    expect(field(disk, 'backup header')).toBe('sector 2047');
    expect(field(disk, 'backup agrees')).toBe('no: places of the headers');
    disk.fill(0, LAST * SECTOR);
    expect(field(disk, 'backup header')).toBe('missing from sector 1000');
    expect(read(disk).fields.has('backup agrees')).toBe(false);
  });

  test('the backup of a table whose disk has grown is where the header says', () => {
    const disk = Buffer.concat([gptDisk(), gptDisk()]);
    expect(field(disk, 'backup header')).toBe('sector 2047');
    expect(field(disk, 'backup agrees')).toBe('yes');
  });

  test('a header that says that it is elsewhere is told', () => {
    const backup = gptDisk();
    backup.writeUInt8(2, LAST * SECTOR + 32);
    expect(field(backup, 'backup agrees')).toBe('no: places of the headers');
    const header = gptDisk();
    header.writeUInt8(9, SECTOR + 24);
    expect(field(header, 'header place')).toBe('sector 1, but the header states 9');
  });

  test('a backup whose entries lie beyond the disk is told', () => {
    const disk = gptDisk();
    disk.writeBigUInt64LE(2n ** 40n, LAST * SECTOR + 72);
    expect(field(disk, 'backup entries')).toMatch(/^the GPT has 128 entries from sector 1099511627776 on/);
    expect(read(disk).regions.map(({ owner }) => owner)).not.toContain('backup GPT entries');
  });

  test('the backup is read where the header is gone', () => {
    const disk = gptDisk();
    disk.fill(0, SECTOR, 3 * SECTOR);
    expect(field(disk, 'header')).toBe('missing: the backup was read instead');
    expect(read(disk).partitions).toEqual(read(gptDisk()).partitions);
  });

  test('a header without a protective MBR is read; behind an MBR with other partitions it is a leftover', () => {
    const disk = gptDisk();
    disk.fill(0, 0, SECTOR);
    expect([read(disk).kind, field(disk, 'protective MBR')]).toEqual(['gpt', 'missing']);
    putMbr(disk, 0, [{ type: 0x83, first: 64, count: 1 }]);
    expect(read(disk).kind).toBe('mbr');
  });

  test('the partitions of a hybrid table are told', () => {
    const disk = gptDisk();
    putMbr(disk, 0, [
      { type: 0xee, first: 1, count: 63 },
      { flag: 0x80, type: 0x83, first: 128, count: 10 },
    ]);
    expect(field(disk, 'protective MBR')).toBe('1: 0xee, sectors 1 to 63; 2: 0x83, sectors 128 to 137, active');
  });

  test.each<[string, (disk: Buffer) => void, RegExp]>([
    [
      'a billion entries',
      disk => disk.writeUInt32LE(1e9, SECTOR + 80),
      /^the GPT is too large: 1000000000 entries of 128 bytes$/,
    ],
    ['entries of no bytes', disk => disk.writeUInt32LE(0, SECTOR + 84), /^unsupported size of GPT entries: 0 bytes$/],
    [
      'entries of odd bytes',
      disk => disk.writeUInt32LE(129, SECTOR + 84),
      /^unsupported size of GPT entries: 129 bytes$/,
    ],
    [
      'entries beyond the disk',
      disk => disk.writeBigUInt64LE(2n ** 64n - 1n, SECTOR + 72),
      /from sector 18446744073709552000 on, but the disk has only 2048 sectors$/,
    ],
    ['entries in the MBR', disk => disk.writeBigUInt64LE(0n, SECTOR + 72), /128 entries from sector 0 on/],
    [
      'a partition beyond the disk',
      disk => disk.writeUInt32LE(2048, 1024 + 40),
      /^partition 1 ends in sector 2048, but the disk has only 2048 sectors$/,
    ],
    [
      'a partition that ends before it starts',
      disk => disk.writeUInt32LE(63, 1024 + 40),
      /^partition 1 starts in sector 64 but ends in sector 63$/,
    ],
    [
      'no header at all',
      disk => disk.fill(0, SECTOR, 1024).fill(0, LAST * SECTOR),
      /^the MBR announces a GPT, but there is no GPT header in the sectors 1 and 2047$/,
    ],
    [
      'sectors of 4096 bytes',
      disk => disk.copy(disk, 4096, SECTOR, 1024) && disk.fill(0, SECTOR, 1024).fill(0, LAST * SECTOR),
      /^the disk has sectors of 4096 bytes/,
    ],
  ])('%s: refused in words', (_, break_, message) => {
    const disk = gptDisk();
    break_(disk);
    expect(() => read(disk)).toThrow(DamagedImage);
    expect(() => read(disk)).toThrow(message);
  });
});
