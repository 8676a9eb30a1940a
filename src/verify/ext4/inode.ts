/** An inode of ext4: the facts of its file, the place of its content, and its extended attributes. */
import { isoTime } from '../reading/iso-time.ts';
import { type FileType, typeOfMode } from '../reading/posix-type.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';
import type { Superblock } from './superblock.ts';

const EXTENTS = 0x80000;
const INLINE = 0x10000000;
const EXTENT_MAGIC = 0xf30a;
/** The limit of the kernel. */
const EXTENT_DEPTH = 5;
/** From this length on, the blocks of an extent are only reserved, and read as zeros. */
const UNWRITTEN = 32_768;
const ATTRIBUTE_MAGIC = 0xea020000;
const BLOCK_MAP = 60;
const DIRECT_BLOCKS = 12;
/** Maximum number of extents of a file, against a malicious tree of extents. */
const MOST_EXTENTS = 1_000_000;

export interface Inode {
  readonly number: number;
  readonly type: FileType;
  /** Permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly links: number;
  readonly flags: number;
  readonly generation: number;
  /** `2024-09-06 00:00:00`, with a fraction of nanoseconds unless it is zero. */
  readonly modified: string;
  readonly changed: string;
  readonly accessed: string;
  readonly created: string;
  /** Major and minor number of a device. */
  readonly device: string;
  readonly raw: Buffer;
}

/** Blocks that are consecutive in the file and on the disk. */
export interface Extent {
  /** In blocks from the file's start. */
  readonly at: number;
  readonly count: number;
  /** In blocks of the filesystem; undefined for zeros that were never written. */
  readonly block: number | undefined;
}

export interface Mapping {
  readonly extents: readonly Extent[];
  /** Blocks with the places of the others. */
  readonly own: readonly number[];
}

export function readInode(bytes: Bytes, superblock: Superblock, number: number): Inode {
  const { inodes, inodesPerGroup, inodeSize, groups, blockSize } = superblock;
  if (number < 1 || number > inodes) throw damaged(`invalid inode number: ${number}`);
  const group = groups[Math.floor((number - 1) / inodesPerGroup)];
  if (group === undefined) throw damaged(`no group contains inode ${number}`);
  const at = group.inodeTable * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
  return parseInode(bytes.read(at, inodeSize), number);
}

function parseInode(raw: Buffer, number: number): Inode {
  const mode = raw.readUInt16LE(0);
  const type = typeOfMode(mode);
  const extra = raw.byteLength > 128 ? 128 + raw.readUInt16LE(128) : 0;
  const time = (at: number, extraAt: number): string => timeOf(raw, at, extraAt + 4 <= extra ? extraAt : undefined);
  return {
    number,
    type,
    mode: mode & 0o7777,
    uid: raw.readUInt16LE(0x2) + raw.readUInt16LE(0x78) * 0x10000,
    gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 0x10000,
    size: raw.readUInt32LE(0x4) + raw.readUInt32LE(0x6c) * 2 ** 32,
    links: raw.readUInt16LE(0x1a),
    flags: raw.readUInt32LE(0x20),
    generation: raw.readUInt32LE(0x64),
    modified: time(0x10, 0x88),
    changed: time(0xc, 0x84),
    accessed: time(0x8, 0x8c),
    created: extra >= 0x98 ? time(0x90, 0x94) : '',
    device: type === 'character device' || type === 'block device' ? deviceOf(raw) : '',
    raw,
  };
}

/** The upper bits of the extra word are nanoseconds, the lower two extend the 32 bits of seconds. */
function timeOf(raw: Buffer, at: number, extraAt: number | undefined): string {
  const extra = extraAt === undefined ? 0 : raw.readUInt32LE(extraAt);
  const text = isoTime(raw.readInt32LE(at) + (extra & 3) * 2 ** 32);
  const nanoseconds = extra >>> 2;
  return nanoseconds === 0 ? text : `${text}.${String(nanoseconds).padStart(9, '0')}`;
}

/** The old form has 8 bits for each number; the new one, in the second word, has more. */
function deviceOf(raw: Buffer): string {
  const old = raw.readUInt32LE(0x28);
  if (old !== 0) return `${(old >> 8) & 0xff}:${old & 0xff}`;
  const device = raw.readUInt32LE(0x2c);
  return `${(device >> 8) & 0xfff}:${(device & 0xff) + ((device >>> 12) & 0xfff00)}`;
}

/** Content inside the inode: that of a short link, or with the feature inline_data. The entries of a folder are in several parts. */
export function inlineContent(
  { raw, size, type, flags }: Inode,
  attributes: ReadonlyMap<string, Buffer>,
): readonly Buffer[] | undefined {
  const map = raw.subarray(0x28, 0x28 + BLOCK_MAP);
  if ((flags & INLINE) !== 0) {
    const more = attributes.get('system.data') ?? Buffer.alloc(0);
    // The first four bytes of a folder are the inode number of its parent.
    return type === 'directory' ? [map.subarray(4), more] : [Buffer.concat([map, more]).subarray(0, size)];
  }
  if (type === 'link' && size < BLOCK_MAP && (flags & EXTENTS) === 0) return [map.subarray(0, size)];
  return undefined;
}

