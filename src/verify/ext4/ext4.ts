/** The files of an ext4 filesystem, and the owner of each byte. Works without root, and never mounts anything. */

import type { Region } from '../reading/owned-region.ts';
import { type Bytes, damaged, type Piece, piecesOf } from '../reading/random-access.ts';
import { attributesOf, type Extent, type Inode, inlineContent, type Mapping, mappingOf, readInode } from './inode.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

const ROOT = 2;
/** Inodes that have no path. */
const OWN_INODES: Readonly<Record<number, string>> = { 7: 'reserved for growth', 8: 'journal' };
/** Maximum length of a path; Linux does not open longer ones. */
const LONGEST_PATH = 4_096;
/** Maximum number of names in all folders together. */
const MOST_NAMES = 10_000_000;
const PIECE = 1 << 20;

export interface Ext4File {
  readonly path: string;
  readonly inode: Inode;
  readonly attributes: ReadonlyMap<string, Buffer>;
  /** Only for a link. */
  readonly target: string;
}

export interface Ext4 {
  readonly fields: ReadonlyMap<string, string>;
  /** By path. */
  readonly files: ReadonlyMap<string, Ext4File>;
  /** The content of a file, in pieces of at most 1 MiB; everything between them is zeros. */
  readonly content: (file: Ext4File) => Generator<Piece>;
  /** Ordered by offset; bytes without a region are free. */
  readonly regions: () => readonly Region[];
}

/** Undefined if it is not such a filesystem. */
export function readExt4(bytes: Bytes): Ext4 | undefined {
  const superblock = readSuperblock(bytes);
  if (superblock === undefined) return undefined;
  const mappings = new Map<number, Mapping>();
  const mapping = (inode: Inode): Mapping => {
    const known = mappings.get(inode.number) ?? mappingOf(bytes, superblock, inode);
    mappings.set(inode.number, known);
    return known;
  };
  const content = (inode: Inode, attributes: ReadonlyMap<string, Buffer>): Generator<Piece> => {
    const inline = inlineContent(inode, attributes);
    return inline === undefined ? contentOf(bytes, superblock, inode, mapping(inode).extents) : piecesOf(inline);
  };
  const files = new Map<string, Ext4File>();
  const folders = new Set<number>();
  let names = 0;
  const visit = (path: string, inode: Inode): void => {
    const [attributes] = attributesOf(bytes, superblock, inode);
    const target = inode.type === 'link' ? wholeText(content(inode, attributes), inode) : '';
    files.set(path, { path, inode, attributes, target });
    if (inode.type !== 'directory') return;
    if (folders.has(inode.number)) throw damaged(`the folder ${path} appears twice`);
    folders.add(inode.number);
    for (const { name, number } of entriesIn(content(inode, attributes), superblock, path)) {
      names += 1;
      const below = path === '/' ? `/${name}` : `${path}/${name}`;
      if (names > MOST_NAMES || below.length > LONGEST_PATH)
        throw damaged(`there are too many names, or too long ones, at ${path}`);
      visit(below, readInode(bytes, superblock, number));
    }
  };
  visit('/', readInode(bytes, superblock, ROOT));
  return {
    fields: superblock.fields,
    files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))),
    content: ({ inode, attributes }) => content(inode, attributes),
    regions: () => regionsOf(bytes, superblock, files, mapping),
  };
}

/** A piece for each MiB of the file that contains written data. */
function* contentOf(
  bytes: Bytes,
  { blockSize }: Superblock,
  { size }: Inode,
  extents: readonly Extent[],
): Generator<Piece> {
  const written = extents.flatMap(({ at, count, block }) =>
    block === undefined || at * blockSize >= size
      ? []
      : [{ from: at * blockSize, to: Math.min(size, (at + count) * blockSize), place: block * blockSize }],
  );
  let offset = -PIECE;
  for (const [index, extent] of written.entries()) {
    for (
      let next = Math.max(offset + PIECE, Math.floor(extent.from / PIECE) * PIECE);
      next < extent.to;
      next += PIECE
    ) {
      offset = next;
      const piece = Buffer.alloc(Math.min(PIECE, size - offset));
      // More extents may start in the same piece.
      for (let other = index; other < written.length; other += 1) {
        const one = written[other];
        if (one === undefined || one.from >= offset + piece.byteLength) break;
        const [from, to] = [Math.max(offset, one.from), Math.min(offset + piece.byteLength, one.to)];
        if (to > from) bytes.read(one.place + from - one.from, to - from).copy(piece, from - offset);
      }
      yield { offset, bytes: piece };
    }
  }
}

function wholeText(content: Generator<Piece>, { size, number }: Inode): string {
  if (size > LONGEST_PATH) throw damaged(`the link of inode ${number} has a target of ${size} bytes`);
  return Buffer.concat([...content].map(({ bytes }) => bytes)).toString('utf8');
}

