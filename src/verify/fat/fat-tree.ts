/**
 * The files and directories of a FAT, from the root down. Never keeps more than one directory's bytes, nor an unlimited number of names, in
 * memory.
 */
import { compareUtf8 } from '../../util/bytes.ts';
import { internal } from '../../util/failure.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import { FatClusters } from './fat-clusters.ts';
import { entryOf, type FatEntry, recordsOf, VOLUME_LABEL } from './fat-entries.ts';
import { type FatLayout, ROOT } from './fat-layout.ts';
import { oemText } from './oem-text.ts';

interface FoundDirectory {
  /** Empty for the root. */
  readonly path: string;
  readonly depth: number;
  readonly data: () => Buffer;
}

const MAX_DEPTH = 64;
const MAX_ENTRIES = 1_000_000;
/** UTF-16 units of all paths together; a path contains the names of all parents. */
const MAX_PATHS_LENGTH = 64 << 20;
/** The limit of other systems: 65,536 entries. */
const MAX_DIRECTORY_SIZE = 2 << 20;
/** Bytes of a file that are read at once. */
const PIECE = 1 << 20;

/** The whole tree, read by the constructor. */
export class FatTree {
  readonly clusters: FatClusters;
  label = '';
  readonly #bytes: Bytes;
  readonly #layout: FatLayout;
  /** First clusters of the content; 0 for entries without content. */
  readonly #starts = new Map<FatEntry, number>();
  #pathsLength = 0;

  constructor(bytes: Bytes, layout: FatLayout) {
    this.#bytes = bytes;
    this.#layout = layout;
    this.clusters = new FatClusters(bytes, layout);
    const isChain = layout.kind === 'FAT32';
    const rootData = () =>
      isChain ? this.#directoryData(layout.rootCluster, ROOT) : bytes.read(layout.root.offset, layout.root.size);
    // A work list instead of recursion, so that only one directory's bytes are in memory.
    const waiting: FoundDirectory[] = [{ path: '', depth: 0, data: rootData }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) waiting.push(...this.#readDirectory(next));
  }

  files(): readonly FatEntry[] {
    const files = [...this.#starts.keys()].sort((one, other) => compareUtf8(one.path, other.path));
    const twice = files.find((entry, index) => entry.path === files[index + 1]?.path);
    if (twice !== undefined) throw damaged(`two entries have the path ${JSON.stringify(twice.path)}`);
    return files;
  }

  *content(entry: FatEntry): Generator<Buffer> {
    const start = this.#starts.get(entry);
    if (start === undefined) throw internal(`${entry.path} is of another volume`);
    let left = entry.size;
    if (left === 0) return;
    for (const { offset, size } of this.clusters.runs(start, entry.path)) {
      for (let at = 0; at < size && left > 0; ) {
        const length = Math.min(PIECE, size - at, left);
        yield this.#bytes.read(offset + at, length);
        at += length;
        left -= length;
      }
    }
  }

  #readDirectory({ path, depth, data }: FoundDirectory): readonly FoundDirectory[] {
    const found: FoundDirectory[] = [];
    for (const { name, record } of recordsOf(data(), path || ROOT)) {
      const attributes = record.readUInt8(11);
      if ((attributes & VOLUME_LABEL) !== 0) {
        if (depth === 0 && this.label === '') this.label = oemText(record.subarray(0, 11));
        continue;
      }
      const entry = entryOf(`${path}/${name}`, record);
      this.#count(entry, depth + 1);
      const start = this.#startOf(record);
      if (entry.type === 'directory')
        found.push({ path: entry.path, depth: depth + 1, data: () => this.#directoryData(start, entry.path) });
      else if (entry.size > 0 || start > 0) this.#claimFile(entry, start);
      this.#starts.set(entry, start);
    }
    return found;
  }

  #count({ path }: FatEntry, depth: number): void {
    this.#pathsLength += path.length;
    if (depth > MAX_DEPTH) throw damaged(`directories are nested more than ${MAX_DEPTH} levels deep`);
    if (this.#starts.size === MAX_ENTRIES) throw damaged(`there are more than ${MAX_ENTRIES} files`);
    if (this.#pathsLength > MAX_PATHS_LENGTH)
      throw damaged(`the paths of all files exceed ${MAX_PATHS_LENGTH} characters`);
  }

  #startOf(record: Buffer): number {
    const upper = this.#layout.kind === 'FAT32' ? record.readUInt16LE(20) : 0;
    return upper * 2 ** 16 + record.readUInt16LE(26);
  }

  /** Clusters beyond the end of the file are allowed: some systems reserve them. */
  #claimFile({ path, size }: FatEntry, start: number): void {
    const there = this.clusters.claim(start, path);
    if (there < size) throw damaged(`${path} has ${size} bytes, but its clusters have only ${there}`);
  }

  #directoryData(start: number, owner: string): Buffer {
    const size = this.clusters.claim(start, owner);
    if (size > MAX_DIRECTORY_SIZE) throw damaged(`the directory ${owner} is too large: ${size} bytes`);
    return Buffer.concat(
      [...this.clusters.runs(start, owner)].map(run => this.#bytes.read(run.offset, run.size)),
      size,
    );
  }
}
