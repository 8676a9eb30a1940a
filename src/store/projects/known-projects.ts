/**
 * The projects that build in a store. All projects share results, which are found by key; the newest result of a label, its duration and
 * the links to images are separate for each project, under the project's name here. Never treats two workspaces as one because they look
 * the same.
 *
 * `home` is the workspace that contains the store, even if both are moved. Another project is named after its folder: a clone is a separate
 * project, and a new checkout in the same folder is the same project. A project that was moved within its filesystem is recognized by its
 * inode. Results that were recorded before projects were distinguished, or were found only in files, have no name: they belong to every
 * project.
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Database, Statement } from '../database/database.ts';

/** The folder of a project. */
export interface ProjectPlace {
  readonly folder: string;
  /** Whether it contains the store; then its images are in the store's own folder for images. */
  readonly ownsStore: boolean;
}

interface ProjectRow {
  readonly name: string;
  readonly folder: string;
  /** Inode and time of birth of the folder. */
  readonly stamp: string;
  /** When it last opened the store to build, milliseconds since 1970. */
  readonly seen: number;
}

const HOME = 'home';

/** Milliseconds within which another build does not update `seen`. */
const SAME_USE = 3_600_000;

export class KnownProjects {
  /** Only letters, digits, dots, dashes and underscores, so it is safe in an SQL statement and in a path. */
  readonly own: string;
  readonly #place: ProjectPlace;
  readonly #database: Database;
  readonly #all: Statement<[], ProjectRow>;
  readonly #put: Statement<[string, string, string, number]>;

  constructor(database: Database, place: ProjectPlace) {
    this.#database = database;
    this.#place = { ...place, folder: realFolder(place.folder) };
    this.#all = database.prepare('SELECT name, folder, stamp, seen FROM projects ORDER BY folder');
    this.#put = database.prepare('INSERT OR REPLACE INTO projects (name, folder, stamp, seen) VALUES (?, ?, ?, ?)');
    this.own = this.#settleName();
  }

  /** Every project that has built here and is not forgotten. */
  all(): readonly ProjectRow[] {
    return this.#all.all();
  }

  /** Records that this project builds here. Results without a project are assigned to the project that contains the store. */
  register(nowMs: number): void {
    const { folder, ownsStore } = this.#place;
    const stamp = stampOf(folder);
    const known = this.all().find(({ name }) => name === this.own);
    const isNews = known?.folder !== folder || known.stamp !== stamp || known.seen < nowMs - SAME_USE;
    if (isNews) this.#put.run(this.own, folder, stamp, nowMs);
    if (ownsStore && this.#hasUnnamed()) this.#adopt();
  }

  /**
   * Forgets projects whose folder is gone and that have built nothing since; their newest results lose their protection. `dryRun` only
   * lists them.
   */
  forget(before: number, dryRun: boolean): readonly ProjectRow[] {
    const gone = this.all().filter(({ name, folder, seen }) => name !== HOME && seen < before && !existsSync(folder));
    if (dryRun) return gone;
    const isUnknown = "project <> '' AND project NOT IN (SELECT name FROM projects)";
    this.#database.transaction(() => {
      for (const { name } of gone) this.#database.prepare<[string]>('DELETE FROM projects WHERE name = ?').run(name);
      this.#database.prepare<[number]>(`DELETE FROM latest WHERE ${isUnknown} AND used < ?`).run(before);
      this.#database.prepare<[]>(`DELETE FROM estimates WHERE ${isUnknown}`).run();
    })();
    return gone;
  }

  /** By key, the folders of the projects in which it is the newest of a label, or was built; empty while there is only one project. */
  usersOfKeys(): ReadonlyMap<string, readonly string[]> {
    const users = new Map<string, string[]>();
    if (this.all().length < 2) return users;
    const rows = this.#database.prepare<[], { readonly key: string; readonly folder: string }>(
      `SELECT key, folder FROM latest JOIN projects ON name = project UNION
       SELECT key, folder FROM executions JOIN runs ON id = run JOIN projects ON name = project WHERE executions.status = 'done'
       ORDER BY folder`,
    );
    for (const { key, folder } of rows.all()) users.set(key, [...(users.get(key) ?? []), folder]);
    return users;
  }

  #settleName(): string {
    const { folder, ownsStore } = this.#place;
    if (ownsStore) return HOME;
    const rows = this.all().filter(({ name }) => name !== HOME);
    const stamp = stampOf(folder);
    const known =
      rows.find(row => row.folder === folder) ?? rows.find(row => row.stamp === stamp && !existsSync(row.folder));
    if (known !== undefined) return known.name;
    // The project that was in this folder before may have been moved, and has kept its name.
    const name = nameOf(folder);
    for (let number = 1; ; number += 1) {
      const free = number === 1 ? name : `${name}.${number}`;
      if (!rows.some(row => row.name === free)) return free;
    }
  }

  #hasUnnamed(): boolean {
    return ['latest', 'estimates', 'runs'].some(
      table => this.#database.prepare<[]>(`SELECT 1 FROM ${table} WHERE project = '' LIMIT 1`).get() !== undefined,
    );
  }

  /** The project's own rows are newer, so they are kept. */
  #adopt(): void {
    this.#database.transaction(() => {
      for (const table of ['latest', 'estimates']) {
        this.#database.prepare<[]>(`UPDATE OR IGNORE ${table} SET project = '${HOME}' WHERE project = ''`).run();
        this.#database.prepare<[]>(`DELETE FROM ${table} WHERE project = ''`).run();
      }
      this.#database.prepare<[]>(`UPDATE runs SET project = '${HOME}' WHERE project = ''`).run();
    })();
  }
}

/** The first part is for the user; the hash distinguishes two folders with the same name. */
function nameOf(folder: string): string {
  const readable = basename(folder)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 40);
  return `${readable}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
}

/** The path without links. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

function stampOf(folder: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino}:${stats.birthtimeMs}`;
}
