/** A database with the first schema, for tests of the migration. Must only be used in tests. */
import { join } from 'node:path';
import SQLite from 'better-sqlite3';

/** The first schema, as it was released: a copy, so that a change of its migration step makes a test fail. */
const FIRST = `
  CREATE TABLE records (key TEXT PRIMARY KEY, label TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE latest (label TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE blobs (hash TEXT PRIMARY KEY, stat TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE sources (path TEXT PRIMARY KEY, stat TEXT NOT NULL, scanned INTEGER NOT NULL, xxh64 TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE runs (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, command TEXT NOT NULL, status TEXT);
  CREATE TABLE executions (
    run INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, started INTEGER NOT NULL, duration INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, log TEXT, PRIMARY KEY (run, label)
  ) WITHOUT ROWID;
  CREATE INDEX executions_by_label ON executions (label, run);
  PRAGMA user_version = 1;
`;

export function makeFirst(folder: string): SQLite.Database {
  const database = new SQLite(join(folder, 'aib.db'));
  database.pragma('journal_mode = WAL');
  database.exec(FIRST);
  return database;
}
