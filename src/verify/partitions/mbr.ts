/**
 * The MBR of a disk, including its logical partitions. Never follows their chain in a cycle, or beyond the disk.
 *
 * Sector 0: boot code 0 to 439, disk id 440 to 443, four entries of 16 bytes from 446 on, 55 AA. An entry: flag, CHS (3 bytes), type, CHS,
 * first sector, count of sectors. An entry of an extended type leads to a sector of the same form. Its first entry is a logical partition,
 * relative to that sector; its second entry leads to the next such sector, relative to the extended partition.
 */
import { createHash } from 'node:crypto';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { hex, inOrder, type Partition, type PartitionTable, placeOf, SECTOR, sectorsOf } from './partition-table.ts';

interface MbrEntry {
  readonly number: number;
  readonly flag: number;
  readonly type: number;
  readonly first: number;
  readonly count: number;
}

const BOOT_CODE = 440;
const EXTENDED: ReadonlySet<number> = new Set([0x05, 0x0f, 0x85]);
/** The limit of Linux for one disk. */
const MAX_LOGICAL = 255;

const MBR_TYPES: ReadonlyMap<number, string> = new Map([
  [0x05, 'extended'],
  [0x07, 'NTFS or exFAT'],
  [0x0b, 'FAT32'],
  [0x0c, 'FAT32 with LBA'],
  [0x0e, 'FAT16 with LBA'],
  [0x0f, 'extended with LBA'],
  [0x82, 'Linux swap'],
  [0x83, 'Linux'],
  [0x85, 'Linux extended'],
  [0x8e, 'Linux LVM'],
  [0xef, 'EFI system'],
]);

/** The used entries; empty if this is not an MBR. */
export function mbrEntries(sector: Buffer): readonly MbrEntry[] {
  if (!hasBootSignature(sector)) return [];
  const entries = [0, 1, 2, 3].map(index => {
    const at = 446 + 16 * index;
    const [first, count] = [sector.readUInt32LE(at + 8), sector.readUInt32LE(at + 12)];
    return { number: index + 1, flag: sector.readUInt8(at), type: sector.readUInt8(at + 4), first, count };
  });
  // The boot sector of a filesystem has the same signature, but text or code in this place.
  if (entries.some(({ flag }) => flag !== 0 && flag !== 0x80)) return [];
  return entries.filter(({ type, count }) => type !== 0 && count !== 0);
}

export function readMbr(bytes: Bytes, mbr: Buffer, entries: readonly MbrEntry[]): PartitionTable {
  const id = mbrId(mbr);
  const fields = new Map([['boot code', bootCode(mbr)]]);
  const partitions = entries.map(entry => mbrPartition(bytes, entry, 0, id));
  const regions = [...mbrRegions(), ...gapBefore(partitions)];
  let number = 5;
  for (const extended of entries.filter(({ type }) => EXTENDED.has(type))) {
    for (const { sector, table } of logicalTables(bytes, extended)) {
      regions.push({ offset: sector * SECTOR, size: SECTOR, owner: 'table of logical partitions' });
      if (!hasBootSignature(table)) fields.set('logical partitions', `incomplete: sector ${sector} contains no table`);
      for (const entry of mbrEntries(table)) {
        if (entry.number > 2 || EXTENDED.has(entry.type)) continue;
        partitions.push(mbrPartition(bytes, { ...entry, number }, sector, id));
        number += 1;
      }
    }
  }
  return { kind: 'mbr', id, fields, partitions, regions: inOrder(regions) };
}

/** Boot loaders use this gap, without an entry in the table. */
function gapBefore(partitions: readonly Partition[]): readonly Region[] {
  const size = Math.min(...partitions.map(({ offset }) => offset)) - SECTOR;
  return size > 0 ? [{ offset: SECTOR, size, owner: 'gap before the first partition' }] : [];
}

function* logicalTables(
  bytes: Bytes,
  extended: MbrEntry,
): Generator<{ readonly sector: number; readonly table: Buffer }> {
  const seen = new Set<number>();
  let sector: number | undefined = extended.first;
  while (sector !== undefined) {
    if (seen.has(sector)) throw damaged(`the chain of logical partitions returns to sector ${sector}`);
    if (seen.size === MAX_LOGICAL) throw damaged(`there are more than ${MAX_LOGICAL} logical partitions`);
    if (sector >= sectorsOf(bytes))
      throw damaged(`a logical partition is in sector ${sector}, but the disk has only ${sectorsOf(bytes)} sectors`);
    seen.add(sector);
    const table = bytes.read(sector * SECTOR, SECTOR);
    yield { sector, table };
    const next = mbrEntries(table).find(({ type }) => EXTENDED.has(type));
    sector = next === undefined ? undefined : extended.first + next.first;
  }
}

function mbrPartition(bytes: Bytes, entry: MbrEntry, base: number, diskId: string): Partition {
  const { number, type, flag, first, count } = entry;
  return {
    number,
    name: '',
    type: MBR_TYPES.get(type) ?? `0x${hex(type, 2)}`,
    id: `${diskId.slice(2)}-${hex(number, 2)}`,
    ...placeOf(bytes, number, base + first, base + first + count - 1),
    attributes: flag === 0 ? '' : 'active',
  };
}

export function mbrId(mbr: Buffer): string {
  return `0x${hex(mbr.readUInt32LE(BOOT_CODE), 8)}`;
}

export function mbrRegions(): readonly Region[] {
  return [
    { offset: 0, size: BOOT_CODE, owner: 'boot code' },
    { offset: BOOT_CODE, size: SECTOR - BOOT_CODE, owner: 'partition table' },
  ];
}

export function bootCode(mbr: Buffer): string {
  const code = mbr.subarray(0, BOOT_CODE);
  return code.every(byte => byte === 0) ? 'none' : `SHA-256 ${createHash('sha256').update(code).digest('hex')}`;
}

function hasBootSignature(sector: Buffer): boolean {
  return sector.readUInt16LE(510) === 0xaa55;
}
