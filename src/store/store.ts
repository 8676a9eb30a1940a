/** The store below `.cache/`: records in SQLite, bytes in content-addressed files. Only this file knows its layout. */
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Failure } from '../util/failure.ts';
import { makeFolder } from '../util/files/make-folder.ts';
import { ownerOf } from '../util/files/owner-of.ts';
import { removeTree } from '../util/files/remove-tree.ts';
import { endOrphanProcesses } from '../util/process/orphan-processes.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { othersFile } from './access/other-users.ts';
import { shareStore } from './access/share-store.ts';
import { BlobStore } from './content/blobs.ts';
import { acquireBuildLock, type BuildLock, type LockHolder } from './database/build-lock.ts';
import { type Database, openDatabase } from './database/database.ts';
import { ifThereIsRoom, storeFailure } from './database/store-failure.ts';
import { settleIdentity } from './database/store-identity.ts';
import { History } from './history/history.ts';
import { RunLog } from './history/run-log.ts';
import { forgetOldRuns } from './history/run-retention.ts';
import { KnownProjects, type ProjectPlace } from './projects/known-projects.ts';
import { FactStore } from './records/facts.ts';
import { RecordStore } from './records/records.ts';
import { VerdictStore } from './records/verdicts.ts';
import { SourceIndex } from './sources/sources.ts';

/** Milliseconds for which downloads of an action are kept for its next run: a week. */
const DOWNLOADS_KEPT_MS = 7 * 86_400_000;

export interface StoreOptions {
  readonly now: () => number;
  /** Receives one line about something that was repaired automatically. */
  readonly onNotice: (line: string) => void;
  /** For queries: nothing is created, written or repaired. Default false. */
  readonly readOnly?: boolean;
  /** The project whose newest results and times are used. Default: the folder that contains the store. */
  readonly project?: ProjectPlace;
}

export class Store {
  readonly folder: string;
  /** The folder of the project's links to images, with a folder for each cloud. */
  readonly images: string;
  readonly projects: KnownProjects;
  readonly blobs: BlobStore;
  readonly records: RecordStore;
  /** The facts of objects in the outside world. */
  readonly facts: FactStore;
  readonly verdicts: VerdictStore;
  readonly sources: SourceIndex;
  readonly history: History;
  readonly runs: RunLog;
  readonly now: () => number;
  readonly #database: Database;
  readonly #onNotice: (line: string) => void;

  constructor(folder: string, database: Database, { now, onNotice, project }: StoreOptions) {
    this.folder = folder;
    let mended: string | undefined;
    database.onMended = damage => {
      mended = damage;
    };
    const place = project ?? { folder: dirname(folder), ownsStore: true };
    this.projects = new KnownProjects(database, place);
    const { own } = this.projects;
    this.images = place.ownsStore ? join(folder, 'images') : join(folder, 'projects', own, 'images');
    this.now = now;
    this.#onNotice = onNotice;
    this.#database = database;
    this.blobs = new BlobStore({
      folder: join(folder, 'blobs'),
      temporary: this.temporary,
      damaged: join(folder, 'damaged'),
      database,
    });
    this.records = new RecordStore({
      folder: join(folder, 'records'),
      temporary: this.temporary,
      database,
      project: own,
    });
    this.facts = new FactStore(database);
    this.verdicts = new VerdictStore(database);
    this.sources = new SourceIndex({ database, now });
    this.history = new History(database, own);
    this.runs = new RunLog(database, own);
    database.onMended = damage => this.refill(damage);
    if (mended !== undefined) this.refill(mended);
  }

  /** Unfinished work of the building process, and of no other; after taking the build lock, everything found here can be removed. */
  get temporary(): string {
    return join(this.folder, 'tmp');
  }

  /** Partial downloads, by the key of their action: a killed fetch continues where it stopped. */
  get downloads(): string {
    return join(this.folder, 'downloads');
  }

  /** Saved virtual machines that have booted; each is checked before it is used, and any of them may be deleted. */
  get machines(): string {
    return join(this.folder, 'machines');
  }

  /** The folder of a run's logs; it exists once there is a log. */
  runFolder(run: number): string {
    return join(this.folder, 'runs', String(run));
  }

