/**
 * `.cache/aib.db`, as the rest of the store sees it: statements that stay valid when the file turns out to be damaged, at the start or in
 * the middle of a build. The damaged file is moved aside, never deleted; a new one replaces it, is filled from the record files, and the
 * statement is executed again. A reader never changes anything, not even an old schema: for a read-only file it gets a copy, and for a
 * damaged file an empty database in memory.
 */
import { accessSync, constants, existsSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunResult } from 'better-sqlite3';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import {
  type Connection,
  connect,
  connectCopy,
  connectMemory,
  connectToRead,
  DamagedDatabase,
  isDamage,
} from './connect.ts';
import { SCHEMA_VERSION } from './migrations.ts';

/** A prepared statement, with the types of its bound values and of a result row. */
export interface Statement<Bound extends unknown[], Row = unknown> {
  get(...bound: Bound): Row | undefined;
  all(...bound: Bound): Row[];
  run(...bound: Bound): RunResult;
}

/** A connection, and what the caller must know about its file. */
interface Opened {
  readonly connection: Connection;
  /** The version of the schema before the migration; 0 for a new database, which must be filled. */
  readonly before: number;
  /** Inode of the file; 0 if it is not the file of the store. */
  readonly inode: number;
  /** What was wrong with the file of the store: a clause without a capital letter. */
  readonly damage?: string;
}

export interface OpenedDatabase {
  readonly database: Database;
  readonly fresh: boolean;
  readonly damage?: string;
}

export function openDatabase(
  path: string,
  options: {
    /** For queries: nothing is written. Default false. */
    readonly readOnly?: boolean;
  } = {},
): Result<OpenedDatabase> {
  try {
    const open = options.readOnly === true ? openToRead : openToWrite;
    const opened = open(path);
    const { connection, before, damage } = opened;
    if (before > SCHEMA_VERSION) {
      connection.close();
      return fail(tooNew(path, before));
    }
    const database = new Database(opened, (inode, reason) => open(path, inode, reason));
    return ok({ database, fresh: before === 0, ...(damage === undefined ? {} : { damage }) });
  } catch (error) {
    return fail(cannotOpen(path, error));
  }
}

/** SQLite's errors for a schema with a damaged name, when reading and when writing. */
const UNFIT = /no such (?:table|column)|has no column named/;

export class Database {
  #connection: Connection;
  /** Inode of the file behind the connection. */
  #inode: number;
  /** Opens the replacement of a damaged file. */
  readonly #reopen: (damagedInode: number, reason?: string) => Opened;
  /** Counts connections; a statement prepared for an older one is prepared again. */
  #generation = 0;
  #isMending = false;
  /** The file is damaged and not replaced yet, for example because the disk was full. */
  #isBroken = false;
  /** The nesting depth of open transactions. */
  #depth = 0;
  /** Fills a new database; its argument says what was wrong with the old one. */
  onMended: (damage: string) => void = () => {};

  constructor({ connection, inode }: Opened, reopen: (damagedInode: number, reason?: string) => Opened) {
    this.#connection = connection;
    this.#inode = inode;
    this.#reopen = reopen;
  }

