/**
 * Where the parts of a FAT are, from its boot sector. Never gives a part that does not lie in the filesystem.
 *
 * In order: reserved sectors, of which the first is the boot sector; copies of the table; the root directory, but for FAT32, where it is a chain like
 * any other; clusters, which count from 2.
 */

import type { Region } from '../reading/owned-region.ts';
import { damaged } from '../reading/random-access.ts';

export type FatKind = 'FAT12' | 'FAT16' | 'FAT32';

export interface FatLayout {
  readonly kind: FatKind;
  readonly sectorSize: number;
  readonly clusterSize: number;
  readonly reserved: number;
  readonly sectors: number;
  readonly tableSectors: number;
  /** Where the copies of the table are, in bytes. */
  readonly tables: readonly number[];
  /** Where the one is that counts. */
  readonly table: number;
  /** Of FAT32 it is a chain, and here are no bytes. */
  readonly root: { readonly offset: number; readonly size: number };
  readonly rootCluster: number;
  /** Where cluster 2 is. */
  readonly dataOffset: number;
  readonly clusters: number;
}

const MAX_TABLES = 4;
/** Of an entry of a directory, in bytes. */
export const ENTRY_SIZE = 32;
/** Whose the bytes of the root directory are, which has no path. */
export const ROOT = 'root directory';
/** What the table has for each cluster. */
export const TABLE_BITS = { FAT12: 12, FAT16: 16, FAT32: 32 } as const;
/** Higher numbers of clusters mean something else. */
const MAX_CLUSTERS = { FAT12: 4084, FAT16: 65_524, FAT32: 0x0ffffff5 } as const;

export function layoutOf(boot: Buffer, size: number): FatLayout {
  const sectorSize = boot.readUInt16LE(11);
  const clusterSize = sectorSize * boot.readUInt8(13);
  const reserved = boot.readUInt16LE(14);
  const tableCount = boot.readUInt8(16);
  const is32 = boot.readUInt16LE(22) === 0;
  const tableSectors = is32 ? boot.readUInt32LE(36) : boot.readUInt16LE(22);
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  if (tableCount > MAX_TABLES) throw damaged(`the FAT has ${tableCount} copies of its table`);
  if (sectors * sectorSize > size)
    throw damaged(`the FAT has ${sectors} sectors of ${sectorSize} bytes, and all there is are ${size} bytes`);
  const rootStart = reserved + tableCount * tableSectors;
  const rootSize = boot.readUInt16LE(17) * ENTRY_SIZE;
  const dataStart = rootStart + Math.ceil(rootSize / sectorSize);
  if (tableSectors === 0 || dataStart > sectors)
    throw damaged(`the FAT has ${tableCount} tables of ${tableSectors} sectors, and ${sectors} sectors in all`);
  const room = Math.floor(((sectors - dataStart) * sectorSize) / clusterSize);
  // A small FAT32 is none by the letter of the standard, but all systems go by this.
  const kind = is32 ? 'FAT32' : room <= MAX_CLUSTERS.FAT12 ? 'FAT12' : 'FAT16';
  const tableSize = tableSectors * sectorSize;
  const clusters = Math.min(room, Math.floor((tableSize * 8) / TABLE_BITS[kind]) - 2);
  if (clusters > MAX_CLUSTERS[kind]) throw damaged(`the ${kind} has ${clusters} clusters`);
  const tables = Array.from({ length: tableCount }, (_, index) => reserved * sectorSize + index * tableSize);
  const table = tables[is32 ? activeTable(boot) : 0];
  if (table === undefined) throw damaged(`the FAT has ${tableCount} tables, and uses table ${activeTable(boot) + 1}`);
  return {
    ...{ kind, sectorSize, clusterSize, reserved, sectors, tableSectors, tables, table, clusters },
    root: { offset: rootStart * sectorSize, size: rootSize },
    rootCluster: is32 ? boot.readUInt32LE(44) : 0,
    dataOffset: dataStart * sectorSize,
  };
}

/** FAT32 may keep only one copy up to date. */
export function activeTable(boot: Buffer): number {
  const flags = boot.readUInt16LE(40);
  return (flags & 0x80) === 0 ? 0 : flags & 0x0f;
}

export function layoutRegions({ sectorSize, reserved, tableSectors, tables, root }: FatLayout): readonly Region[] {
  return [
    { offset: 0, size: sectorSize, owner: 'boot sector' },
    { offset: sectorSize, size: (reserved - 1) * sectorSize, owner: 'reserved sectors' },
    ...tables.map((offset, index) => ({ offset, size: tableSectors * sectorSize, owner: `FAT ${index + 1}` })),
    { ...root, owner: ROOT },
  ].filter(({ size }) => size > 0);
}
