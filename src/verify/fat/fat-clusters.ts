/**
 * The clusters of a FAT, and the chains in its table. Never keeps a large table in memory, and never lets a cluster belong to two chains,
 * so that there is no cycle.
 *
 * The table contains the next cluster for each cluster: 0 means free, and the highest values mean the end of a chain.
 */

import { RecentlyUsed } from '../containers/recently-used.ts';
import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { type FatLayout, TABLE_BITS } from './fat-layout.ts';

/** Clusters that are consecutive on the disk. */
interface Run {
  readonly offset: number;
  readonly size: number;
}

const MAX_RUNS = 1_000_000;
/** A FAT12 fits in one page, so none of its 12-bit entries crosses a page boundary. */
const PAGE = 16 << 10;
const PAGES_BUDGET = 16 << 20;
/** Values from here on mark the end of a chain. */
const CHAIN_END = { FAT12: 0xff8, FAT16: 0xfff8, FAT32: 0x0ffffff8 } as const;

export class FatClusters {
  /** The regions of all claimed chains. */
  readonly regions: Region[] = [];
  readonly #bytes: Bytes;
  readonly #layout: FatLayout;
  readonly #pages = new RecentlyUsed<Buffer>(PAGES_BUDGET, PAGE);
  /** One bit for each cluster. */
  readonly #claimed: Uint8Array;
  /** The page that was used last: most steps stay in it. */
  #page: { readonly number: number; readonly entries: Buffer } | undefined;

  constructor(bytes: Bytes, layout: FatLayout) {
    this.#bytes = bytes;
    this.#layout = layout;
    this.#claimed = new Uint8Array((layout.clusters >> 3) + 1);
  }

  /** Assigns a chain to an owner; none of its clusters may have an owner yet. Returns its size in bytes. */
  claim(first: number, owner: string): number {
    let size = 0;
    for (const run of this.#runs(first, owner, true)) {
      if (this.regions.length === MAX_RUNS) throw damaged(`the files have more than ${MAX_RUNS} fragments`);
      this.regions.push({ ...run, owner });
      size += run.size;
    }
    return size;
  }

  /** The runs of a claimed chain. */
  runs(first: number, owner: string): Generator<Run> {
    return this.#runs(first, owner, false);
  }

  *#runs(first: number, owner: string, isClaim: boolean): Generator<Run> {
    let start = this.#checked(first, () => `${owner} starts with`);
    let end = start;
    let next: number | undefined = start;
    while (next !== undefined) {
      if (next !== end) {
        yield this.#run(start, end);
        start = next;
      }
      if (isClaim) this.#mark(next, owner);
      end = next + 1;
      next = this.#following(next, owner);
    }
    yield this.#run(start, end);
  }

  #run(start: number, end: number): Run {
    const { dataOffset, clusterSize } = this.#layout;
    return { offset: dataOffset + (start - 2) * clusterSize, size: (end - start) * clusterSize };
  }

  #following(cluster: number, owner: string): number | undefined {
    const value = this.#value(cluster);
    if (value >= CHAIN_END[this.#layout.kind]) return undefined;
    return this.#checked(value, () => `in ${owner}, cluster ${cluster} is followed by`);
  }

  #checked(cluster: number, whence: () => string): number {
    const last = this.#layout.clusters + 1;
    if (cluster < 2 || cluster > last)
      throw damaged(`${whence()} cluster ${cluster}, but valid clusters are 2 to ${last}`);
    return cluster;
  }

  #mark(cluster: number, owner: string): void {
    const [at, bit] = [(cluster - 2) >> 3, 1 << ((cluster - 2) & 7)];
    const marks = this.#claimed[at] ?? 0;
    if ((marks & bit) !== 0)
      throw damaged(`cluster ${cluster} belongs to ${owner} and to ${this.#ownerOf(cluster, owner)}`);
    this.#claimed[at] = marks | bit;
  }

  #ownerOf(cluster: number, owner: string): string {
    const { offset } = this.#run(cluster, cluster + 1);
    const region = this.regions.find(each => each.offset <= offset && offset < each.offset + each.size);
    return region === undefined || region.owner === owner ? 'itself again' : region.owner;
  }

  /** The table entry of a cluster. */
  #value(cluster: number): number {
    const { kind } = this.#layout;
    const at = Math.floor((cluster * TABLE_BITS[kind]) / 8);
    const number = Math.floor(at / PAGE);
    if (this.#page?.number !== number)
      this.#page = { number, entries: this.#pages.get(number, () => this.#readPage(number)) };
    const { entries } = this.#page;
    if (kind === 'FAT32') return entries.readUInt32LE(at % PAGE) & 0x0fffffff;
    const value = entries.readUInt16LE(at % PAGE);
    if (kind === 'FAT16') return value;
    return cluster % 2 === 0 ? value & 0xfff : value >> 4;
  }

  #readPage(number: number): Buffer {
    const { table, tableSectors, sectorSize } = this.#layout;
    const at = number * PAGE;
    return this.#bytes.read(table + at, Math.min(PAGE, tableSectors * sectorSize - at));
  }
}
