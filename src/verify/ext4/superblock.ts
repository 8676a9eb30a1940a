/**
 * The superblock of ext2, ext3 and ext4, and the places of its groups' tables. The image may come from anybody, so values that lead to
 * further reads are never used without a check.
 */
import { isoTime } from '../reading/iso-time.ts';
import { type Bytes, damaged } from '../reading/random-access.ts';

const SUPERBLOCK_AT = 1_024;
const SUPERBLOCK_SIZE = 1_024;
const MAGIC = 0xef53;

/** The features that change how the rest is read; of the others only the name is used. */
const META_BG = 0x10;
const BITS_64 = 0x80;
const JOURNAL_DEVICE = 0x8;

const COMPATIBLE: readonly (readonly [number, string])[] = [
  [0x1, 'dir_prealloc'],
  [0x4, 'has_journal'],
  [0x8, 'ext_attr'],
  [0x10, 'resize_inode'],
  [0x20, 'dir_index'],
  [0x200, 'sparse_super2'],
  [0x400, 'fast_commit'],
  [0x800, 'stable_inodes'],
  [0x1000, 'orphan_file'],
];
const INCOMPATIBLE: readonly (readonly [number, string])[] = [
  [0x2, 'filetype'],
  [0x4, 'needs_recovery'],
  [JOURNAL_DEVICE, 'journal_dev'],
  [META_BG, 'meta_bg'],
  [0x40, 'extent'],
  [BITS_64, '64bit'],
  [0x100, 'mmp'],
  [0x200, 'flex_bg'],
  [0x400, 'ea_inode'],
  [0x2000, 'metadata_csum_seed'],
  [0x4000, 'large_dir'],
  [0x8000, 'inline_data'],
  [0x10000, 'encrypt'],
  [0x20000, 'casefold'],
];
const READ_ONLY: readonly (readonly [number, string])[] = [
  [0x1, 'sparse_super'],
  [0x2, 'large_file'],
  [0x8, 'huge_file'],
  [0x10, 'uninit_bg'],
  [0x20, 'dir_nlink'],
  [0x40, 'extra_isize'],
  [0x100, 'quota'],
  [0x200, 'bigalloc'],
  [0x400, 'metadata_csum'],
  [0x2000, 'project'],
  [0x8000, 'verity'],
  [0x10000, 'orphan_present'],
];

interface Group {
  readonly blockBitmap: number;
  readonly inodeBitmap: number;
  readonly inodeTable: number;
}

export interface Superblock {
  readonly blockSize: number;
  /** Number of blocks of the filesystem. */
  readonly blocks: number;
  readonly firstBlock: number;
  readonly blocksPerGroup: number;
  readonly inodes: number;
  readonly inodesPerGroup: number;
  readonly inodeSize: number;
  readonly journalInode: number;
  readonly reservedForGrowth: number;
  readonly descriptorBlocks: number;
  readonly groups: readonly Group[];
  /** Fields for comparison, with the names of dumpe2fs. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Undefined if it is not such a filesystem. */
export function readSuperblock(bytes: Bytes): Superblock | undefined {
  if (bytes.size < SUPERBLOCK_AT + SUPERBLOCK_SIZE) return undefined;
  const raw = bytes.read(SUPERBLOCK_AT, SUPERBLOCK_SIZE);
  if (raw.readUInt16LE(0x38) !== MAGIC) return undefined;
  const incompatible = raw.readUInt32LE(0x60);
  if ((incompatible & META_BG) !== 0) throw damaged('ext4 with meta_bg is not supported');
  if ((incompatible & JOURNAL_DEVICE) !== 0) throw damaged('this is the journal of another filesystem');
  const is64Bit = (incompatible & BITS_64) !== 0;
  const wide = (low: number, high: number): number =>
    raw.readUInt32LE(low) + (is64Bit ? raw.readUInt32LE(high) * 2 ** 32 : 0);
  const blockSize = 1_024 << within(raw.readUInt32LE(0x18), 0, 6, 'the size of a block');
  const blocks = wide(0x4, 0x150);
  if (blocks * blockSize > bytes.size)
    throw damaged(`the filesystem has ${blocks} blocks of ${blockSize} bytes, which exceeds the available size`);
  const revision = raw.readUInt32LE(0x4c);
  const firstBlock = within(raw.readUInt32LE(0x14), 0, 1, 'the first block');
  const blocksPerGroup = within(raw.readUInt32LE(0x20), 1, blockSize * 8, 'the number of blocks in a group');
  const inodesPerGroup = within(raw.readUInt32LE(0x28), 1, blockSize * 8, 'the number of inodes in a group');
  const inodeSize = revision === 0 ? 128 : within(raw.readUInt16LE(0x58), 128, blockSize, 'the size of an inode');
  const descriptorSize = is64Bit ? within(raw.readUInt16LE(0xfe), 64, 1_024, 'the size of a group descriptor') : 32;
  const count = Math.ceil(Math.max(0, blocks - firstBlock) / blocksPerGroup);
  const table = { at: (firstBlock + 1) * blockSize, size: count * descriptorSize };
  if (table.at + table.size > bytes.size) throw damaged(`the descriptors of ${count} groups extend beyond the end`);
  return {
    blockSize,
    blocks,
    firstBlock,
    blocksPerGroup,
    inodes: Math.min(raw.readUInt32LE(0), count * inodesPerGroup),
    inodesPerGroup,
    inodeSize,
    journalInode: raw.readUInt32LE(0xe0),
    reservedForGrowth: raw.readUInt16LE(0xce),
    descriptorBlocks: Math.ceil(table.size / blockSize),
    groups: readGroups(bytes.read(table.at, table.size), count, descriptorSize),
    fields: fieldsOf(raw, wide),
  };
}

function readGroups(table: Buffer, count: number, size: number): readonly Group[] {
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    const block = (low: number, high: number): number =>
      table.readUInt32LE(at + low) + (size >= 64 ? table.readUInt32LE(at + high) * 2 ** 32 : 0);
    return { blockBitmap: block(0, 0x20), inodeBitmap: block(4, 0x24), inodeTable: block(8, 0x28) };
  });
}

