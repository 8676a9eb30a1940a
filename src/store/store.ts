/** The store below `.cache/`: records in SQLite, bytes in content-addressed files. The one place that knows its layout. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Failure } from '../util/failure.ts';
import { endOrphanProcesses } from '../util/orphan-processes.ts';
import { removeTree } from '../util/remove-tree.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { BlobStore } from './content/blobs.ts';
import { acquireBuildLock, type BuildLock, type LockHolder } from './database/build-lock.ts';
import { type Database, openDatabase } from './database/database.ts';
import { ifThereIsRoom, storeFailure } from './database/store-failure.ts';
import { settleIdentity } from './database/store-identity.ts';
import { History } from './history/history.ts';
import { RunLog } from './history/run-log.ts';
import { forgetOldRuns } from './history/run-retention.ts';
import { RecordStore } from './records/records.ts';
import { SourceIndex } from './sources/sources.ts';

export interface StoreOptions {
  readonly now: () => number;
  /** One line about something that healed by itself. */
  readonly onNotice: (line: string) => void;
  /** For questions: what is there is read, nothing is made, written or mended. Default false. */
  readonly readOnly?: boolean;
}

export class Store {
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  readonly sources: SourceIndex;
  readonly history: History;
  readonly runs: RunLog;
  readonly now: () => number;
  readonly #database: Database;
  readonly #onNotice: (line: string) => void;

  constructor(folder: string, database: Database, { now, onNotice }: StoreOptions) {
    this.folder = folder;
    this.now = now;
    this.#onNotice = onNotice;
    this.#database = database;
    database.onMended = damage => this.refill(damage);
    this.blobs = new BlobStore({ folder: join(folder, 'blobs'), temporary: this.temporary, database });
    this.records = new RecordStore({ folder: join(folder, 'records'), temporary: this.temporary, database });
    this.sources = new SourceIndex({ database, now });
    this.history = new History(database);
    this.runs = new RunLog(database);
  }

  /** Unfinished work of a building process lies here, of nobody else; whatever the holder of the build lock finds, nobody needs. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  /** Where a run's logs lie, once there is one. */
  runFolder(run: number): string {
    return join(this.folder, 'runs', String(run));
  }

  /** Waits for the store and clears what a killed build left behind. */
  async lock(
    holder: LockHolder,
    options: { onWait: (holder?: LockHolder) => void; signal: AbortSignal },
  ): Promise<BuildLock> {
    const lock = await acquireBuildLock(this.folder, holder, options);
    // Commands of a killed build that left their group, and so escaped its end.
    endOrphanProcesses(this.temporary);
    // What cannot be removed is only in the way, and its names are never used again.
    for (const name of readdirSync(this.temporary)) await removeTree(join(this.temporary, name)).catch(() => undefined);
    return lock;
  }

  /** Fills an empty database with what the files know; `damage` says what became of the one before. */
  refill(damage?: string): void {
    const count = this.records.refill(this.now());
    // Numbers of runs go on where they were: their folders are still there.
    this.history.startAfter(lastRun(join(this.folder, 'runs')), this.now());
    if (damage !== undefined) this.#onNotice(`${damage}, ${count} records restored from their files`);
  }

  /** Forgets runs that are older than the last ones, and what lies in their folders. */
  async forgetOldRuns(): Promise<void> {
    await forgetOldRuns(this.#database, join(this.folder, 'runs'));
  }

  close(): void {
    this.#database.close();
  }
}

export function openStore(folder: string, options: StoreOptions): Result<Store> {
  const { readOnly = false } = options;
  try {
    const refused = readOnly ? cannotRead(folder) : prepareFolders(folder);
    if (refused !== undefined) return fail(refused);
    const opened = openDatabase(join(folder, 'aib.db'), { readOnly });
    if (!opened.ok) return opened;
    const { database, damage, fresh } = opened.value;
    try {
      const store = new Store(folder, database, options);
      if (fresh) store.refill(damage);
      // For want of room it is settled another time.
      if (!readOnly) ifThereIsRoom(() => settleIdentity(folder, database));
      return ok(store);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ ...failure, where: folder });
  }
}

function prepareFolders(folder: string): Failure | undefined {
  try {
    for (const name of ['blobs', 'records', 'tmp']) {
      mkdirSync(join(folder, name), { recursive: true });
      accessSync(join(folder, name), constants.W_OK);
    }
    accessSync(folder, constants.W_OK);
    const database = join(folder, 'aib.db');
    if (existsSync(database)) accessSync(database, constants.W_OK);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^(EACCES|EPERM|EROFS)$/.test(String(error.code)))) throw error;
    return {
      code: 'AIB_STORE_READ_ONLY',
      what: 'A build needs a store that it may write to, and this one can only be read',
      where: folder,
      got: error.message,
      hint: 'give the build a store of its own with --cache DIR; aib query, ls, config and log work with this one',
    };
  }
}

/** Why a question can learn nothing of a store: it may belong to somebody else. What is not there is no obstacle. */
export function cannotRead(folder: string): Failure | undefined {
  for (const path of [folder, join(folder, 'blobs'), join(folder, 'records')]) {
    if (!existsSync(path)) continue;
    try {
      accessSync(path, constants.R_OK | constants.X_OK);
    } catch (error) {
      return {
        code: 'AIB_STORE_OPEN',
        what: 'The store cannot be read',
        where: path,
        got: error instanceof Error ? error.message : String(error),
        hint: 'ask whoever it belongs to, or choose another with --cache DIR',
      };
    }
  }
  return undefined;
}

/** The highest number among the folders of runs; 0 if there is none. */
function lastRun(folder: string): number {
  if (!existsSync(folder)) return 0;
  return Math.max(0, ...readdirSync(folder).flatMap(name => (/^\d{1,15}$/.test(name) ? [Number(name)] : [])));
}
