/**
 * `.cache/aib.db`, as the rest of the store sees it: statements that stay good when the file underneath turns out to be damaged, at the start or
 * in the middle of a build. The damaged file is moved aside, never thrown away; a new one takes its place, is filled from the record files,
 * and what was asked is asked again. A reader changes nothing, not even an old schema: he gets a copy of a file that may only be
 * read, and one in memory for a damaged one.
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

/** A prepared statement: what is bound, and one row of what it gives. */
export interface Statement<Bound extends unknown[], Row = unknown> {
  get(...bound: Bound): Row | undefined;
  all(...bound: Bound): Row[];
  run(...bound: Bound): RunResult;
}

/** A connection, and what the caller must know of where it leads. */
interface Opened {
  readonly connection: Connection;
  /** The version of the schema that was there; 0 if nothing was, so that it wants to be filled. */
  readonly before: number;
  /** Of the file; 0 if it is not that of the store. */
  readonly inode: number;
  /** What was wrong with the file that should be there, as words to end a sentence. */
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
    /** For questions: nothing is written. Default false. */
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

/** Of a schema in which a name is not what it was: reading and writing have words of their own for that. */
const UNFIT = /no such (?:table|column)|has no column named/;

export class Database {
  #connection: Connection;
  /** Of the file behind the connection. */
  #inode: number;
  /** Opens what takes the place of a file that was found to be damaged. */
  readonly #reopen: (damagedInode: number, reason?: string) => Opened;
  /** Counts connections; a statement prepared for an older one is prepared again. */
  #generation = 0;
  #isMending = false;
  /** Found to be damaged, and not replaced yet: there may have been no room. */
  #isBroken = false;
  /** Transactions under way, one in the other. */
  #depth = 0;
  /** Fills a new database; told what was wrong with the old one. */
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

  /** All that `work` writes or nothing. Waits for other writers first: one that only reads at its start may find no way to write later. */
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

  /** Moves the file aside although it is whole, for the reason given as the beginning of a sentence. */
  replace(reason: string): void {
    this.#mend(reason);
  }

  close(): void {
    this.#connection.close();
  }

  /** A statement of ours that does not fit the schema is no fault of the statement. */
  #prepare<Bound extends unknown[], Row>(sql: string) {
    try {
      return this.#connection.prepare<Bound, Row>(sql);
    } catch (error) {
      if (isDamage(error) || !(error instanceof Error) || !UNFIT.test(error.message)) throw error;
      throw new DamagedDatabase(error.message);
    }
  }

  /** Once more on a new database, if the old one is damaged. What is part of a transaction leaves that to the whole of it. */
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
      // Another process may have mended it before; then its new file will do.
      if (before === 0) this.onMended(damage ?? 'the database was gone');
      this.#isBroken = false;
    } finally {
      this.#isMending = false;
    }
  }
}

/** `condemned` is a file that proved to be damaged, whatever a check says now. */
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
  const damage = 'the database is damaged, and left alone until a build mends it';
  if (condemned !== undefined) return { ...inMemory(), damage };
  // A question must not bring a database into being. An empty file is what is left of one after a crash, or one that a build begins.
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

/** The log and its shared memory lie beside the database, so their folder counts, too. */
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

/** Gives words about where it is now. */
function moveAside(path: string, reason = 'the database was damaged'): string {
  const target = `${path}.bad-${Date.now()}`;
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix);
  return `${reason}; moved to ${target}`;
}

function tooNew(path: string, version: number): Failure {
  return {
    code: 'AIB_STORE_VERSION',
    what: 'The store was written by a newer aib',
    where: path,
    got: `schema ${version}, this aib knows up to ${SCHEMA_VERSION}`,
    hint: 'update aib, or give this one a store of its own with --cache DIR',
  };
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
