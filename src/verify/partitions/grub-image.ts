/**
 * Finds GRUB for BIOS on a disk, which is not in the partition table: its boot sector leads to its core image, in the gap after the MBR or
 * in a BIOS boot partition. Never follows a sector that is not on the disk. Little-endian; see grub-core/boot/i386/pc/ and
 * include/grub/offsets.h of GRUB:
 *
 *     boot sector (boot.img)            0x5c   the sector of the core image, 64 bits
 *     core image, first sector          0x1f4  place of the rest: first sector (8), number of sectors (2), address (2). The list continues
 *       (diskboot.img)                         downwards, 12 bytes each, and ends with a number of 0
 */
import type { Region } from '../reading/owned-region.ts';
import type { Bytes } from '../reading/random-access.ts';
import { SECTOR, sectorsOf } from './partition-table.ts';

const BOOT_CODE = 440;
const CORE_PLACE = 0x5c;
const LIST = 0x1f4;
const LIST_ENTRY = 12;
/** The list cannot start lower, because code is before it. */
const LIST_END = 0x100;

/** Ordered by offset; empty if the boot sector is not GRUB's. */
export function grubRegions(bytes: Bytes): readonly Region[] {
  if (bytes.size < 2 * SECTOR) return [];
  const boot = bytes.read(0, SECTOR);
  if (!boot.subarray(0, BOOT_CODE).includes('GRUB')) return [];
  const regions: Region[] = [{ offset: 0, size: BOOT_CODE, owner: 'GRUB boot sector' }];
  const add = (first: number, count: number, owner: string): boolean => {
    const isThere = first > 0 && first + count <= sectorsOf(bytes);
    if (isThere) regions.push({ offset: first * SECTOR, size: count * SECTOR, owner: `GRUB core image: ${owner}` });
    return isThere;
  };
  const core = sectorAt(boot, CORE_PLACE);
  if (!add(core, 1, 'diskboot')) return regions;
  const list = bytes.read(core * SECTOR, SECTOR);
  for (let at = LIST; at > LIST_END; at -= LIST_ENTRY) {
    const count = list.readUInt16LE(at + 8);
    if (count === 0 || !add(sectorAt(list, at), count, 'core')) break;
  }
  return regions.sort((one, other) => one.offset - other.offset);
}

/** Beyond 2^53 it is not exact, but larger than any disk. */
function sectorAt(sector: Buffer, at: number): number {
  return sector.readUInt32LE(at) + sector.readUInt32LE(at + 4) * 2 ** 32;
}

/** Adds the sectors to the names of regions that are in the same place on both disks. */
export function namedAlike(regions: readonly Region[], others: readonly Region[]): readonly Region[] {
  return regions.map(region => {
    const { offset, size, owner } = region;
    if (!others.some(other => other.offset === offset && other.size === size && other.owner === owner)) return region;
    const [first, last] = [Math.floor(offset / SECTOR), Math.ceil((offset + size) / SECTOR) - 1];
    return { ...region, owner: `${owner} (${first === last ? `sector ${first}` : `sectors ${first} to ${last}`})` };
  });
}
