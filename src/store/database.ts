/**
 * Opens `.cache/aib.db` and brings its schema up to date; never throws away a damaged database, but moves it aside so that the store can
 * fill a new one from its record files.
 *
 * WAL with synchronous=NORMAL: a power cut may lose the last commits, which costs a rebuild of those nodes, never a wrong hit, because a
 * blob is fsynced before its record is committed.
 */
import { existsSync, renameSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import type { Failure } from '../util/failure.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { migrate, SCHEMA_VERSION } from './migrations.ts';

export type Database = SQLite.Database;
/** A prepared statement: what is bound, and one row of what it gives. */
export type Statement<Bound extends unknown[], Row = unknown> = SQLite.Statement<Bound, Row>;

export interface OpenedDatabase {
  readonly database: Database;
  /** Set when a damaged file was moved here; the caller refills the new database. */
  readonly damaged?: string;
  readonly fresh: boolean;
}

export function openDatabase(path: string): Result<OpenedDatabase> {
  const existed = existsSync(path);
  try {
    const opened = connect(path);
    if (opened !== undefined) return finishOpening(opened, path, !existed);
    const damaged = moveAside(path);
    const again = connect(path);
    if (again === undefined) return fail(cannotOpen(path, new Error('a new database is damaged at once')));
    const fresh = finishOpening(again, path, true);
    return fresh.ok ? ok({ ...fresh.value, damaged }) : fresh;
  } catch (error) {
    return fail(cannotOpen(path, error));
  }
}

/** True for the errors that mean the bytes on disk are wrong, not that somebody else holds the file or the disk is full. */
function isDamage(error: unknown): boolean {
  return error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

/**
 * Undefined if the file is damaged, which shows here and not in the middle of a build. Leaves no handle behind in that case: closed later, it
 * would tidy up the log of the database that took this one's place.
 */
function connect(path: string): Database | undefined {
  const database = new SQLite(path, { timeout: 10_000 });
  try {
    useWriteAheadLog(database);
    database.pragma('synchronous = NORMAL');
    if (database.pragma('quick_check(1)', { simple: true }) === 'ok') return database;
  } catch (error) {
    if (!isDamage(error)) {
      database.close();
      throw error;
    }
  }
  database.close();
  return undefined;
}

/** The change to WAL needs the file for itself and does not wait for it; once made it lasts, so only the first openers can meet here. */
function useWriteAheadLog(database: Database): void {
  for (let attempt = 0; ; attempt += 1) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if (attempt === 100 || !(error instanceof SQLite.SqliteError) || !error.code.startsWith('SQLITE_BUSY'))
        throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function finishOpening(database: Database, path: string, fresh: boolean): Result<OpenedDatabase> {
  const before = migrate(database);
  if (before > SCHEMA_VERSION) {
    const got = `schema ${before}, this aib knows up to ${SCHEMA_VERSION}`;
    database.close();
    return fail({
      code: 'AIB_STORE_VERSION',
      what: 'The store was written by a newer aib',
      where: path,
      got,
      hint: 'update aib, or give this one a store of its own with --cache DIR',
    });
  }
  return ok({ database, fresh: fresh || before === 0 });
}

function moveAside(path: string): string {
  const target = `${path}.bad-${Date.now()}`;
  renameSync(path, target);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  }
  return target;
}

function cannotOpen(path: string, error: unknown): Failure {
  return {
    code: 'AIB_STORE_OPEN',
    what: 'The store cannot be opened',
    where: path,
    got: error instanceof Error ? error.message : String(error),
    hint: 'check that the folder is writable and has free space, or choose another with --cache DIR',
  };
}