/** Without `.` and `..`. The entries of an inline folder are split by piece, those of any other folder by block. */
function* entriesIn(
  content: Generator<Piece>,
  { blockSize }: Superblock,
  path: string,
): Generator<{ readonly name: string; readonly number: number }> {
  for (const { bytes } of content) {
    for (let start = 0; start < bytes.byteLength; start += blockSize) {
      const end = Math.min(start + blockSize, bytes.byteLength);
      for (let at = start; at + 8 <= end; ) {
        const length = entryLength(bytes.readUInt16LE(at + 4));
        const nameLength = bytes.readUInt8(at + 6);
        if (length < 8 + nameLength || at + length > end)
          throw damaged(`an entry of the folder ${path} extends beyond its block`);
        const number = bytes.readUInt32LE(at);
        const name = bytes.toString('utf8', at + 8, at + 8 + nameLength);
        if (number !== 0 && name !== '.' && name !== '..') yield { name, number };
        at += length;
      }
    }
  }
}

/** With blocks of 64 KiB, the length of an entry that fills a block does not fit into 16 bits. */
function entryLength(length: number): number {
  return length === 0 || length === 0xffff ? 65_536 : length;
}

function regionsOf(
  bytes: Bytes,
  superblock: Superblock,
  files: ReadonlyMap<string, Ext4File>,
  mapping: (inode: Inode) => Mapping,
): readonly Region[] {
  const { blockSize, groups, inodesPerGroup, inodeSize, inodes } = superblock;
  const regions: Region[] = [];
  const add = (block: number, count: number, owner: string): void => {
    regions.push({ offset: block * blockSize, size: count * blockSize, owner });
  };
  regions.push({ offset: 1_024, size: 1_024, owner: 'superblock' });
  addCopies(superblock, regions);
  const owners = new Map<number, string>();
  const blockOwners = (inode: Inode, owner: string): void => {
    const { extents, own } = mapping(inode);
    for (const { block, count, at } of extents) {
      if (block === undefined) continue;
      const [offset, size] = [block * blockSize, count * blockSize];
      const used = inode.type === 'file' ? Math.min(size, Math.max(0, inode.size - at * blockSize)) : size;
      if (used > 0) regions.push({ offset, size: used, owner });
      // Stored bytes after the end of the file, which are not read.
      if (used < size) regions.push({ offset: offset + used, size: size - used, owner: `slack of ${owner}` });
    }
    for (const block of own) add(block, 1, `extents of ${owner}`);
  };
  for (const { path, inode, attributes } of files.values()) {
    // A second name of the same file adds nothing.
    if (owners.has(inode.number)) continue;
    owners.set(inode.number, path);
    const [, block] = attributesOf(bytes, superblock, inode);
    if (block !== 0) add(block, 1, `attributes of ${path}`);
    if (inlineContent(inode, attributes) === undefined && hasBlocks(inode)) blockOwners(inode, path);
  }
  for (const [number, owner] of Object.entries(OWN_INODES)) {
    const inode = readInode(bytes, superblock, Number(number));
    owners.set(inode.number, owner);
    // The blocks that are reserved for growth are beside the descriptors, and were added with them.
    if (inode.number === superblock.journalInode) blockOwners(inode, owner);
  }
  groups.forEach(({ blockBitmap, inodeBitmap, inodeTable }, index) => {
    add(blockBitmap, 1, `block bitmap of group ${index}`);
    add(inodeBitmap, 1, `inode bitmap of group ${index}`);
    const table = inodeTable * blockSize;
    let unused: Region | undefined;
    for (let slot = 0; slot < inodesPerGroup && index * inodesPerGroup + slot < inodes; slot += 1) {
      const number = index * inodesPerGroup + slot + 1;
      const path = owners.get(number);
      const region = { offset: table + slot * inodeSize, size: inodeSize, owner: `inode ${number} ${path}` };
      if (path !== undefined) {
        regions.push(region);
        unused = undefined;
      } else if (unused === undefined) {
        unused = { ...region, owner: 'unused inodes' };
        regions.push(unused);
      } else {
        // Consecutive unused inodes are joined, because most inodes are unused.
        unused = { ...unused, size: unused.size + inodeSize };
        regions[regions.length - 1] = unused;
      }
    }
  });
  return regions.sort((a, b) => a.offset - b.offset);
}

/**
 * The copies of superblock and descriptors: with sparse_super in the groups 0, 1 and powers of 3, 5 and 7. If there is no copy, other
 * regions cover the place.
 */
function addCopies(superblock: Superblock, regions: Region[]): void {
  const { blockSize, groups, firstBlock, blocksPerGroup, descriptorBlocks, reservedForGrowth, blocks } = superblock;
  groups.forEach((_, index) => {
    if (index > 1 && ![3, 5, 7].some(base => isPowerOf(index, base))) return;
    const start = firstBlock + index * blocksPerGroup;
    const copy = index === 0 ? '' : ` in group ${index}`;
    const add = (at: number, count: number, owner: string): void => {
      const size = Math.min(count, Math.max(0, blocks - at)) * blockSize;
      if (size > 0) regions.push({ offset: at * blockSize, size, owner: owner + copy });
    };
    if (index > 0) add(start, 1, 'superblock');
    add(start + 1, descriptorBlocks, 'group descriptors');
    add(start + 1 + descriptorBlocks, reservedForGrowth, 'reserved for growth');
  });
}

function isPowerOf(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

function hasBlocks({ type }: Inode): boolean {
  return type === 'file' || type === 'directory' || type === 'link';
}