function within(value: number, least: number, most: number, what: string): number {
  if (value < least || value > most) throw damaged(`${what} is ${value}, which is invalid`);
  return value;
}

function fieldsOf(raw: Buffer, wide: (low: number, high: number) => number): ReadonlyMap<string, string> {
  const date = (at: number): string => {
    const seconds = raw.readUInt32LE(at);
    return seconds === 0 ? 'never' : isoTime(seconds);
  };
  const text = (at: number, length: number): string => raw.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const features = [
    ...namesIn(raw.readUInt32LE(0x5c), COMPATIBLE),
    ...namesIn(raw.readUInt32LE(0x60), INCOMPATIBLE),
    ...namesIn(raw.readUInt32LE(0x64), READ_ONLY),
  ];
  return new Map([
    ['volume name', text(0x78, 16)],
    ['last mounted on', text(0x88, 64)],
    ['UUID', uuid(raw, 0x68)],
    ['features', features.join(' ')],
    ['block size', String(1_024 << raw.readUInt32LE(0x18))],
    ['inode size', String(raw.readUInt16LE(0x58))],
    ['inode count', String(raw.readUInt32LE(0))],
    ['block count', String(wide(0x4, 0x150))],
    ['reserved block count', String(wide(0x8, 0x154))],
    ['free blocks', String(wide(0xc, 0x158))],
    ['free inodes', String(raw.readUInt32LE(0x10))],
    ['created', date(0x108)],
    ['last mounted', date(0x2c)],
    ['last written', date(0x30)],
    ['last checked', date(0x40)],
    ['mount count', String(raw.readUInt16LE(0x34))],
    ['state', String(raw.readUInt16LE(0x3a))],
    ['lifetime writes', `${raw.readBigUInt64LE(0x178)} KiB`],
    ['directory hash seed', uuid(raw, 0xec)],
    ['journal UUID', uuid(raw, 0xd0)],
    ['journal inode', String(raw.readUInt32LE(0xe0))],
    ['first orphan', String(raw.readUInt32LE(0xe8))],
    ['reserved for growth', `${raw.readUInt16LE(0xce)} blocks`],
    ['flags', `0x${raw.readUInt32LE(0x160).toString(16)}`],
  ]);
}

function namesIn(bits: number, names: readonly (readonly [number, string])[]): readonly string[] {
  const known = names.filter(([bit]) => (bits & bit) !== 0);
  const rest = known.reduce((left, [bit]) => left & ~bit, bits) >>> 0;
  return [...known.map(([, name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])];
}

function uuid(raw: Buffer, at: number): string {
  return raw.toString('hex', at, at + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
