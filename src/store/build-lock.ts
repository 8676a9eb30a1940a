/**
 * One building process per store: an exclusive SQLite transaction on `.cache/lock.db`, which the kernel releases with the process however it
 * dies. Readers never take it. The holder's name lies beside it in `lock.json`, for the message only, and is never trusted.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';

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
  const database = new SQLite(join(folder, 'lock.db'), { timeout: 0 });
  const note = join(folder, 'lock.json');
  let waited = false;
  while (!tryLock(database)) {
    if (!waited) options.onWait(readHolder(note));
    waited = true;
    await sleep(100, undefined, { signal: options.signal });
  }
  writeFileSync(note, JSON.stringify(holder));
  // The closure keeps the handle alive: a collected handle would release the lock.
  return { release: () => database.close() };
}

function tryLock(database: SQLite.Database): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

function readHolder(note: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(note, 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}
