/**
 * "Is this the file that was seen before?": device-independent stat facts compared for equality. Never an identity of content: it only
 * lets a recorded hash be trusted again.
 */
import { type BigIntStats, lstatSync } from 'node:fs';

/** `inode:size:mtimeNs:ctimeNs`, or `-` for a path where nothing is. Order of times is never looked at, so a clock set back is harmless. */
export type StatTuple = string & { readonly __brand: 'StatTuple' };

export const ABSENT = '-' as StatTuple;

export function statTuple(path: string): StatTuple {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? ABSENT : tupleOf(stats);
}

function tupleOf(stats: BigIntStats): StatTuple {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}` as StatTuple;
}

/**
 * The racily-clean rule: a file changed at or after the moment it was scanned may change again within the same clock tick without its
 * tuple telling. Kernels stamp files with a clock of up to 10 ms granularity.
 */
export function isRacy(tuple: StatTuple, scannedMs: number): boolean {
  const [, , mtime, ctime] = tuple.split(':');
  const limit = BigInt(Math.floor(scannedMs) - 20) * 1_000_000n;
  return BigInt(mtime ?? 0) >= limit || BigInt(ctime ?? 0) >= limit;
}
