/**
 * The layout of an ISO image, and its bytes up to the content of the first file. Never reads the files: the caller passes their sizes.
 *
 * Blocks of 2048 bytes: 16 of zeros, primary volume descriptor, terminator, path table (little-endian, then big-endian), directories in the
 * order of the path table, each followed by the entries that didn't fit its records, content of files depth first. A directory record is
 * never split between two blocks, and all references point forward, so that readers can stream. Directories deeper than eight levels stay
 * in place, which affects only readers without Rock Ridge.
 */
import { internal } from '../util/failure.ts';
import type { IsoDirectory, IsoLeaf, IsoNode } from './iso9660-tree.ts';
import {
  bothEndian32,
  CONTINUATION_SIZE,
  encodeContinuation,
  encodeExtensionReference,
  encodePosix,
  encodeSharing,
  type PosixRecord,
  recordTime,
} from './rock-ridge.ts';

export interface IsoOptions {
  /** Up to 32 characters of ASCII; blkid shows it as the label. */
  readonly volumeId: string;
  /** Seconds since the epoch, for every file and the volume. */
  readonly time: number;
}

interface Extent {
  readonly block: number;
  readonly size: number;
}

export const ISO_BLOCK = 2048;
const DESCRIPTOR_BLOCK = 16;
const RECORD_MAX = 254;
const TYPE_DIRECTORY = 0o040000;
const TYPE_FILE = 0o100000;
const TYPE_SYMLINK = 0o120000;

/** The layout. Sizes of directories don't depend on positions, so directories are encoded once to measure them and once for the output. */
export class IsoLayout {
  readonly #directories: readonly IsoDirectory[];
  readonly #options: IsoOptions;
  readonly #extents = new Map<IsoNode, Extent>();
  readonly #pathTableSize: number;
  readonly #blocks: number;

