import { expect, it } from 'vitest';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { grubRegions, namedAlike } from './grub-image.ts';

const SECTOR = 512;

/** A disk of 200 sectors with a boot sector that leads to a core image; `list` contains the places of the rest. */
function grubDisk(core: number, list: readonly (readonly [first: number, count: number])[]): Buffer {
  const disk = Buffer.alloc(200 * SECTOR);
  disk.write('GRUB ', 0x180);
  disk.writeBigUInt64LE(BigInt(core), 0x5c);
  if (core >= 200) return disk;
  for (const [index, [first, count]] of list.entries()) {
    const at = core * SECTOR + 0x1f4 - index * 12;
    disk.writeBigUInt64LE(BigInt(first), at);
    disk.writeUInt16LE(count, at + 8);
  }
  return disk;
}

it('finds the boot sector, diskboot and core behind the MBR', () => {
  expect(grubRegions(bytesOf(grubDisk(1, [[2, 60]])))).toEqual([
    { offset: 0, size: 440, owner: 'GRUB boot sector' },
    { offset: 512, size: 512, owner: 'GRUB core image: diskboot' },
    { offset: 1_024, size: 60 * 512, owner: 'GRUB core image: core' },
  ]);
});

it('finds a core in several parts', () => {
  const regions = grubRegions(
    bytesOf(
      grubDisk(40, [
        [41, 10],
        [60, 5],
      ]),
    ),
  );
  expect(regions.slice(2).map(({ offset, size }) => [offset / 512, size / 512])).toEqual([
    [41, 10],
    [60, 5],
  ]);
});

it('finds nothing where the boot sector is not of GRUB', () => {
  expect(grubRegions(bytesOf(Buffer.alloc(10 * SECTOR)))).toEqual([]);
  expect(grubRegions(bytesOf(Buffer.alloc(100)))).toEqual([]);
});

it.each([
  ['the core image', grubDisk(2 ** 40, []), 1],
  ['its rest', grubDisk(1, [[2 ** 40, 60]]), 2],
  ['the end of its rest', grubDisk(1, [[190, 60]]), 2],
])('follows nothing beyond the disk: %s', (_, disk, found) => {
  expect(grubRegions(bytesOf(disk))).toHaveLength(found);
});

it('says the sectors where both disks have the same, and the name alone where not', () => {
  const [one, other] = [grubDisk(1, [[2, 60]]), grubDisk(1, [[2, 61]])].map(disk => grubRegions(bytesOf(disk)));
  expect(namedAlike(one ?? [], other ?? []).map(({ owner }) => owner)).toEqual([
    'GRUB boot sector (sector 0)',
    'GRUB core image: diskboot (sector 1)',
    'GRUB core image: core',
  ]);
});
