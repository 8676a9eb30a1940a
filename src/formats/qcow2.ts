/**
 * Writes qcow2 images (version 3, clusters of 64 KiB) that depend only on the raw image: fflate compresses, because the output of zlib
 * changes with the version of Node. Clusters of zeros are never stored.
 *
 * In clusters: the header; data in the image's order; the required L2 tables; the L1 table; reference counts; the table of their clusters.
 * Numbers are big-endian. The header has 104 bytes and 8 zeros, which mean that no extension follows; its fields are named where they are
 * written. An L1 entry is the position of an L2 table, or 0. An L2 entry is 0 for zeros, or
 *
 *     bit 63 set: a plain cluster at the offset in the other bits, referenced once
 *     bit 62 set: raw deflate from the byte in bits 0 to 53, in as many sectors after that byte's own as bits 54 to 61 say
 *
 * Deflated clusters follow each other without gaps, also across clusters of the file; each of these counts the deflated clusters that it
 * has a part of.
 *
 * QEMU inflates with a window of 4 KiB, but QEMU 7.2 can read matches from anywhere in the cluster, because it inflates a cluster in one
 * call into one buffer: zlib needs the window only for the output of earlier calls. fflate refers back up to 32 KiB.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { deflateSync } from 'fflate';
import { internal } from '../util/failure.ts';
import { writeAll } from '../util/files/write-all.ts';
import type { Disk } from './raw.ts';

/** Part of the key of every action that writes a qcow2; increase it when the bytes change, as they may with a new version of fflate. */
export const QCOW2_FORMAT_VERSION = 1;

export interface Qcow2Options {
  /** Deflates each cluster that becomes smaller: writing is slow, and QEMU can still write to the image. */
  readonly compress: boolean;
}

const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
const SECTOR = 512;
const L2_ENTRIES = CLUSTER / 8;
const REFERENCE_BITS = 4;
const REFERENCES_PER_CLUSTER = CLUSTER / 2;
const COPIED = 0x80000000;
const COMPRESSED = 0x40000000;
const LEVEL = 6;
const HEADER_SIZE = 104;

/** Overwrites `target`. The size of the image is that of the raw one, rounded up to a sector. */
export async function writeQcow2(source: Disk, target: string, options: Qcow2Options): Promise<void> {
  const size = Math.ceil((await source.size()) / SECTOR) * SECTOR;
  if (size === 0) throw internal('a qcow2 of no bytes');
  const output = await open(target, 'w');
  try {
    const space = new Space();
    const l2Tables = await writeData(source, output, space, options);
    const l1 = tableOfClusters(Math.ceil(size / CLUSTER / L2_ENTRIES));
    for (const [index, table] of [...l2Tables].sort(([a], [b]) => a - b)) {
      const at = space.allocate(1);
      await writeAll(output, table, at);
      writeOffset(l1.bytes, index, at, COPIED);
    }
    const l1At = space.allocate(l1.clusters);
    await writeAll(output, l1.bytes, l1At);
    const references = space.allocateReferences();
    await writeAll(output, references.counts, references.countsAt);
    await writeAll(output, references.table, references.tableAt);
    await writeAll(output, header({ size, l1At, l1Entries: l1.entries, ...references }), 0);
  } finally {
    await output.close();
  }
}

/** The L2 tables, by the index of their L1 entry. */
async function writeData(
  source: Disk,
  output: FileHandle,
  space: Space,
  options: Qcow2Options,
): Promise<Map<number, Buffer>> {
  const tables = new Map<number, Buffer>();
  for await (const { offset, bytes } of source.blocks(CLUSTER)) {
    const index = offset / CLUSTER;
    const l1Index = Math.floor(index / L2_ENTRIES);
    const table = tables.get(l1Index) ?? Buffer.alloc(CLUSTER);
    tables.set(l1Index, table);
    const cluster = bytes.byteLength === CLUSTER ? bytes : Buffer.concat([bytes], CLUSTER);
    const packed = options.compress ? deflateSync(cluster, { level: LEVEL }) : cluster;
    if (packed.byteLength < CLUSTER) {
      const at = space.pack(packed.byteLength);
      const sectors = Math.floor((at + packed.byteLength - 1) / SECTOR) - Math.floor(at / SECTOR);
      await writeAll(output, packed, at);
      writeOffset(table, index % L2_ENTRIES, at, COMPRESSED + sectors * 2 ** 22);
    } else {
      const at = space.allocate(1);
      await writeAll(output, cluster, at);
      writeOffset(table, index % L2_ENTRIES, at, COPIED);
    }
  }
  return tables;
}

