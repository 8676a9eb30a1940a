/**
 * One connection to a SQLite file, in a journal mode that its filesystem supports. Distinguishes damage from all other errors, and never
 * changes a damaged file.
 *
 * WAL with synchronous=NORMAL: a power cut may lose the last commits; then those nodes are built again, but there is never a wrong hit,
 * because a blob is fsynced before its record is committed. WAL requires memory that all its users share, which network filesystems do not
 * provide: there the journal is a file that is deleted at each commit, which is slower.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { makeDatabaseFile } from './make-database-file.ts';
import { isTrueVersion, migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';

export type Connection = SQLite.Database;

/** Milliseconds to wait for another process's transaction. */
const PATIENCE = 10_000;

/** f_type of NFS, SMB, CIFS, SMB2, 9P, FUSE, AFS, Ceph, Lustre, Coda, GFS2 and OCFS2: several machines may have the same file open. */
const SHARED_FILESYSTEMS: ReadonlySet<number> = new Set([
  0x69_69, 0x51_7b, 0xff_53_4d_42, 0xfe_53_4d_42, 0x1_02_19_97, 0x65_73_55_46, 0x53_46_41_4f, 0xc3_64_00, 0xb_d0_0b_d0,
  0x73_75_72_45, 0x1_16_19_70, 0x74_61_63_6f,
]);

/** The bytes on disk are wrong; different from a file that another process has locked and from a full disk. */
export class DamagedDatabase extends Error {}

export interface Connected {
  readonly connection: Connection;
  /** The version of the schema before the migration. */
  readonly before: number;
}

/**
 * Opens or creates the file and migrates its schema, which only the holder of the build lock may do. Throws a DamagedDatabase, or any error
 * of SQLite.
 */
export function connect(path: string): Connected {
  makeDatabaseFile(path);
  return opened(path, connection => ({ connection, before: migrate(connection) }));
}

/**
 * Opens the file for reading. A file with an older schema is not changed, because an older aib may be building with it: a copy in memory is
 * migrated instead.
 */
export function connectToRead(path: string): Connected & { readonly isFile: boolean } {
  return opened(path, connection => {
    const before = schemaVersion(connection);
    if (before >= SCHEMA_VERSION) return { connection, before, isFile: true };
    const copy = copyInMemory(connection);
    connection.close();
    migrate(copy);
    return { connection: copy, before, isFile: false };
  });
}

function copyInMemory(connection: Connection): Connection {
  const bytes = connection.serialize();
  // The format versions of a database without WAL, because a database in memory cannot have one.
  bytes.fill(1, 18, 20);
  return new SQLite(bytes);
}

/** Opens a file and checks it for damage; `use` decides what to do with the connection. */
function opened<T>(path: string, use: (connection: Connection) => T): T {
  try {
    if (hasForeignHeader(path)) throw new DamagedDatabase('its header is not one that aib writes');
    const connection = openInSomeJournal(path);
    try {
      check(connection);
      return use(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  } catch (error) {
    // The statements here fit every intact file: an error such as "table records already exists" can only mean that a bit of the header has
    // flipped.
    if (error instanceof SQLite.SqliteError && error.code === 'SQLITE_ERROR') throw new DamagedDatabase(error.message);
    throw error;
  }
}

function check(connection: Connection): void {
  connection.pragma('synchronous = NORMAL');
  const verdict = connection.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw new DamagedDatabase(String(verdict));
  if (!isTrueVersion(connection)) throw new DamagedDatabase('the version of its schema is damaged');
}

/** An empty database in memory, for a reader that must not use the file. */
export function connectMemory(): Connection {
  const connection = new SQLite(':memory:');
  migrate(connection);
  return connection;
}

/** A connection to a private copy, which disappears when the connection is closed. For read-only files. */
export function connectCopy(path: string): Connected {
  const folder = mkdtempSync(join(tmpdir(), 'aib-db-'));
  try {
    const copy = join(folder, 'aib.db');
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
    chmodSync(copy, 0o600);
    // All files are open at this point; their names are not needed any more.
    return connect(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True for errors that mean that the bytes on disk are wrong, not that another process has locked the file or that the disk is full. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedDatabase) return true;
  return (
    error instanceof SQLite.SqliteError &&
    /^SQLITE_(CORRUPT|NOTADB|FORMAT|IOERR_(SHORT_READ|CORRUPTFS))/.test(error.code)
  );
}

function openInSomeJournal(path: string): Connection {
  if (isShared(path)) return openWithout(path);
  try {
    return open(path, useWriteAheadLog);
  } catch (error) {
    // A busy file has nothing to do with the journal mode; any other error is tried again without WAL, and remains if that is not its
    // cause.
    if (isDamage(error) || !(error instanceof SQLite.SqliteError) || error.code.startsWith('SQLITE_BUSY')) throw error;
    return openWithout(path);
  }
}

function openWithout(path: string): Connection {
  return open(path, leaveWriteAheadLog);
}

/** Leaves no open handle when it fails: closing it later would remove the WAL of the database that has replaced this one. */
function open(path: string, prepare: (connection: Connection) => void): Connection {
  const connection = new SQLite(path, { timeout: PATIENCE });
  try {
    prepare(connection);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The change to WAL needs exclusive access and does not wait for it; it is permanent, so only the first openers can compete for it. */
function useWriteAheadLog(connection: Connection): void {
  const deadline = performance.now() + PATIENCE;
  connection.pragma('busy_timeout = 100');
  for (;;) {
    try {
      connection.pragma('journal_mode = WAL');
      // Only the first access needs the shared memory.
      connection.pragma('user_version');
      break;
    } catch (error) {
      const isBusy = error instanceof SQLite.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!isBusy || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
  connection.pragma(`busy_timeout = ${PATIENCE}`);
}

/** With exclusive access, SQLite merges an existing WAL without shared memory. */
function leaveWriteAheadLog(connection: Connection): void {
  connection.pragma('locking_mode = EXCLUSIVE');
  connection.pragma('journal_mode = DELETE');
  connection.pragma('locking_mode = NORMAL');
  // The next access releases the exclusive lock.
  connection.pragma('user_version');
}

function isShared(path: string): boolean {
  return SHARED_FILESYSTEMS.has(statfsSync(dirname(path)).type);
}

/**
 * True if bytes 18 to 20 of the header are not what aib writes: format versions 1 (journal) or 2 (WAL), and no reserved space. SQLite would
 * treat a file with other versions as read-only.
 */
function hasForeignHeader(path: string): boolean {
  if (!existsSync(path)) return false;
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    // An empty file is a new database.
    if (readSync(file, header, 0, 100, 0) === 0) return false;
  } finally {
    closeSync(file);
  }
  const [write, read, reserved] = header.subarray(18, 21);
  return write !== read || (write !== 1 && write !== 2) || reserved !== 0;
}
