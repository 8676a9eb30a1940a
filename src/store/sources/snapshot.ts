/**
 * The null build: what a finished build depended on and made, as stat tuples in one small file. If all of them still hold, the same command
 * has nothing to do, and neither the database nor the configuration is opened. Anything doubtful is a "no", never a "yes".
 *
 * One file a command, whose name is a short hash of it; of two commands with the same name the last one stays. Writers put a finished file in
 * the place of an older one, so readers never see half of one.
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

/** Commands that are remembered, those whose build is the latest. */
const KEPT = 64;

/** Milliseconds. Whoever finds a snapshot notes nothing, so now and then a build must: what is used every day is not collected as unused. */
const LIFETIME = 24 * 3_600_000;

/** What the command gave last time, if nothing that it depends on has changed. `command` is everything that was asked for. */
export function readSnapshot(folder: string, command: readonly string[], now: number): unknown {
  try {
    const path = pathOf(folder, command);
    if (Math.abs(now - lstatSync(path).mtimeMs) > LIFETIME && mayWrite(folder)) return undefined;
    const snapshot = decodeSnapshot(readFileSync(path));
    if (snapshot === undefined || JSON.stringify(snapshot.command) !== JSON.stringify(command)) return undefined;
    return holds(snapshot) ? snapshot.result : undefined;
  } catch {
    // Not there, no snapshot, or a path that cannot even be looked at: the long way says what is wrong.
    return undefined;
  }
}

/** What may only be read collects nothing either, and whoever wanted to build there would fail. */
function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Sync, in a tight loop: for thousands of files that beats the thread pool. */
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

/** Remembers a finished build. Nothing is written if a file that it read changed since it began: what was read may not be what is there. */
export function writeSnapshot(
  folder: string,
  command: readonly string[],
  contents: {
    /** When the build began, milliseconds since 1970. */
    readonly at: number;
    /** What it read, of which others are the masters. */
    readonly read: ReadonlyMap<string, StatTuple>;
    /** What it wrote itself. */
    readonly own: ReadonlyMap<string, StatTuple>;
    /** Given back by readSnapshot. */
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
    // The build is done; the next one only takes longer.
    discard(temporary);
  }
}

/** Among them are files that a killed writer left. */
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
