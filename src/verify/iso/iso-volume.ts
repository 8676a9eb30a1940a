/**
 * An ISO 9660 image: its volume descriptors, and its tree with Rock Ridge. Never follows a cycle of directories, nor reads an unlimited
 * number of them.
 */
import { createHash } from 'node:crypto';
import { type DirectoryRecord, directoryRecords } from '../../formats/directory-records.ts';
import { decodeSystemUse, type SystemUse } from '../../formats/rock-ridge.ts';
import type { Region } from '../reading/owned-region.ts';
import { typeOfMode } from '../reading/posix-type.ts';
import { type Bytes, checkRange, damaged, type Piece, partOf } from '../reading/random-access.ts';
import { byPath, factsOf, modeWords, pieces, type Volume, type VolumeFile } from '../reading/volume.ts';
import { BLOCK, longTime, nameIn, shortTime } from './iso-records.ts';

const DESCRIPTORS_AT = 16 * BLOCK;
const MOST_DESCRIPTORS = 64;
const PRIMARY = 1;
const END = 255;
const DESCRIPTORS: Readonly<Record<number, string>> = { 0: 'boot', 1: 'primary', 2: 'supplementary', 3: 'partition' };
const MOST_DEPTH = 64;
const MOST_FILES = 250_000;
/** Bytes of all directories together, including the continuations of their records. */
const MOST_DIRECTORY_BYTES = 256 << 20;
const MOST_CONTINUATIONS = 16;
export function isIso(bytes: Bytes): boolean {
  return bytes.size >= DESCRIPTORS_AT + BLOCK && bytes.read(DESCRIPTORS_AT + 1, 5).toString('latin1') === 'CD001';
}

export function readIso(bytes: Bytes): Volume {
  const descriptors = descriptorsOf(bytes);
  const primary = descriptors.find(descriptor => descriptor[0] === PRIMARY);
  if (primary === undefined) throw damaged('it has no primary volume descriptor');
  if (primary.readUInt16LE(128) !== BLOCK) throw damaged(`unsupported block size: ${primary.readUInt16LE(128)} bytes`);
  const tree = new IsoTree(bytes);
  tree.visit('', { block: primary.readUInt32LE(158), size: primary.readUInt32LE(166) }, 0);
  const first = { offset: 0, size: DESCRIPTORS_AT, owner: 'system area' };
  const volume = { offset: DESCRIPTORS_AT, size: (descriptors.length + 1) * BLOCK, owner: 'volume descriptors' };
  return {
    kind: 'ISO 9660',
    fields: fieldsOf(descriptors, primary),
    files: byPath(tree.files),
    regions: () => [first, volume, ...tree.regions.toSorted((one, other) => one.offset - other.offset)],
  };
}

/** Without the terminator. */
function descriptorsOf(bytes: Bytes): readonly Buffer[] {
  const descriptors: Buffer[] = [];
  for (let at = DESCRIPTORS_AT; descriptors.length < MOST_DESCRIPTORS; at += BLOCK) {
    const descriptor = bytes.read(at, BLOCK);
    if (descriptor.toString('latin1', 1, 6) !== 'CD001') throw damaged('the end of its volume descriptors is missing');
    if (descriptor[0] === END) return descriptors;
    descriptors.push(descriptor);
  }
  throw damaged(`it has more than ${MOST_DESCRIPTORS} volume descriptors`);
}

function fieldsOf(descriptors: readonly Buffer[], primary: Buffer): ReadonlyMap<string, string> {
  const text = (at: number, length: number): string => primary.toString('latin1', at, at + length).trimEnd();
  const others = descriptors.filter(descriptor => descriptor !== primary);
  return new Map([
    ['volume name', text(40, 32)],
    ['system', text(8, 32)],
    ['blocks', String(primary.readUInt32LE(80))],
    ['set', text(190, 128)],
    ['publisher', text(318, 128)],
    ['preparer', text(446, 128)],
    ['application', text(574, 128)],
    ['volume created', longTime(primary.subarray(813, 830))],
    ['volume modified', longTime(primary.subarray(830, 847))],
    ['volume expires', longTime(primary.subarray(847, 864))],
    ['volume effective', longTime(primary.subarray(864, 881))],
    ['application data', hashOf(primary.subarray(883, 1395))],
    ...others.map((other, index): [string, string] => [
      `descriptor ${index + 2}`,
      `${DESCRIPTORS[other[0] ?? 0] ?? `type ${other[0]}`}, ${hashOf(other)}`,
    ]),
  ]);
}

function hashOf(bytes: Buffer): string {
  return bytes.every(byte => byte === 0) ? 'empty' : `SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`;
}

