/** The fields of a FAT as texts, for comparison. Never rejects an invalid field: it is reported as it is. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../reading/random-access.ts';
import { activeTable, ENTRY_SIZE, type FatLayout, TABLE_BITS } from './fat-layout.ts';
import { oemText } from './oem-text.ts';

/** Bytes of a table that are compared at once. */
const PIECE = 1 << 20;

export function fieldsOf(bytes: Bytes, boot: Buffer, layout: FatLayout, label: string): ReadonlyMap<string, string> {
  const { kind, sectorSize, clusterSize, reserved, sectors, tableSectors, root, clusters } = layout;
  const is32 = kind === 'FAT32';
  // The fields after the counts are the same in all three kinds, but FAT32 has additional fields before them.
  const extended = boot.subarray(is32 ? 64 : 36);
  const id = extended.readUInt32LE(3).toString(16).toUpperCase().padStart(8, '0');
  return new Map([
    ['volume id', `${id.slice(0, 4)}-${id.slice(4)}`],
    ['label', label],
    ['label in the boot sector', oemText(extended.subarray(7, 18))],
    ['OEM name', oemText(boot.subarray(3, 11))],
    ['kind in the boot sector', oemText(extended.subarray(18, 26))],
    ['bytes per sector', String(sectorSize)],
    ['sectors per cluster', String(clusterSize / sectorSize)],
    ['sectors', String(sectors)],
    ['reserved sectors', String(reserved)],
    ['clusters', String(clusters)],
    ['sectors per table', String(tableSectors)],
    ['copies of the table', copiesWords(bytes, layout)],
    ['entries of the root directory', String(root.size / ENTRY_SIZE)],
    ['media', `0x${boot.toString('hex', 21, 22)}`],
    ['geometry', `${boot.readUInt16LE(24)} sectors per track, ${boot.readUInt16LE(26)} heads`],
    ['hidden sectors', String(boot.readUInt32LE(28))],
    ['drive', `0x${extended.toString('hex', 0, 1)}`],
    ['state', `0x${extended.toString('hex', 1, 2)}`],
    ['boot code', `SHA-256 ${createHash('sha256').update(extended.subarray(26, -2)).digest('hex')}`],
    ...(is32 ? fat32Fields(bytes, boot, layout) : []),
  ]);
}

function fat32Fields(bytes: Bytes, boot: Buffer, layout: FatLayout): readonly (readonly [string, string])[] {
  const [infoAt, backupAt] = [boot.readUInt16LE(48), boot.readUInt16LE(50)];
  const sector = (at: number): Buffer | undefined =>
    at > 0 && at < layout.reserved ? bytes.read(at * layout.sectorSize, 512) : undefined;
  const [info, backup] = [sector(infoAt), sector(backupAt)];
  const isInfo = info?.readUInt32LE(0) === 0x41615252 && info.readUInt32LE(484) === 0x61417272;
  return [
    ['cluster of the root directory', String(layout.rootCluster)],
    ['active tables', (boot.readUInt16LE(40) & 0x80) === 0 ? 'all' : `table ${activeTable(boot) + 1}`],
    ['free clusters', isInfo ? countWords(info.readUInt32LE(488)) : 'nowhere'],
    ['next free cluster', isInfo ? countWords(info.readUInt32LE(492)) : 'nowhere'],
    ['backup boot sector', backup === undefined ? 'none' : backup.equals(boot) ? 'agrees' : 'does not agree'],
  ];
}

function countWords(count: number): string {
  return count === 0xffffffff ? 'unknown' : String(count);
}

/** Compares only the entries of existing clusters; the rest of a table's last sector has no meaning. */
function copiesWords(bytes: Bytes, { kind, tables, clusters }: FatLayout): string {
  const [first = 0, ...others] = tables;
  const size = Math.ceil(((clusters + 2) * TABLE_BITS[kind]) / 8);
  const wrong = new Set<number>();
  for (let at = 0; at < size; at += PIECE) {
    const length = Math.min(PIECE, size - at);
    const piece = bytes.read(first + at, length);
    for (const [index, other] of others.entries())
      if (!wrong.has(index) && !bytes.read(other + at, length).equals(piece)) wrong.add(index);
  }
  if (wrong.size === 0) return `${tables.length}, all equal`;
  return `${tables.length}, but ${[...wrong].map(index => `FAT ${index + 2}`).join(', ')} does not equal FAT 1`;
}
