/**
 * "Is this the file that was seen before?": device-independent stat facts compared for equality. Never an identity of content: it only
 * lets a recorded hash be trusted again.
 */
import { type BigIntStats, lstatSync, type Stats } from 'node:fs';

/** `inode:size:mtimeNs:ctimeNs`, or `-` for a path where nothing is. Order of times is never looked at, so a clock set back is harmless. */
export type StatTuple = string & { readonly __brand: 'StatTuple' };

export const ABSENT = '-' as StatTuple;

/** Of something that was read and cannot be accounted for any more: no path ever has it. */
export const UNKNOWN = '?' as StatTuple;

/** Kernels stamp files with a clock of up to 10 ms granularity. */
const TICK_MS = 20;
/** Some filesystems keep whole seconds (ext4 with small inodes, HFS+, old NFS), FAT every second one. */
const COARSE_TICK_MS = 2_020;

export function statTuple(path: string): StatTuple {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? ABSENT : tupleOf(stats);
}

export function tupleOf(stats: BigIntStats): StatTuple {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` as StatTuple;
}

/**
 * The racily-clean rule: a file changed at or after the moment it was scanned may change again within the same clock tick without its
 * tuple telling.
 */
export function isRacy(tuple: StatTuple, scannedMs: number): boolean {
  const [, , mtime = '0', ctime = '0'] = tuple.split(':');
  return [mtime, ctime].some(time => {
    // A number has not all the digits, but rounds two times to the same order or to the same time: what is at the limit or after it stays so.
    return Number(time) >= (Math.floor(scannedMs) - (isWholeSecond(time) ? COARSE_TICK_MS : TICK_MS)) * 1e6;
  });
}

/** Nanoseconds, in decimal. */
function isWholeSecond(time: string): boolean {
  return time === '0' || time.endsWith('000000000');
}

/**
 * The same facts as numbers, as the cheaper kind of lstat gives them: inode, size, mtime and ctime in ms. Times keep 52 bits, a quarter of a
 * microsecond today. That is enough for a tuple that is not racy: a later change would have to bear a ctime of the same quarter of a
 * microsecond, 20 ms before the scan.
 *
 * Undefined where numbers cannot say it: nothing is there, nothing is known, or an inode number is beyond 2^53, as overlay filesystems make them.
 */
export type StatNumbers = readonly [inode: number, size: number, mtimeMs: number, ctimeMs: number];

/** Numbers of a file. */
export const ROW = 4;

export function statNumbers(tuple: StatTuple): StatNumbers | undefined {
  const [inode = '', size = '', mtime = '', ctime = ''] = tuple.split(':');
  // The inode of what is not there or not known is no number either.
  if (!Number.isSafeInteger(Number(inode)) || !Number.isSafeInteger(Number(size))) return undefined;
  return [Number(inode), Number(size), milliseconds(mtime), milliseconds(ctime)];
}

/** Rounded just as node does it, which has seconds and nanoseconds apart; nanoseconds count upwards before 1970, too. */
function milliseconds(nanoseconds: string): number {
  const all = BigInt(nanoseconds);
  const rest = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return Number((all - rest) / 1_000_000_000n) * 1_000 + Number(rest) / 1e6;
}

/** Compares with the numbers that begin at `at`. */
export function sameNumbers(stats: Stats, rows: Float64Array, at: number): boolean {
  return (
    stats.ino === rows[at] &&
    stats.size === rows[at + 1] &&
    stats.mtimeMs === rows[at + 2] &&
    stats.ctimeMs === rows[at + 3]
  );
}
