import { describe, expect, test } from 'vitest';
import { DamagedImage } from '../reading/random-access.ts';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { field, mbrDisk, putMbr, read, SECTOR, SECTORS } from './partition-fixtures.ts';
import { readPartitions } from './partitions.ts';

describe('MBR', () => {
  test('primary and logical partitions are numbered as Linux does', () => {
    const { kind, id, partitions } = read(mbrDisk());
    expect([kind, id]).toEqual(['mbr', '0xdeadbeef']);
    const rows = partitions.map(({ number, type, id, offset, size, attributes }) =>
      [number, type, id, offset / SECTOR, size / SECTOR, attributes].join(' '),
    );
    expect(rows).toEqual([
      '1 Linux deadbeef-01 64 100 active',
      '2 0x27 deadbeef-02 200 100 ',
      '4 extended deadbeef-04 400 1000 ',
      '5 Linux deadbeef-05 410 90 ',
      '6 Linux swap deadbeef-06 705 95 ',
    ]);
  });

  test('the gap, in which a boot loader lies, and the tables in an extended partition have owners', () => {
    const { regions, fields } = read(mbrDisk());
    expect(regions).toEqual([
      { offset: 0, size: 440, owner: 'boot code' },
      { offset: 440, size: 72, owner: 'partition table' },
      { offset: 512, size: 63 * 512, owner: 'gap before the first partition' },
      { offset: 400 * 512, size: 512, owner: 'table of logical partitions' },
      { offset: 700 * 512, size: 512, owner: 'table of logical partitions' },
    ]);
    expect(fields.get('boot code')).toMatch(/^SHA-256 [0-9a-f]{64}$/);
  });

  test('an extended partition that nobody has formatted holds nothing', () => {
    const disk = mbrDisk();
    disk.fill(0, 700 * SECTOR, 701 * SECTOR);
    expect(field(disk, 'logical partitions')).toBe('incomplete: sector 700 contains no table');
    expect(read(disk).partitions).toHaveLength(4);
  });

  test('entries of no sectors, and the last two of a table of logical partitions, hold nothing', () => {
    const disk = mbrDisk();
    putMbr(disk, 0, [{ type: 0x83, first: 64, count: 0 }]);
    const nothing = { type: 0, first: 0, count: 0 };
    putMbr(disk, 700, [nothing, nothing, { type: 0x83, first: 1, count: 1 }]);
    expect(read(disk).partitions.map(({ number }) => number)).toEqual([2, 4, 5]);
  });

  test('regions are in order of their places where a chain is not', () => {
    const disk = mbrDisk();
    putMbr(disk, 0, [{ type: 0x83, first: 64, count: 100 }]);
    putMbr(disk, 700, [
      { type: 0x82, first: 5, count: 95 },
      { type: 0x05, first: 200, count: 100 },
    ]);
    expect(
      read(disk)
        .regions.slice(-3)
        .map(({ offset }) => offset / SECTOR),
    ).toEqual([400, 600, 700]);
  });

  test('what lies in the same sector and is no table gives none', () => {
    const noSignature = mbrDisk();
    noSignature.writeUInt16LE(0, 510);
    const text = mbrDisk();
    text.write('no operating system', 440);
    const empty = Buffer.alloc(SECTORS * SECTOR);
    putMbr(empty, 0, []);
    for (const disk of [noSignature, text, empty, Buffer.alloc(SECTORS * SECTOR), Buffer.alloc(512), Buffer.alloc(0)])
      expect(readPartitions(bytesOf(disk))).toBeUndefined();
  });

  test.each<[string, (disk: Buffer) => void, RegExp]>([
    [
      'a chain that comes back',
      disk => putMbr(disk, 700, [{ type: 0x0f, first: 0, count: 1 }]),
      /^the chain of logical partitions returns to sector 400$/,
    ],
    [
      'a chain that leaves the disk',
      disk => putMbr(disk, 700, [{ type: 0x0f, first: 0xffffffff, count: 1 }]),
      /^a logical partition is in sector 4294967695, but the disk has only 2048 sectors$/,
    ],
    [
      'a partition beyond the disk',
      disk => putMbr(disk, 0, [{ type: 0x83, first: 64, count: 0xffffffff }]),
      /^partition 1 ends in sector 4294967358, but the disk has only 2048 sectors$/,
    ],
    [
      'more logical partitions than Linux knows',
      disk => {
        for (let at = 400; at < 800; at += 1) putMbr(disk, at, [{ type: 5, first: at + 1 - 400, count: 1 }]);
      },
      /^there are more than 255 logical partitions$/,
    ],
  ])('%s: refused in words', (_, break_, message) => {
    const disk = mbrDisk();
    break_(disk);
    expect(() => read(disk)).toThrow(DamagedImage);
    expect(() => read(disk)).toThrow(message);
  });
});