interface Place {
  readonly block: number;
  readonly size: number;
}

class IsoTree {
  readonly files: VolumeFile[] = [];
  readonly regions: Region[] = [];
  readonly #bytes: Bytes;
  readonly #seen = new Set<number>();
  #read = 0;
  /** Bytes to skip at the start of each system use area of Rock Ridge. */
  #skip = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  visit(path: string, directory: Place, depth: number): void {
    const { block, size } = directory;
    if (depth > MOST_DEPTH || this.#seen.has(block))
      throw damaged(`the folder ${path}/ appears twice, or contains itself`);
    this.#seen.add(block);
    this.regions.push({ offset: block * BLOCK, size, owner: `folder ${path}/` });
    let parts: Place[] = [];
    for (const record of directoryRecords(this.#directory(block * BLOCK, size), faultOfRecord)) {
      const isRootItself = depth === 0 && record.identifier === '\0';
      const said = this.#systemUse(record, isRootItself);
      if (isRootItself) this.#skip = said.skip ?? 0;
      if (record.identifier === '\0' || record.identifier === '\x01') continue;
      const below = `${path}/${nameIn(said.name ?? plainName(record.identifier))}`;
      checkRange(record.block * BLOCK, record.size, this.#bytes.size);
      if (!record.isDirectory) parts.push(record);
      if (record.goesOn && !record.isDirectory) continue;
      this.#add(below, record, said, parts);
      parts = [];
      if (record.isDirectory) this.visit(below, record, depth + 1);
    }
  }

  #add(path: string, record: DirectoryRecord, said: SystemUse, parts: readonly Place[]): void {
    if (this.files.length >= MOST_FILES) throw damaged(`it has more than ${MOST_FILES} files`);
    const { isDirectory } = record;
    const type = said.mode === undefined ? (isDirectory ? 'directory' : 'file') : typeOfMode(said.mode);
    const facts = factsOf([
      ['type', type],
      ['mode', said.mode === undefined ? '' : modeWords(said.mode & 0o7777)],
      ['owner', said.uid === undefined ? '' : `${said.uid}:${said.gid}`],
      ['links', said.links === undefined ? '' : String(said.links)],
      ['target', Buffer.from(said.linkTarget ?? '', 'latin1').toString('utf8')],
      ['recorded', shortTime(record.time)],
      ...timesOf(said),
    ]);
    const isFile = type === 'file' && !isDirectory;
    if (isFile) for (const { block, size } of parts) this.regions.push({ offset: block * BLOCK, size, owner: path });
    const content = isFile ? () => joined(this.#bytes, parts) : undefined;
    this.files.push({ path, facts, size: isFile ? parts.reduce((sum, { size }) => sum + size, 0) : 0, content });
  }

  #systemUse(record: DirectoryRecord, isRootItself: boolean): SystemUse {
    const said: SystemUse = {};
    decodeSystemUse(record.systemUse.subarray(isRootItself ? 0 : this.#skip), said);
    for (let count = 0; said.continuation !== undefined; count += 1) {
      const { block, offset, size } = said.continuation;
      if (count === MOST_CONTINUATIONS || size > BLOCK) throw damaged('a directory record has no end');
      decodeSystemUse(this.#directory(block * BLOCK + offset, size), said);
    }
    return said;
  }

  #directory(offset: number, size: number): Buffer {
    this.#read += size + 64;
    if (this.#read > MOST_DIRECTORY_BYTES)
      throw damaged(`its directories have more than ${MOST_DIRECTORY_BYTES} bytes`);
    return this.#bytes.read(offset, size);
  }
}

function faultOfRecord(size: number): Error {
  return damaged(`invalid size of a directory record: ${size} bytes`);
}

/** The name of a file without Rock Ridge. */
function plainName(identifier: string): string {
  return identifier.toLowerCase().replace(/;\d+$/, '').replace(/\.$/, '');
}

const TIMES = ['created', 'modified', 'accessed', 'changed'] as const;

function timesOf({ times }: SystemUse): readonly (readonly [string, string])[] {
  // Bit 7 means the long form, which is not read.
  if (times === undefined || (times.flags & 0x80) !== 0) return [];
  const there = TIMES.filter((_, bit) => (times.flags & (1 << bit)) !== 0);
  return there.map((name, index) => [name, shortTime(times.bytes.subarray(index * 7, index * 7 + 7))] as const);
}

function* joined(bytes: Bytes, parts: readonly Place[]): Generator<Piece> {
  let start = 0;
  for (const { block, size } of parts) {
    for (const piece of pieces(partOf(bytes, block * BLOCK, size))) yield { ...piece, offset: start + piece.offset };
    start += size;
  }
}
