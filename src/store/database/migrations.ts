/**
 * The schema of `aib.db`, as a list of migration steps. A released step must never be changed, because existing stores have performed it.
 * All missing steps run in one transaction, so a process that dies in the middle leaves the old schema intact.
 */
import { crc32 } from 'node:zlib';
import type SQLite from 'better-sqlite3';

/** Step `index` migrates a store from version `index` to `index + 1`; `user_version` is the number of performed steps. */
const STEPS: readonly string[] = [
  `
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
  `,
  // For collection and scrubbing. The size of a blob is in its stat tuple, inode:size:…; its xxh64 is not known before it is read again.
  // `sources.crc` covers the rest of the row: a flipped bit there would look like the digest of another file.
  `
  ALTER TABLE blobs ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE blobs ADD COLUMN xxh64 TEXT;
  UPDATE blobs SET size = CAST(substr(stat, instr(stat, ':') + 1) AS INTEGER);
  ALTER TABLE latest ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
  UPDATE latest SET used = coalesce((SELECT used FROM records WHERE records.key = latest.key), 0);
  ALTER TABLE sources ADD COLUMN crc INTEGER;
  CREATE TABLE identity (id TEXT NOT NULL);
  `,
  // For the log of runs, and for estimates that outlive it. `run_nodes.hits` are labels, one per line, deflated, with a tab and a name if a remote cache had the result; `skipped` and `after` are
  // JSON.
  `
  ALTER TABLE runs ADD COLUMN nodes INTEGER;
  ALTER TABLE runs ADD COLUMN ran INTEGER;
  ALTER TABLE runs ADD COLUMN hits INTEGER;
  ALTER TABLE runs ADD COLUMN failed INTEGER;
  CREATE TABLE run_nodes (run INTEGER PRIMARY KEY, hits BLOB NOT NULL, skipped TEXT NOT NULL);
  ALTER TABLE executions ADD COLUMN queued INTEGER;
  ALTER TABLE executions ADD COLUMN slot INTEGER;
  ALTER TABLE executions ADD COLUMN resources TEXT;
  ALTER TABLE executions ADD COLUMN memory INTEGER;
  ALTER TABLE executions ADD COLUMN changed INTEGER;
  ALTER TABLE executions ADD COLUMN after TEXT;
  ALTER TABLE executions ADD COLUMN failure TEXT;
  CREATE TABLE estimates (label TEXT PRIMARY KEY, kind TEXT NOT NULL, duration REAL, memory INTEGER) WITHOUT ROWID;
  INSERT INTO estimates SELECT label, kind, duration, NULL FROM
    (SELECT label, kind, duration, max(run) FROM executions WHERE status = 'done' GROUP BY label);
  `,
  // `blobs.crc` covers the rest of the row, as in `sources`: a fingerprint with a flipped bit would make a good blob look damaged.
  `
  ALTER TABLE blobs ADD COLUMN crc INTEGER;
  UPDATE blobs SET crc = crc32(hash || ' ' || stat || ' ' || size || ' ' || coalesce(xxh64, ''));
  `,
  // The tables `latest`, `estimates` and `runs` have the project, by its name in `projects`; '' belongs to all projects, from before this
  // step.
  `
  CREATE TABLE projects (name TEXT PRIMARY KEY, folder TEXT NOT NULL, stamp TEXT NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
  ALTER TABLE runs ADD COLUMN project TEXT NOT NULL DEFAULT '';
  ALTER TABLE latest RENAME TO older_latest;
  CREATE TABLE latest (project TEXT NOT NULL, label TEXT NOT NULL, key TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (project, label)) WITHOUT ROWID;
  INSERT INTO latest SELECT '', label, key, used FROM older_latest;
  DROP TABLE older_latest;
  ALTER TABLE estimates RENAME TO older_estimates;
  CREATE TABLE estimates (project TEXT NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, duration REAL, memory INTEGER, PRIMARY KEY (project, label)) WITHOUT ROWID;
  INSERT INTO estimates SELECT '', label, kind, duration, memory FROM older_estimates;
  DROP TABLE older_estimates;
  `,
  // The facts of objects in the outside world; `crc` covers the rest of the row.
  `
  CREATE TABLE facts (identity TEXT PRIMARY KEY NOT NULL, facts TEXT NOT NULL, asked INTEGER NOT NULL, crc INTEGER NOT NULL);
  `,
  // A row of a table WITHOUT ROWID that is larger than a quarter of a page is stored in two parts, and each comparison with a key reads
  // both: six reads from the disk for one record.
  `
  ALTER TABLE records RENAME TO older_records;
  CREATE TABLE records (key TEXT PRIMARY KEY NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL, used INTEGER NOT NULL);
  INSERT INTO records SELECT * FROM older_records;
  DROP TABLE older_records;
  `,
  // The results of verifying actions; `outputs` are the verified outputs, `verdict` is JSON, `crc` covers the rest of the row.
  `
  CREATE TABLE verdicts (key TEXT PRIMARY KEY NOT NULL, outputs TEXT NOT NULL, verdict TEXT NOT NULL, crc INTEGER NOT NULL);
  `,
];

export const SCHEMA_VERSION = STEPS.length;

/** "aib" and the version again, in the header's `application_id`: if it does not match, the version is damaged. */
const APPLICATION = 0x61_69_62_00;

export function schemaVersion(database: SQLite.Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

/** False if the version looks newer than this aib only because its bytes are damaged. */
export function isTrueVersion(database: SQLite.Database): boolean {
  const version = schemaVersion(database);
  return version <= SCHEMA_VERSION || database.pragma('application_id', { simple: true }) === APPLICATION + version;
}

export function stampVersion(database: SQLite.Database, version: number): void {
  database.pragma(`user_version = ${version}`);
  database.pragma(`application_id = ${APPLICATION + version}`);
}

/** Performs the missing steps; returns the version before. A version that is newer than all steps stays unchanged. */
export function migrate(database: SQLite.Database): number {
  // Checked first without a write lock; another process may migrate between this check and the transaction.
  if (schemaVersion(database) >= SCHEMA_VERSION) return schemaVersion(database);
  return database
    .transaction(() => {
      const before = schemaVersion(database);
      database.function('crc32', { deterministic: true }, text => crc32(String(text)));
      for (const step of STEPS.slice(before)) database.exec(step);
      if (before < SCHEMA_VERSION) stampVersion(database, SCHEMA_VERSION);
      return before;
    })
    .immediate();
}
