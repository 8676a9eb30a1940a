/**
 * One building process per store: an exclusive SQLite transaction on `.cache/lock.db`, which the kernel releases when the process ends for
 * any reason. Readers never take it. The holder's name is in `lock.json` beside it, for the message only, and is never trusted.
 */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { makeDatabaseFile } from './make-database-file.ts';
import { ifThereIsRoom } from './store-failure.ts';

/** Milliseconds between two attempts to take the lock. */
const POLL_MS = 100;

export interface BuildLock {
  release(): void;
}

export interface LockHolder {
  readonly pid: number;
  readonly command: string;
}

/** Waits until the lock is free; calls `onWait` once if it is not free at first. Rejects with the signal's reason when aborted. */
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
      // After an abort the sleep ends early without a rejection, and the check above throws the reason.
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
  // The closure keeps the handle alive: if it is garbage-collected, the lock is released.
  return { release };
}

function tryLock(database: SQLite.Database, path: string): boolean {
  for (let emptied = false; ; emptied = true) {
    try {
      // Nothing is ever written, so a full disk does not matter.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return true;
    } catch (error) {
      if (!(error instanceof SQLite.SqliteError)) throw error;
      if (error.code.startsWith('SQLITE_BUSY')) return false;
      if (emptied || !/^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) throw error;
      // The file has no content worth keeping. It is emptied in place, so that it stays the file that a holder has locked.
      truncateSync(path);
    }
  }
}

/** Undefined if the note is missing, incomplete or invalid. */
function readHolder(note: string): LockHolder | undefined {
  try {
    const { pid, command } = JSON.parse(readFileSync(note, 'utf8')) as Partial<Record<keyof LockHolder, unknown>>;
    return typeof pid === 'number' && typeof command === 'string' ? { pid, command } : undefined;
  } catch {
    return undefined;
  }
}
