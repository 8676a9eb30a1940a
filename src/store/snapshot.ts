/**
 * The null build: what a finished build depended on and made, as stat tuples in one small file. If all of them still hold, the same command
 * has nothing to do, and neither the database nor the configuration is opened. Anything doubtful is a "no", never a "yes".
 *
 * The file is JSON, one a command: {format, checks: [path, tuple, path, tuple, …], result}.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ABSENT, isRacy, type StatTuple, statTuple } from './stat-tuple.ts';

const FORMAT = 1;

interface Snapshot {
  readonly format: number;
  readonly checks: readonly string[];
  readonly result: unknown;
}

/** What the command gave last time, if nothing that it depends on has changed. `command` is everything that was asked for. */
export function readSnapshot(folder: string, command: readonly string[]): unknown {
  let snapshot: Snapshot;
  try {
    snapshot = JSON.parse(readFileSync(pathOf(folder, command), 'utf8')) as Snapshot;
  } catch {
    return undefined;
  }
  if (snapshot.format !== FORMAT) return undefined;
  for (let index = 0; index < snapshot.checks.length; index += 2) {
    const path = snapshot.checks[index] ?? '';
    if (statTuple(path) !== snapshot.checks[index + 1]) return undefined;
  }
  return snapshot.result;
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
  const snapshot: Snapshot = { format: FORMAT, checks: [...read, ...own].flat(), result };
  const path = pathOf(folder, command);
  mkdirSync(join(folder, 'snapshots'), { recursive: true });
  writeFileSync(`${path}.${process.pid}.tmp`, JSON.stringify(snapshot));
  renameSync(`${path}.${process.pid}.tmp`, path);
}

function pathOf(folder: string, command: readonly string[]): string {
  const name = createHash('sha256').update(JSON.stringify(command)).digest('hex').slice(0, 32);
  return join(folder, 'snapshots', `${name}.json`);
}
