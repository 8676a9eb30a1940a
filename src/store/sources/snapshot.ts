/**
 * The null build: the inputs and outputs of a finished build, as stat tuples in one small file. If all of them are unchanged, the same
 * command has nothing to do, and neither the database nor the configuration is opened. In case of doubt the answer is never "unchanged".
 *
 * One file per command, named by a short hash of the command; if two commands have the same hash, the last one stays. Writers replace an
 * older file with a complete one, so readers never see an incomplete file.
 */
import {
  accessSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { discard } from '../../util/files/remove-tree.ts';
import { ABSENT, isRacy, ROW, type StatTuple, sameNumbers, statTuple } from '../content/stat-tuple.ts';
import { decodeSnapshot, encodeSnapshot, type SnapshotView } from './snapshot-file.ts';

/** The number of commands that are kept, the latest ones. */
const KEPT = 64;

/**
 * Milliseconds. A null build does not record the use of results, so a normal build must run now and then, or collection would treat them as
 * unused.
 */
const LIFETIME = 24 * 3_600_000;

/** The last result of the command, if nothing that it depends on has changed. `command` is the whole command. */
export function readSnapshot(folder: string, command: readonly string[], now: number): unknown {
  try {
    const path = pathOf(folder, command);
    if (Math.abs(now - lstatSync(path).mtimeMs) > LIFETIME && mayWrite(folder)) return undefined;
    const snapshot = decodeSnapshot(readFileSync(path));
    if (snapshot === undefined || JSON.stringify(snapshot.command) !== JSON.stringify(command)) return undefined;
    return holds(snapshot) ? snapshot.result : undefined;
  } catch {
    // Missing, invalid, or an unreadable path: the normal build reports what is wrong.
    return undefined;
  }
}

/** In a read-only folder nothing is collected, and a build would fail. */
function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Synchronous, in a tight loop: for thousands of files this is faster than the thread pool. */
function holds({ paths, rows, others }: SnapshotView): boolean {
  const options = { throwIfNoEntry: false } as const;
  let at = 0;
  for (const path of paths) {
    const stats = lstatSync(path, options);
    if (stats === undefined || !sameNumbers(stats, rows, at)) return false;
    at += ROW;
  }
  return others.every(([path, tuple]) => statTuple(path) === tuple);
}

/**
 * Records a finished build. Writes nothing if a file that the build read has changed since it began, because it may have read the old
 * content.
 */
export function writeSnapshot(
  folder: string,
  command: readonly string[],
  contents: {
    /** When the build began, milliseconds since 1970. */
    readonly at: number;
    /** What it read: files that others may change. */
    readonly read: ReadonlyMap<string, StatTuple>;
    /** What it wrote itself. */
    readonly own: ReadonlyMap<string, StatTuple>;
    /** Returned by readSnapshot. */
    readonly result: unknown;
  },
): void {
  const { at, read, own, result } = contents;
  for (const tuple of read.values()) if (tuple !== ABSENT && isRacy(tuple, at)) return;
  const path = pathOf(folder, command);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(join(folder, 'snapshots'), { recursive: true });
    writeFileSync(temporary, encodeSnapshot({ command, files: new Map([...read, ...own]), result }));
    renameSync(temporary, path);
    forgetOldest(join(folder, 'snapshots'));
  } catch {
    // Not a failure: the build is done, and only the next one takes longer.
    discard(temporary);
  }
}

/** Also removes files that a killed writer left. */
function forgetOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= KEPT) return;
  const written = names.map(name => ({ name, at: lstatSync(join(folder, name)).mtimeMs }));
  for (const { name } of written.toSorted((a, b) => b.at - a.at).slice(KEPT)) discard(join(folder, name));
}

/** FNV-1a over code points: loading node:crypto for a better one would cost a seventh of a null build (measured: 6 of 44 ms). */
function pathOf(folder: string, command: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(command)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return join(folder, 'snapshots', hash.toString(16).padStart(8, '0'));
}
