/**
 * One building process per store: an exclusive SQLite transaction on `.cache/lock.db`, which the kernel releases with the process however it
 * dies. Readers never take it. The holder's name lies beside it in `lock.json`, for the message only, and is never trusted.
 */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { makeDatabaseFile } from './make-database-file.ts';
import { ifThereIsRoom } from './store-failure.ts';

/** How long a freed lock may go unnoticed. */
const POLL_MS = 100;

export interface BuildLock {
  release(): void;
}

export interface LockHolder {
  readonly pid: number;
  readonly command: string;
}

/** Waits until the lock is free; `onWait` is called once if it is not at first. Rejects with the signal's reason when aborted. */
export async function acquireBuildLock(
  folder: string,
  holder: LockHolder,
  options: { readonly onWait: (holder: LockHolder | undefined) => void; readonly signal: AbortSignal },
): Promise<BuildLock> {
  const { onWait, signal } = options;
  const path = join(folder, 'lock.db');
  makeDatabaseFile(path);
  const database = new SQLite(path, { timeout: 0 });
  const note = join(folder, 'lock.json');
  try {
    for (let waited = false; ; waited = true) {
      signal.throwIfAborted();
      if (tryLock(database, path)) break;
      if (!waited) onWait(readHolder(note));
      // Ends early without a rejection of its own: the check above gives the reason.
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    ifThereIsRoom(() => writeFileSync(note, JSON.stringify(holder)));
  } catch (error) {
    database.close();
    throw error;
  }
  const release = (): void => {
    rmSync(note, { force: true });
    database.close();
  };
  // The closure keeps the handle alive: a collected handle would release the lock.
  return { release };
}

function tryLock(database: SQLite.Database, path: string): boolean {
  for (let emptied = false; ; emptied = true) {
    try {
      // Nothing is ever written, so that a full disk is no obstacle.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if (!(error instanceof SQLite.SqliteError)) throw error;
      if (error.code.startsWith('SQLITE_BUSY')) return false;
      if (emptied || !/^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) throw error;
      // There is nothing in the file that is worth anything. Emptied in place, it is still the one that a holder has locked.
      truncateSync(path);
    }
  }
}

/** Undefined for a note that is not there, half written or not ours. */
function readHolder(note: string): LockHolder | undefined {
  try {
    const { pid, command } = JSON.parse(readFileSync(note, 'utf8')) as Partial<Record<keyof LockHolder, unknown>>;
    return typeof pid === 'number' && typeof command === 'string' ? { pid, command } : undefined;
  } catch {
    return undefined;
  }
}
