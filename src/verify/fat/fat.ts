/**
 * Reads a FAT12, FAT16 or FAT32 filesystem with long names, without mounting it. Never reads beyond its end, even if its fields are
 * invalid.
 */

import type { Region } from '../reading/owned-region.ts';
import type { Bytes } from '../reading/random-access.ts';
import type { FatEntry } from './fat-entries.ts';
import { fieldsOf } from './fat-fields.ts';
import { type FatKind, layoutOf, layoutRegions } from './fat-layout.ts';
import { FatTree } from './fat-tree.ts';

interface FatVolume {
  readonly kind: FatKind;
  /** Everything else that may differ, for the user. */
  readonly fields: ReadonlyMap<string, string>;
  /** Ordered by path. */
  readonly files: readonly FatEntry[];
  /** Ordered by offset; free clusters are not included. */
  readonly regions: readonly Region[];
  /** The content of an entry, in pieces of at most 1 MiB; empty for a directory. */
  readonly content: (entry: FatEntry) => Generator<Buffer>;
}

/** Undefined if this is not a FAT. */
export function readFat(bytes: Bytes): FatVolume | undefined {
  if (bytes.size < 512) return undefined;
  const boot = bytes.read(0, 512);
  if (!isFat(boot)) return undefined;
  const layout = layoutOf(boot, bytes.size);
  const tree = new FatTree(bytes, layout);
  return {
    kind: layout.kind,
    fields: fieldsOf(bytes, boot, layout, tree.label),
    files: tree.files(),
    regions: [...layoutRegions(layout), ...tree.clusters.regions].sort((one, other) => one.offset - other.offset),
    content: entry => tree.content(entry),
  };
}

/** The boot sectors of other filesystems have zeros in these places. */
function isFat(boot: Buffer): boolean {
  const [sectorSize, clusterSectors, media] = [boot.readUInt16LE(11), boot.readUInt8(13), boot.readUInt8(21)];
  return (
    boot.readUInt16LE(510) === 0xaa55 &&
    [512, 1024, 2048, 4096].includes(sectorSize) &&
    clusterSectors !== 0 &&
    (clusterSectors & (clusterSectors - 1)) === 0 &&
    boot.readUInt16LE(14) !== 0 &&
    boot.readUInt8(16) !== 0 &&
    (media === 0xf0 || media >= 0xf8)
  );
}
