/** The store below `.cache/`: records in SQLite, bytes in content-addressed files. The one place that knows its layout. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../util/result.ts';
import { BlobStore } from './blobs.ts';
import { acquireBuildLock, type BuildLock, type LockHolder } from './build-lock.ts';
import { type Database, openDatabase } from './database.ts';
import { History } from './history.ts';
import { RecordStore } from './records.ts';
import { SourceIndex } from './sources.ts';

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
    this.records = new RecordStore({ folder: join(folder, 'records'), database });
    this.sources = new SourceIndex({ database, now });
    this.history = new History(database);
  }

  /** Unfinished work lies here; whatever the holder of the build lock finds, nobody needs. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  /** Where a run's logs lie. */
  runFolder(run: number): string {
    const folder = join(this.folder, 'runs', String(run));
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Waits for the store and clears what a killed build left behind. */
  async lock(
    holder: LockHolder,
    options: { onWait: (holder?: LockHolder) => void; signal: AbortSignal },
  ): Promise<BuildLock> {
    const lock = await acquireBuildLock(this.folder, holder, options);
    for (const name of readdirSync(this.temporary))
      rmSync(join(this.temporary, name), { recursive: true, force: true });
    return lock;
  }

  close(): void {
    this.#database.close();
  }
}

export function openStore(folder: string, options: StoreOptions): Result<Store> {
  mkdirSync(folder, { recursive: true });
  const opened = openDatabase(join(folder, 'aib.db'));
  if (!opened.ok) return opened;
  const store = new Store(folder, opened.value.database, options.now);
  if (opened.value.fresh) {
    const count = store.records.refill(options.now());
    if (opened.value.damaged !== undefined) {
      options.onNotice(
        `the database was damaged; moved to ${opened.value.damaged}, ${count} records restored from their files`,
      );
    }
  }
  return ok(store);
}