/** The places of the content. */
export function mappingOf(bytes: Bytes, superblock: Superblock, { raw, flags, number }: Inode): Mapping {
  const extents: Extent[] = [];
  const own: number[] = [];
  const map = raw.subarray(0x28, 0x28 + BLOCK_MAP);
  const add = (extent: Extent): void => {
    if (extents.length >= MOST_EXTENTS) throw damaged(`inode ${number} has more than ${MOST_EXTENTS} extents`);
    extents.push(extent);
  };
  if ((flags & EXTENTS) !== 0) readExtents(map, EXTENT_DEPTH);
  else readBlockMap();
  return { extents: extents.sort((a, b) => a.at - b.at), own };

  function readExtents(node: Buffer, most: number): void {
    const entries = node.readUInt16LE(2);
    const depth = node.readUInt16LE(6);
    if (node.readUInt16LE(0) !== EXTENT_MAGIC || depth > most || 12 + entries * 12 > node.byteLength)
      throw damaged(`the extents of inode ${number} are invalid`);
    for (let index = 0; index < entries; index += 1) {
      const at = 12 + index * 12;
      if (depth === 0) {
        const length = node.readUInt16LE(at + 4);
        const written = length <= UNWRITTEN;
        const start = node.readUInt32LE(at + 8) + node.readUInt16LE(at + 6) * 2 ** 32;
        const count = written ? length : length - UNWRITTEN;
        checkBlocks(start, count);
        add({ at: node.readUInt32LE(at), count, block: written ? start : undefined });
      } else {
        readExtents(ownBlock(node.readUInt32LE(at + 4) + node.readUInt16LE(at + 8) * 2 ** 32), depth - 1);
      }
    }
  }

  /** The form of ext2 and ext3: twelve blocks, then indirect blocks, up to three levels. */
  function readBlockMap(): void {
    const { blockSize } = superblock;
    let at = 0;
    const walk = (block: number, depth: number): void => {
      const covers = (blockSize / 4) ** depth;
      if (block !== 0 && depth === 0) {
        checkBlocks(block, 1);
        const last = extents.at(-1);
        if (last?.block !== undefined && last.at + last.count === at && last.block + last.count === block)
          extents[extents.length - 1] = { ...last, count: last.count + 1 };
        else add({ at, count: 1, block });
      } else if (block !== 0) {
        const table = ownBlock(block);
        for (let entry = 0; entry < blockSize; entry += 4) walk(table.readUInt32LE(entry), depth - 1);
        return;
      }
      at += covers;
    };
    for (let index = 0; index < DIRECT_BLOCKS; index += 1) walk(map.readUInt32LE(index * 4), 0);
    for (let depth = 1; depth <= 3; depth += 1) walk(map.readUInt32LE((DIRECT_BLOCKS + depth - 1) * 4), depth);
  }

  function ownBlock(block: number): Buffer {
    checkBlocks(block, 1);
    if (own.length >= MOST_EXTENTS / 64) throw damaged(`inode ${number} has too many block tables`);
    own.push(block);
    return bytes.read(block * superblock.blockSize, superblock.blockSize);
  }

  function checkBlocks(start: number, count: number): void {
    if (start + count > superblock.blocks) throw damaged(`inode ${number} has blocks beyond the end of the filesystem`);
  }
}

const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
  8: 'system.richacl',
};

/** The attributes by name; also the block that contains some of them, or 0. */
export function attributesOf(
  bytes: Bytes,
  { blockSize, blocks }: Superblock,
  { raw, number }: Inode,
): readonly [attributes: ReadonlyMap<string, Buffer>, block: number] {
  const attributes = new Map<string, Buffer>();
  const start = raw.byteLength > 128 ? 128 + raw.readUInt16LE(128) : raw.byteLength;
  if (start + 4 <= raw.byteLength && raw.readUInt32LE(start) === ATTRIBUTE_MAGIC)
    readAttributes(raw.subarray(start + 4), 0, number, attributes);
  const block = raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32;
  if (block === 0) return [attributes, 0];
  if (block >= blocks) throw damaged(`the attributes of inode ${number} are beyond the end of the filesystem`);
  const table = bytes.read(block * blockSize, blockSize);
  if (table.readUInt32LE(0) !== ATTRIBUTE_MAGIC) throw damaged(`the attributes of inode ${number} are invalid`);
  readAttributes(table, 32, number, attributes);
  return [attributes, block];
}

/** The offsets of values count from the start of the table. */
function readAttributes(table: Buffer, first: number, inode: number, into: Map<string, Buffer>): void {
  for (let at = first; at + 16 <= table.byteLength && table.readUInt32LE(at) !== 0; ) {
    const nameLength = table.readUInt8(at);
    const prefix = PREFIXES[table.readUInt8(at + 1)] ?? `${table.readUInt8(at + 1)}.`;
    const [place, size] = [table.readUInt16LE(at + 2), table.readUInt32LE(at + 8)];
    const elsewhere = table.readUInt32LE(at + 4);
    const name = prefix + table.toString('utf8', at + 16, at + 16 + nameLength);
    if (at + 16 + nameLength > table.byteLength || (elsewhere === 0 && place + size > table.byteLength))
      throw damaged(`an attribute of inode ${inode} extends beyond its table`);
    into.set(name, elsewhere === 0 ? table.subarray(place, place + size) : Buffer.from(`in inode ${elsewhere}`));
    at += 16 + Math.ceil(nameLength / 4) * 4;
  }
}
