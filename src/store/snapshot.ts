/**
 * The null build: what a finished build depended on and made, as stat tuples in one small file. If all of them still hold, the same command
 * has nothing to do, and neither the database nor the configuration is opened. Anything doubtful is a "no", never a "yes".
 *
 * The file is JSON, one a command: {format, command, checks: [path, tuple, path, tuple, …], result}. Its name is a short hash of the command;
 * of two commands with the same name the last one stays.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { discard } from './remove-tree.ts';
import { ABSENT, isRacy, type StatTuple, statTuple } from './stat-tuple.ts';

const FORMAT = 2;

/** What the command gave last time, if nothing that it depends on has changed. `command` is everything that was asked for. */
export function readSnapshot(folder: string, command: readonly string[]): unknown {
  try {
    const snapshot = JSON.parse(readFileSync(pathOf(folder, command), 'utf8')) as Record<string, unknown>;
    const { format, checks, result } = snapshot;
    if (JSON.stringify(snapshot.command) !== JSON.stringify(command)) return undefined;
    if (format !== FORMAT || !Array.isArray(checks) || checks.length % 2 !== 0) return undefined;
    for (let index = 0; index < checks.length; index += 2)
      if (statTuple(String(checks[index])) !== checks[index + 1]) return undefined;
    return result;
  } catch {
    // Not there, cut short, or a path that cannot even be looked at: the long way says what is wrong.
    return undefined;
  }
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
    writeFileSync(temporary, JSON.stringify({ format: FORMAT, command, checks: [...read, ...own].flat(), result }));
    renameSync(temporary, path);
  } catch {
    // The build is done; the next one only takes longer.
    discard(temporary);
  }
}

/** FNV-1a over code points: loading node:crypto for a better one would cost a seventh of a null build (measured: 6 of 44 ms). */
function pathOf(folder: string, command: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (const letter of JSON.stringify(command)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return join(folder, 'snapshots', `${hash.toString(16).padStart(8, '0')}.json`);
}
