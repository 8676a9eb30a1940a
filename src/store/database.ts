/**
 * Opens `.cache/aib.db` and brings its schema up to date; never throws away a damaged database, but moves it aside so that the store can
 * fill a new one from its record files.
 *
 * WAL with synchronous=NORMAL: a power cut may lose the last commits, which costs a rebuild of those nodes, never a wrong hit, because a
 * blob is fsynced before its record is committed.
 */
import { existsSync, renameSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { fail, ok, type Result } from '../util/result.ts';

export type Database = SQLite.Database;

const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE records (key TEXT PRIMARY KEY, label TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE latest (label TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE blobs (hash TEXT PRIMARY KEY, stat TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE sources (path TEXT PRIMARY KEY, stat TEXT NOT NULL, scanned INTEGER NOT NULL, xxh64 TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE runs (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, command TEXT NOT NULL, status TEXT);
  CREATE TABLE executions (
    run INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, started INTEGER NOT NULL, duration INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, log TEXT, memory INTEGER, PRIMARY KEY (run, label)
  ) WITHOUT ROWID;
  CREATE INDEX executions_by_label ON executions (label, run);
`;

export interface OpenedDatabase {
  readonly database: Database;
  /** Set when a damaged file was moved here; the caller refills the new database. */
  readonly damaged?: string;
  readonly fresh: boolean;
}

export function openDatabase(path: string): Result<OpenedDatabase> {
  const existed = existsSync(path);
  try {
    const database = connect(path);
    // Shows damage here and not in the middle of a build.
    if (database.pragma('quick_check(1)', { simple: true }) === 'ok') return finishOpening(database, path, !existed);
    database.close();
  } catch (error) {
    if (!isDamage(error)) return fail(cannotOpen(path, error));
  }
  const damaged = moveAside(path);
  try {
    const opened = finishOpening(connect(path), path, true);
    return opened.ok ? ok({ ...opened.value, damaged }) : opened;
  } catch (error) {
    return fail(cannotOpen(path, error));
  }
}

/** True for the errors that mean the bytes on disk are wrong, not that somebody else holds the file or the disk is full. */
export function isDamage(error: unknown): boolean {
  return error instanceof SQLite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
}

function connect(path: string): Database {
  const database = new SQLite(path, { timeout: 10_000 });
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  return database;
}

function finishOpening(database: Database, path: string, fresh: boolean): Result<OpenedDatabase> {
  const version = database.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    database.close();
    return fail({
      code: 'AIB_STORE_VERSION',
      what: 'The store was written by a newer aib',
      where: path,
      got: `schema ${version}, this aib knows up to ${SCHEMA_VERSION}`,
      hint: 'update aib, or give this one a store of its own with --cache DIR',
    });
  }
  if (version === 0) {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  }
  return ok({ database, fresh: fresh || version === 0 });
}

function moveAside(path: string): string {
  const target = `${path}.bad-${Date.now()}`;
  renameSync(path, target);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  }
  return target;
}

function cannotOpen(path: string, error: unknown): import('../util/failure.ts').Failure {
  return {
    code: 'AIB_STORE_OPEN',
    what: 'The store cannot be opened',
    where: path,
    got: error instanceof Error ? error.message : String(error),
    hint: 'check that the folder is writable and has free space, or choose another with --cache DIR',
  };
}