  /** Fills an empty database from the files; `damage` says what happened to the previous one. */
  refill(damage?: string): void {
    const count = this.records.refill(this.now());
    // The numbers of runs continue after the old ones, because the old folders still exist.
    this.history.startAfter(lastRun(join(this.folder, 'runs')), this.now());
    this.projects.register(this.now());
    if (damage !== undefined) this.#onNotice(`${damage}; ${count} records restored from their files`);
  }

  /** Removes old runs and the content of their folders. */
  async forgetOldRuns(): Promise<void> {
    await forgetOldRuns(this.#database, join(this.folder, 'runs'));
  }

  close(): void {
    this.#database.close();
  }
}

interface LockOptions {
  readonly onWait: (holder?: LockHolder) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits for the build lock and removes what a killed build left behind. Must be called before the store is opened for writing: only the
 * holder of the lock may migrate the database, because another holder may be an older aib.
 */
export async function lockStore(folder: string, holder: LockHolder, options: LockOptions): Promise<BuildLock> {
  const lock = await acquireBuildLock(folder, holder, options);
  const temporary = join(folder, 'tmp');
  // Commands of a killed build that had left their process group, and were not killed with it.
  endOrphanProcesses(temporary);
  // What cannot be removed does no harm: its names are not used again.
  for (const name of readdirSync(temporary)) await removeTree(join(temporary, name)).catch(() => undefined);
  await clearDownloads(join(folder, 'downloads'));
  return lock;
}

/** Removes downloads of actions that have not run again for a while. */
async function clearDownloads(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > DOWNLOADS_KEPT_MS) await removeTree(path).catch(() => undefined);
  }
}

export function openStore(folder: string, options: StoreOptions): Result<Store> {
  const { readOnly = false } = options;
  try {
    const refused = readOnly ? cannotRead(folder) : prepareStore(folder);
    if (refused !== undefined) return fail(refused);
    const opened = openDatabase(join(folder, 'aib.db'), { readOnly });
    if (!opened.ok) return opened;
    const { database, damage, fresh } = opened.value;
    try {
      const store = new Store(folder, database, options);
      if (fresh) store.refill(damage);
      // If the disk is full, a later build does this.
      if (!readOnly) ifThereIsRoom(() => settleIdentity(folder, database));
      if (!readOnly) ifThereIsRoom(() => store.projects.register(options.now()));
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

/**
 * Creates the missing folders of a store, so that it can be locked and opened; returns the failure if that is not possible. A new store may
 * be `forGroup`.
 */
export function prepareStore(folder: string, forGroup = false): Failure | undefined {
  try {
    const refused = othersFile(folder);
    if (refused !== undefined) return refused;
    if (forGroup && !existsSync(folder)) {
      makeFolder(folder);
      const unshared = shareStore(folder);
      if (unshared !== undefined) return unshared;
    }
    for (const name of ['blobs', 'records', 'tmp', 'machines']) {
      makeFolder(join(folder, name));
      accessSync(join(folder, name), constants.W_OK);
    }
    accessSync(folder, constants.W_OK);
    const database = join(folder, 'aib.db');
    if (existsSync(database)) accessSync(database, constants.W_OK);
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^(EACCES|EPERM|EROFS)$/.test(String(error.code))) {
      return {
        code: 'AIB_STORE_READ_ONLY',
        what: 'The store is read-only, and a build must write to it',
        where: folder,
        got: error.message,
        hint: 'use a store of your own with --cache DIR; aib query, ls, config and log work with this one',
      };
    }
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    if (failure.code !== 'AIB_STORE_ACCESS') return { ...failure, where: folder };
    const hint = 'name a folder on a local disk with --cache DIR';
    return { ...failure, what: 'The store cannot be created at this path', where: folder, hint };
  }
}

/** Why a query cannot read a store, for example because it belongs to another user. Missing files are not an error. */
export function cannotRead(folder: string): Failure | undefined {
  const { R_OK, X_OK } = constants;
  for (const [name, rights] of [
    ['', R_OK | X_OK],
    ['blobs', R_OK | X_OK],
    ['records', R_OK | X_OK],
    ['aib.db', R_OK],
  ] as const) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    try {
      accessSync(path, rights);
    } catch (error) {
      const owner = ownerOf(path)?.user ?? 'its owner';
      return {
        code: 'AIB_STORE_OPEN',
        what: 'The store cannot be read',
        where: path,
        got: error instanceof Error ? error.message : String(error),
        hint: `ask ${owner} to set cache_shared = group in aib.local.conf and to run a build; or use another store with --cache DIR`,
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
