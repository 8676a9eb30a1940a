/**
 * Decides whether a file is unchanged, by comparing device-independent stat values for equality. Never an identity of content: it only
 * allows a recorded hash to be trusted again.
 */
import { type BigIntStats, lstatSync, type Stats } from 'node:fs';

/**
 * `inode:size:mtimeNs:ctimeNs`, or `-` for a path where nothing exists. Times are compared only for equality, so a clock that is set back
 * does no harm.
 */
export type StatTuple = string & { readonly __brand: 'StatTuple' };

export const ABSENT = '-' as StatTuple;

/** The tuple of something that was seen in two states. No path has this tuple. */
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
 * The racily-clean rule: a file that changed at or after the moment of its scan may change again within the same clock tick without a
 * change of its tuple.
 */
export function isRacy(tuple: StatTuple, scannedMs: number): boolean {
  const [, , mtime = '0', ctime = '0'] = tuple.split(':');
  return [mtime, ctime].some(time => {
    // A number does not keep all digits, but rounding preserves the order of two times or makes them equal: a time at or after the limit
    // stays so.
    return Number(time) >= (Math.floor(scannedMs) - (isWholeSecond(time) ? COARSE_TICK_MS : TICK_MS)) * 1e6;
  });
}

/** Nanoseconds, in decimal. */
function isWholeSecond(time: string): boolean {
  return time === '0' || time.endsWith('000000000');
}

/**
 * The same values as numbers, as the cheaper kind of lstat returns them: inode, size, mtime and ctime in ms. Times keep 52 bits, a quarter
 * of a microsecond today. That is enough for a tuple that is not racy: a later change would need a ctime in the same quarter of a
 * microsecond, 20 ms before the scan.
 *
 * Undefined if numbers cannot express it: nothing exists, nothing is known, or the inode number is beyond 2^53, as on overlay filesystems.
 */
export type StatNumbers = readonly [inode: number, size: number, mtimeMs: number, ctimeMs: number];

/** The count of numbers for one file. */
export const ROW = 4;

export function statNumbers(tuple: StatTuple): StatNumbers | undefined {
  const [inode = '', size = '', mtime = '', ctime = ''] = tuple.split(':');
  // The inode of a file that does not exist or is not known is not a number either.
  if (!Number.isSafeInteger(Number(inode)) || !Number.isSafeInteger(Number(size))) return undefined;
  return [Number(inode), Number(size), milliseconds(mtime), milliseconds(ctime)];
}

/** Rounded exactly as Node does, which computes from separate seconds and nanoseconds; nanoseconds count upwards also before 1970. */
function milliseconds(nanoseconds: string): number {
  const all = BigInt(nanoseconds);
  const rest = ((all % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return Number((all - rest) / 1_000_000_000n) * 1_000 + Number(rest) / 1e6;
}

/** Compares with the numbers that start at `at`. */
export function sameNumbers(stats: Stats, rows: Float64Array, at: number): boolean {
  return (
    stats.ino === rows[at] &&
    stats.size === rows[at + 1] &&
    stats.mtimeMs === rows[at + 2] &&
    stats.ctimeMs === rows[at + 3]
  );
}
