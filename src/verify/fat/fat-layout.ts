/**
 * The places of the parts of a FAT, from its boot sector. Never returns a part outside the filesystem.
 *
 * In order: reserved sectors, the first of which is the boot sector; copies of the table; the root directory, except in FAT32, where it is
 * a normal chain; clusters, numbered from 2.
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
  /** Offsets of the copies of the table, in bytes. */
  readonly tables: readonly number[];
  /** Offset of the active table. */
  readonly table: number;
  /** In FAT32 the root is a chain, and the size here is 0. */
  readonly root: { readonly offset: number; readonly size: number };
  readonly rootCluster: number;
  /** Offset of cluster 2. */
  readonly dataOffset: number;
  readonly clusters: number;
}

const MAX_TABLES = 4;
/** Size of a directory entry, in bytes. */
export const ENTRY_SIZE = 32;
/** The owner of the bytes of the root directory, which has no path. */
export const ROOT = 'root directory';
/** Bits of a table entry. */
export const TABLE_BITS = { FAT12: 12, FAT16: 16, FAT32: 32 } as const;
/** Higher cluster numbers have a special meaning. */
const MAX_CLUSTERS = { FAT12: 4084, FAT16: 65_524, FAT32: 0x0ffffff5 } as const;

export function layoutOf(boot: Buffer, size: number): FatLayout {
  const sectorSize = boot.readUInt16LE(11);
  const clusterSize = sectorSize * boot.readUInt8(13);
  const reserved = boot.readUInt16LE(14);
  const tableCount = boot.readUInt8(16);
  const is32 = boot.readUInt16LE(22) === 0;
  const tableSectors = is32 ? boot.readUInt32LE(36) : boot.readUInt16LE(22);
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  if (tableCount > MAX_TABLES) throw damaged(`the FAT has too many copies of its table: ${tableCount}`);
  if (sectors * sectorSize > size)
    throw damaged(`the FAT has ${sectors} sectors of ${sectorSize} bytes, but only ${size} bytes exist`);
  const rootStart = reserved + tableCount * tableSectors;
  const rootSize = boot.readUInt16LE(17) * ENTRY_SIZE;
  const dataStart = rootStart + Math.ceil(rootSize / sectorSize);
  if (tableSectors === 0 || dataStart > sectors)
    throw damaged(`the FAT has ${tableCount} tables of ${tableSectors} sectors, but only ${sectors} sectors in total`);
  const room = Math.floor(((sectors - dataStart) * sectorSize) / clusterSize);
  // By the standard, a small FAT32 is invalid, but all systems decide in this way.
  const kind = is32 ? 'FAT32' : room <= MAX_CLUSTERS.FAT12 ? 'FAT12' : 'FAT16';
  const tableSize = tableSectors * sectorSize;
  const clusters = Math.min(room, Math.floor((tableSize * 8) / TABLE_BITS[kind]) - 2);
  if (clusters > MAX_CLUSTERS[kind]) throw damaged(`the ${kind} has too many clusters: ${clusters}`);
  const tables = Array.from({ length: tableCount }, (_, index) => reserved * sectorSize + index * tableSize);
  const table = tables[is32 ? activeTable(boot) : 0];
  if (table === undefined) throw damaged(`the FAT has ${tableCount} tables, but uses table ${activeTable(boot) + 1}`);
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