  constructor(root: IsoDirectory, leaves: readonly IsoLeaf[], sizes: readonly number[], options: IsoOptions) {
    this.#directories = breadthFirst(root);
    this.#options = options;
    this.#pathTableSize = this.#pathTable('little').byteLength;
    let block = DESCRIPTOR_BLOCK + 2 + 2 * blocksOf(this.#pathTableSize);
    for (const directory of this.#directories) {
      const area = new ContinuationArea();
      const { byteLength } = this.#records(directory, area);
      this.#extents.set(directory, { block, size: byteLength });
      block += blocksOf(byteLength) + blocksOf(area.bytes().byteLength);
    }
    for (const [index, leaf] of leaves.entries()) {
      const size = sizes[index] ?? 0;
      this.#extents.set(leaf, { block, size });
      block += blocksOf(size);
    }
    this.#blocks = block;
  }

  /** Everything before the content of the first file. */
  head(): Buffer {
    const directories = this.#directories.map(directory => this.#encodeDirectory(directory));
    const tables = [this.#pathTable('little'), this.#pathTable('big')].map(padToBlock);
    const zeros = Buffer.alloc(DESCRIPTOR_BLOCK * ISO_BLOCK);
    return Buffer.concat([zeros, this.#volumeDescriptor(), terminator(), ...tables, ...directories]);
  }

  /** Identifier's length, 0, block, number of the parent (from 1), identifier, a zero if its length is odd. */
  #pathTable(endian: 'little' | 'big'): Buffer {
    const numbers = new Map(this.#directories.map((directory, index) => [directory, index + 1]));
    const records = this.#directories.map(directory => {
      const identifier = directory.parent === undefined ? Buffer.of(0) : Buffer.from(directory.identifier);
      const record = Buffer.alloc(8 + identifier.byteLength + (identifier.byteLength % 2));
      const parent = numbers.get(directory.parent ?? directory) ?? 0;
      const { block } = this.#extent(directory);
      record[0] = identifier.byteLength;
      if (endian === 'little') {
        record.writeUInt32LE(block, 2);
        record.writeUInt16LE(parent, 6);
      } else {
        record.writeUInt32BE(block, 2);
        record.writeUInt16BE(parent, 6);
      }
      identifier.copy(record, 8);
      return record;
    });
    return Buffer.concat(records);
  }

  #encodeDirectory(directory: IsoDirectory): Buffer {
    const { block, size } = this.#extent(directory);
    const area = new ContinuationArea(block + blocksOf(size));
    return Buffer.concat([this.#records(directory, area), padToBlock(area.bytes())]);
  }

  #records(directory: IsoDirectory, area: ContinuationArea): Buffer {
    const isRoot = directory.parent === undefined;
    const parent = directory.parent ?? directory;
    const own = encodePosix(this.#posix(directory));
    const records = [
      this.#record(Buffer.of(0), directory, isRoot ? [encodeSharing(), ...own, encodeExtensionReference()] : own, area),
      this.#record(Buffer.of(1), parent, encodePosix(this.#posix(parent)), area),
    ];
    for (const child of directory.children) {
      const entries = encodePosix({ ...this.#posix(child), name: child.name });
      records.push(this.#record(Buffer.from(child.identifier), child, entries, area));
    }
    return packIntoBlocks(records);
  }

  #record(identifier: Buffer, node: IsoNode, entries: readonly Buffer[], area: ContinuationArea): Buffer {
    const { block, size } = this.#extent(node);
    const idSize = identifier.byteLength + (identifier.byteLength % 2 === 0 ? 1 : 0);
    const systemUse = area.fit(entries, RECORD_MAX - 33 - idSize);
    const record = Buffer.alloc(33 + idSize + systemUse.byteLength + (systemUse.byteLength % 2));
    record[0] = record.byteLength;
    bothEndian32(block).copy(record, 2);
    bothEndian32(size).copy(record, 10);
    recordTime(this.#options.time).copy(record, 18);
    record[25] = node.type === 'directory' ? 2 : 0;
    bothEndian16(1).copy(record, 28);
    record[32] = identifier.byteLength;
    identifier.copy(record, 33);
    systemUse.copy(record, 33 + idSize);
    return record;
  }

  /** 2048 bytes: offsets as in ECMA-119, 8.4; unset text is spaces, unset numbers are zeros. */
  #volumeDescriptor(): Buffer {
    const { volumeId, time } = this.#options;
    if (!/^[\x20-\x7e]{1,32}$/.test(volumeId))
      throw internal(`an ISO image cannot be called ${JSON.stringify(volumeId)}`);
    const root = this.#directories[0];
    if (root === undefined) throw internal('an ISO image without a root');
    const tableBlocks = blocksOf(this.#pathTableSize);
    const bytes = Buffer.alloc(ISO_BLOCK);
    bytes.write('\x01CD001\x01', 0, 'latin1');
    bytes.fill(' ', 8, 72);
    bytes.write(volumeId, 40);
    bothEndian32(this.#blocks).copy(bytes, 80);
    bothEndian16(1).copy(bytes, 120);
    bothEndian16(1).copy(bytes, 124);
    bothEndian16(ISO_BLOCK).copy(bytes, 128);
    bothEndian32(this.#pathTableSize).copy(bytes, 132);
    bytes.writeUInt32LE(DESCRIPTOR_BLOCK + 2, 140);
    bytes.writeUInt32BE(DESCRIPTOR_BLOCK + 2 + tableBlocks, 148);
    this.#record(Buffer.of(0), root, [], new ContinuationArea()).copy(bytes, 156);
    bytes.fill(' ', 190, 813);
    bytes.write('AIB', 574);
    const made = `${new Date(time * 1000).toISOString().replace(/\D/g, '').slice(0, 16)}\0`;
    const never = `${'0'.repeat(16)}\0`;
    bytes.write(`${made}${made}${never}${never}\x01`, 813, 'latin1');
    return bytes;
  }

  #posix(node: IsoNode): PosixRecord {
    const { time } = this.#options;
    if (node.type === 'directory') {
      const links = 2 + node.children.filter(child => child.type === 'directory').length;
      return { mode: TYPE_DIRECTORY | 0o755, links, time };
    }
    if (node.entry.type === 'symlink')
      return { mode: TYPE_SYMLINK | 0o777, links: 1, time, linkTarget: node.entry.target };
    return { mode: TYPE_FILE | ((node.entry.mode ?? 0o644) & 0o7777), links: 1, time };
  }

  #extent(node: IsoNode): Extent {
    // During measurement there is no position yet.
    return this.#extents.get(node) ?? { block: 0, size: 0 };
  }
}

/** Entries that don't fit their record, packed so that the entries of one record are never split between two blocks. */
class ContinuationArea {
  readonly #firstBlock: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** Without a block, to measure only. */
  constructor(firstBlock = 0) {
    this.#firstBlock = firstBlock;
  }

  /** The entries as far as they fit, then where they go on. */
  fit(entries: readonly Buffer[], room: number): Buffer {
    const count = fitting(entries, room);
    if (count === entries.length) return Buffer.concat(entries);
    return Buffer.concat([...entries.slice(0, count), this.#place(entries.slice(count))]);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  #place(entries: readonly Buffer[]): Buffer {
    const count = fitting(entries, ISO_BLOCK);
    const isWhole = count === entries.length;
    const part = Buffer.concat([...entries.slice(0, count), Buffer.alloc(isWhole ? 0 : CONTINUATION_SIZE)]);
    const left = ISO_BLOCK - (this.#size % ISO_BLOCK);
    if (part.byteLength > left) this.#append(Buffer.alloc(left));
    const at = this.#size;
    this.#append(part);
    // The rest follows this part; its position is patched into this part afterwards.
    if (!isWhole) this.#place(entries.slice(count)).copy(part, part.byteLength - CONTINUATION_SIZE);
    return encodeContinuation(this.#firstBlock + Math.floor(at / ISO_BLOCK), at % ISO_BLOCK, part.byteLength);
  }

  #append(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#size += bytes.byteLength;
  }
}

/** The number of entries that fit: all, or as many as leave space for the position of the rest. */
function fitting(entries: readonly Buffer[], room: number): number {
  const total = entries.reduce((sum, entry) => sum + entry.byteLength, 0);
  if (total <= room) return entries.length;
  let used = CONTINUATION_SIZE;
  return entries.findIndex(entry => {
    used += entry.byteLength;
    return used > room;
  });
}

function breadthFirst(root: IsoDirectory): IsoDirectory[] {
  const queue = [root];
  for (const directory of queue) {
    queue.push(...directory.children.filter(child => child.type === 'directory'));
  }
  return queue;
}

/** Every leaf, in the order of their content in the image. */
export function depthFirst(directory: IsoDirectory): IsoLeaf[] {
  return directory.children.flatMap(child => (child.type === 'directory' ? depthFirst(child) : [child]));
}

function packIntoBlocks(records: readonly Buffer[]): Buffer {
  const chunks: Buffer[] = [];
  let size = 0;
  for (const record of records) {
    const left = ISO_BLOCK - (size % ISO_BLOCK);
    if (record.byteLength > left) {
      chunks.push(Buffer.alloc(left));
      size += left;
    }
    chunks.push(record);
    size += record.byteLength;
  }
  return padToBlock(Buffer.concat(chunks));
}

function terminator(): Buffer {
  const bytes = Buffer.alloc(ISO_BLOCK);
  bytes.write('\xffCD001\x01', 0, 'latin1');
  return bytes;
}

function bothEndian16(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16LE(value, 0);
  bytes.writeUInt16BE(value, 2);
  return bytes;
}

export function blocksOf(size: number): number {
  return Math.ceil(size / ISO_BLOCK);
}

function padToBlock(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(blocksOf(bytes.byteLength) * ISO_BLOCK - bytes.byteLength)]);
}
