/**
 * Cpio archives in the "newc" format, which the kernel unpacks as initramfs. Inode and device numbers never come from a filesystem: inode
 * numbers count from 1, device numbers are 0.
 *
 * An entry is a header of 110 ASCII characters, the path with a NUL, zeros up to a multiple of 4, the content, zeros up to a multiple of 4.
 * The header is the magic `070701` and thirteen numbers of 8 hex digits: ino, mode with the type's bits, uid, gid, nlink, mtime, content
 * size, devmajor, devminor, rdevmajor, rdevminor, size of the path with its NUL, check (0). An entry `TRAILER!!!` ends the archive; zeros
 * and another archive may follow (the kernel reads them all).
 */
import { internal } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** Part of the key of every action that writes a cpio; increase it when the bytes change. */
export const CPIO_FORMAT_VERSION = 1;

export interface CpioEntry {
  /** Without a leading slash. Parents must come before their children, or the kernel drops the children. */
  readonly path: string;
  readonly type: CpioType;
  /** Permission bits only, 0 to 0o7777. */
  readonly mode: number;
  /** Default 0. */
  readonly uid?: number;
  /** Default 0. */
  readonly gid?: number;
  /** Whole seconds since the epoch, 0 to 2^32 - 1. */
  readonly mtime: number;
  /** For files; default: empty. */
  readonly content?: Uint8Array;
  /** For symlinks. */
  readonly linkTarget?: string;
  readonly device?: { readonly major: number; readonly minor: number };
}

type CpioType = 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo';

const TYPE_BITS = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
} as const satisfies Record<CpioType, number>;
const HEADER_SIZE = 110;
const TRAILER = 'TRAILER!!!';

export function packCpio(entries: Iterable<CpioEntry>): Buffer {
  const chunks: Uint8Array[] = [];
  let inode = 0;
  for (const entry of entries) {
    inode += 1;
    const content = contentOf(entry);
    const numbers = [
      inode,
      TYPE_BITS[entry.type] | (entry.mode & 0o7777),
      entry.uid ?? 0,
      entry.gid ?? 0,
      entry.type === 'directory' ? 2 : 1,
      entry.mtime,
      content.byteLength,
      0,
      0,
      entry.device?.major ?? 0,
      entry.device?.minor ?? 0,
    ];
    chunks.push(header(numbers, entry.path), content, padding(content.byteLength));
  }
  chunks.push(header([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], TRAILER));
  return Buffer.concat(chunks);
}

/** Every entry of an archive, and of archives appended to it. Hard links are separate files; writers fill only the last of them. */
export function unpackCpio(bytes: Uint8Array): Result<readonly CpioEntry[]> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: CpioEntry[] = [];
  let at = 0;
  let ended = false;
  while (at < buffer.byteLength) {
    if (ended && buffer[at] === 0) {
      at += 1;
      continue;
    }
    const numbers = readNumbers(buffer, at);
    if (numbers === undefined)
      return damaged(at, `${buffer.subarray(at, at + 6).toString('latin1')} where an entry starts`);
    const { pathSize, size } = numbers;
    const contentAt = align4(at + HEADER_SIZE + pathSize);
    if (pathSize < 1 || contentAt + size > buffer.byteLength)
      return damaged(at, 'an entry that ends after the archive');
    const path = buffer.toString('utf8', at + HEADER_SIZE, at + HEADER_SIZE + pathSize - 1);
    at = align4(contentAt + size);
    ended = path === TRAILER;
    if (ended) continue;
    const type = typeOf(numbers.mode);
    if (type === undefined) return damaged(at, `mode ${numbers.mode.toString(8)} of ${path}`);
    entries.push(entryOf(path, type, numbers, buffer.subarray(contentAt, contentAt + size)));
  }
  return ended ? ok(entries) : damaged(buffer.byteLength, `an archive without ${TRAILER}`);
}

interface Numbers {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
  readonly pathSize: number;
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.type === 'symlink') return Buffer.from(entry.linkTarget ?? '');
  return entry.type === 'file' ? (entry.content ?? Buffer.alloc(0)) : Buffer.alloc(0);
}

function header(numbers: readonly number[], path: string): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [...numbers, name.byteLength, 0].map(hex8).join('');
  const bytes = Buffer.concat([Buffer.from(`070701${fields}`, 'latin1'), name]);
  return Buffer.concat([bytes, padding(bytes.byteLength)]);
}

function hex8(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw internal(`cpio cannot hold the number ${value}`);
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function padding(size: number): Buffer {
  return Buffer.alloc(align4(size) - size);
}

function align4(offset: number): number {
  return Math.ceil(offset / 4) * 4;
}

function readNumbers(buffer: Buffer, at: number): Numbers | undefined {
  const text = buffer.toString('latin1', at, at + HEADER_SIZE);
  // 070702 is the same with a checksum in the last field.
  if (!/^07070[12][0-9A-Fa-f]{104}$/.test(text)) return undefined;
  const number = (index: number) => Number.parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
  return {
    mode: number(1),
    uid: number(2),
    gid: number(3),
    mtime: number(5),
    size: number(6),
    major: number(9),
    minor: number(10),
    pathSize: number(11),
  };
}

function typeOf(mode: number): CpioType | undefined {
  for (const [type, bits] of Object.entries(TYPE_BITS)) if ((mode & 0o170000) === bits) return type as CpioType;
  return undefined;
}

function entryOf(path: string, type: CpioType, numbers: Numbers, content: Buffer): CpioEntry {
  const { mode, uid, gid, mtime, major, minor } = numbers;
  return {
    path,
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    mtime,
    ...(type === 'file' ? { content } : {}),
    ...(type === 'symlink' ? { linkTarget: content.toString() } : {}),
    ...(type === 'character' || type === 'block' ? { device: { major, minor } } : {}),
  };
}

function damaged(at: number, got: string): Result<never> {
  return fail({
    code: 'AIB_BAD_CPIO',
    what: 'The file is not a complete cpio archive in the newc format',
    where: `byte ${at}`,
    got,
    hint: 'decompress it first, and check that it was fetched completely',
  });
}