  prepare<Bound extends unknown[], Row = unknown>(sql: string): Statement<Bound, Row> {
    const prepare = () => this.#prepare<Bound, Row>(sql);
    let prepared: ReturnType<typeof prepare> | undefined;
    let generation = -1;
    const use = <T>(work: (statement: ReturnType<typeof prepare>) => T): T =>
      this.#mended(() => {
        if (prepared === undefined || generation !== this.#generation) {
          prepared = prepare();
          generation = this.#generation;
        }
        return work(prepared);
      });
    return {
      get: (...bound) => use(statement => statement.get(...bound)),
      all: (...bound) => use(statement => statement.all(...bound)),
      run: (...bound) => use(statement => statement.run(...bound)),
    };
  }

  /**
   * Writes everything in `work` or nothing. Waits for other writers at the start, because a transaction that starts as a reader may fail to
   * write later.
   */
  transaction<T>(work: () => T): () => T {
    return () =>
      this.#mended(() => {
        this.#depth += 1;
        try {
          return this.#connection.transaction(work).immediate();
        } finally {
          this.#depth -= 1;
        }
      });
  }

  /** Moves an intact file aside; `reason` is a clause without a capital letter. */
  replace(reason: string): void {
    this.#mend(reason);
  }

  close(): void {
    this.#connection.close();
  }

  /** If a statement of aib does not fit the schema, the schema is damaged. */
  #prepare<Bound extends unknown[], Row>(sql: string) {
    try {
      return this.#connection.prepare<Bound, Row>(sql);
    } catch (error) {
      if (isDamage(error) || !(error instanceof Error) || !UNFIT.test(error.message)) throw error;
      throw new DamagedDatabase(error.message);
    }
  }

  /** Repeats `work` on a new database if the old one is damaged. Inside a transaction, the whole transaction is repeated instead. */
  #mended<T>(work: () => T): T {
    if (this.#isBroken && !this.#isMending) this.#mend();
    try {
      return work();
    } catch (error) {
      if (!isDamage(error) || this.#isMending || this.#depth > 0) throw error;
      this.#mend();
      return work();
    }
  }

  #mend(reason?: string): void {
    this.#isMending = true;
    this.#isBroken = true;
    try {
      this.#connection.close();
      const { connection, before, inode, damage } = this.#reopen(this.#inode, reason);
      this.#connection = connection;
      this.#inode = inode;
      this.#generation += 1;
      // Another process may have replaced it already; then its new file is used.
      if (before === 0) this.onMended(damage ?? 'the database was gone');
      this.#isBroken = false;
    } finally {
      this.#isMending = false;
    }
  }
}

/** `condemned` is the inode of a file that is known to be damaged, even if a check succeeds now. */
function openToWrite(path: string, condemned?: number, reason?: string): Opened {
  let damage: string | undefined;
  if (condemned !== undefined && condemned === inodeOf(path)) damage = moveAside(path, reason);
  try {
    return openFile(path, damage);
  } catch (error) {
    if (!isDamage(error) || damage !== undefined) throw error;
    damage = moveAside(path);
    return openFile(path, damage);
  }
}

function openFile(path: string, damage: string | undefined): Opened {
  const { connection, before } = connect(path);
  return { connection, before, inode: inodeOf(path), ...(damage === undefined ? {} : { damage }) };
}

function openToRead(path: string, condemned?: number): Opened {
  const inMemory = (): Opened => ({ connection: connectMemory(), before: 0, inode: 0 });
  const damage = 'the database is damaged, and stays unchanged until a build repairs it';
  if (condemned !== undefined) return { ...inMemory(), damage };
  // A query must not create a database. An empty file is left after a crash, or a build is creating it now.
  if (!existsSync(path) || statSync(path).size === 0) return inMemory();
  try {
    if (mayWrite(path)) {
      const { connection, before, isFile } = connectToRead(path);
      return { connection, before, inode: isFile ? inodeOf(path) : 0 };
    }
    return { ...connectCopy(path), inode: 0 };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { ...inMemory(), damage };
  }
}

/** The WAL and its shared memory are beside the database, so their folder must be writable, too. */
function mayWrite(path: string): boolean {
  try {
    for (const each of [path, dirname(path)]) accessSync(each, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** Returns a clause that says where the file is now. */
function moveAside(path: string, reason = 'the database was damaged'): string {
  const target = `${path}.bad-${Date.now()}`;
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  return `${reason}; moved to ${target}`;
}

function tooNew(path: string, version: number): Failure {
  return {
    code: 'AIB_STORE_VERSION',
    what: 'The store was written by a newer version of aib',
    where: path,
    got: `schema ${version}; this aib supports schemas up to ${SCHEMA_VERSION}`,
    hint: 'update aib, or use another store with --cache DIR',
  };
}

function cannotOpen(path: string, error: unknown): Failure {
  return {
    code: 'AIB_STORE_OPEN',
    what: 'The store cannot be opened',
    where: path,
    got: error instanceof Error ? error.message : String(error),
    hint: 'check that the folder is writable and has free space, or use another store with --cache DIR',
  };
}
