/** The store below `.cache/`: records in SQLite, bytes in content-addressed files. The one place that knows its layout. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ok, type Result } from '../util/result.ts';
import { BlobStore } from './blobs.ts';
import { acquireBuildLock, type BuildLock, type LockHolder } from './build-lock.ts';
import { type Database, openDatabase } from './database.ts';
import { History } from './history.ts';
import { RecordStore } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { SourceIndex } from './sources.ts';
import { storeFailure } from './store-failure.ts';

export interface StoreOptions {
  readonly now: () => number;
  /** One line about something that healed by itself. */
  readonly onNotice: (line: string) => void;
}

export class Store {
  readonly folder: string;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  readonly sources: SourceIndex;
  readonly history: History;
  readonly now: () => number;
  readonly #database: Database;

  constructor(folder: string, database: Database, now: () => number) {
    this.folder = folder;
    this.now = now;
    this.#database = database;
    this.blobs = new BlobStore({ folder: join(folder, 'blobs'), temporary: this.temporary, database });
    this.records = new RecordStore({ folder: join(folder, 'records'), temporary: this.temporary, database });
    this.sources = new SourceIndex({ database, now });
    this.history = new History(database);
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
    // What cannot be removed is only in the way, and its names are never used again.
    for (const name of readdirSync(this.temporary)) await removeTree(join(this.temporary, name)).catch(() => undefined);
    return lock;
  }

  close(): void {
    this.#database.close();
  }
}

export function openStore(folder: string, options: StoreOptions): Result<Store> {
  try {
    mkdirSync(folder, { recursive: true });
    const opened = openDatabase(join(folder, 'aib.db'));
    if (!opened.ok) return opened;
    const { database, damaged, fresh } = opened.value;
    try {
      const store = new Store(folder, database, options.now);
      const count = fresh ? store.records.refill(options.now()) : 0;
      if (damaged !== undefined)
        options.onNotice(`the database was damaged; moved to ${damaged}, ${count} records restored from their files`);
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