interface References {
  readonly counts: Buffer;
  readonly countsAt: number;
  readonly table: Buffer;
  readonly tableAt: number;
  readonly tableClusters: number;
}

/** Allocates the file from front to back, and counts the references to each cluster. The first cluster is the header. */
class Space {
  readonly #references: number[] = [1];
  /** Where the last packed data ended, and the end of the cluster that it ended in. */
  #packedEnd = CLUSTER;
  #packedLimit = CLUSTER;

  allocate(clusters: number): number {
    const at = this.#end();
    for (let count = 0; count < clusters; count += 1) this.#references.push(1);
    return at;
  }

  /** Room for less than a cluster, in what the last packed data left over if that is enough or can grow. */
  pack(size: number): number {
    const fits = this.#packedEnd + size <= this.#packedLimit;
    const canGrow = this.#packedLimit === this.#end();
    const at = fits || canGrow ? this.#packedEnd : this.#end();
    this.#packedEnd = at + size;
    this.#packedLimit = Math.ceil(this.#packedEnd / CLUSTER) * CLUSTER;
    for (let cluster = Math.floor(at / CLUSTER); cluster * CLUSTER < this.#packedEnd; cluster += 1) {
      this.#references[cluster] = (this.#references[cluster] ?? 0) + 1;
    }
    return at;
  }

  /** Counts for every cluster of the file, those that hold the counts and their table included. Nothing may be allocated after it. */
  allocateReferences(): References {
    const used = this.#references.length;
    let blockCount = 0;
    let tableClusters = 0;
    while (blockCount * REFERENCES_PER_CLUSTER < used + blockCount + tableClusters) {
      blockCount += 1;
      tableClusters = Math.ceil((blockCount * 8) / CLUSTER);
    }
    const countsAt = this.allocate(blockCount);
    const tableAt = this.allocate(tableClusters);
    const counts = Buffer.alloc(blockCount * CLUSTER);
    for (const [cluster, count] of this.#references.entries()) counts.writeUInt16BE(count, cluster * 2);
    const table = Buffer.alloc(tableClusters * CLUSTER);
    for (let block = 0; block < blockCount; block += 1) writeOffset(table, block, countsAt + block * CLUSTER, 0);
    return { counts, countsAt, table, tableAt, tableClusters };
  }

  #end(): number {
    return this.#references.length * CLUSTER;
  }
}

function tableOfClusters(entries: number): {
  readonly bytes: Buffer;
  readonly entries: number;
  readonly clusters: number;
} {
  const clusters = Math.ceil((entries * 8) / CLUSTER);
  return { bytes: Buffer.alloc(clusters * CLUSTER), entries, clusters };
}

/** An entry of any table: 64 bits; `flags` are in the upper 32. */
function writeOffset(table: Buffer, index: number, offset: number, flags: number): void {
  table.writeUInt32BE(flags + Math.floor(offset / 2 ** 32), index * 8);
  table.writeUInt32BE(offset % 2 ** 32, index * 8 + 4);
}

interface HeaderFields {
  readonly size: number;
  readonly l1At: number;
  readonly l1Entries: number;
  readonly tableAt: number;
  readonly tableClusters: number;
}

function header(fields: HeaderFields): Buffer {
  const bytes = Buffer.alloc(CLUSTER);
  bytes.write('QFI\xfb', 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(CLUSTER_BITS, 20);
  bytes.writeBigUInt64BE(BigInt(fields.size), 24);
  bytes.writeUInt32BE(fields.l1Entries, 36);
  bytes.writeBigUInt64BE(BigInt(fields.l1At), 40);
  bytes.writeBigUInt64BE(BigInt(fields.tableAt), 48);
  bytes.writeUInt32BE(fields.tableClusters, 56);
  bytes.writeUInt32BE(REFERENCE_BITS, 96);
  bytes.writeUInt32BE(HEADER_SIZE, 100);
  return bytes;
}
