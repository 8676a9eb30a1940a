/**
 * The projects that build in a store. Results are found by key, whoever made them; what is newest of a label, how long it took and where an image's
 * links lie is each project's own, under the name that it has here. Never takes two workspaces for one because they are alike.
 *
 * `home` is the workspace that the store lies in, wherever the two are moved together. Another one is named after the folder that it lies in: a
 * clone is a project of its own, and what is checked out anew at the same place is the same one. One that is moved within its filesystem is known
 * by its inode. No name at all have results that were noted before projects were told apart, or were found in files alone: they are anybody's.
 */
import { createHash } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Database, Statement } from '../database/database.ts';

/** Where a project lies. */
export interface ProjectPlace {
  readonly folder: string;
  /** Whether the store lies in it, so that its images may have the store's own folder for them. */
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

/** Milliseconds within which another build is no news. */
const SAME_USE = 3_600_000;

export class KnownProjects {
  /** Letters, digits, dots, dashes and underscores only, so it may stand in a statement and in a path. */
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

  /** Every project that ever built here and is not forgotten. */
  all(): readonly ProjectRow[] {
    return this.#all.all();
  }

  /** Notes that this project builds here. What nobody in particular made is taken over by the one that the store belongs to. */
  register(nowMs: number): void {
    const { folder, ownsStore } = this.#place;
    const stamp = stampOf(folder);
    const known = this.all().find(({ name }) => name === this.own);
    const isNews = known?.folder !== folder || known.stamp !== stamp || known.seen < nowMs - SAME_USE;
    if (isNews) this.#put.run(this.own, folder, stamp, nowMs);
    if (ownsStore && this.#hasUnnamed()) this.#adopt();
  }

  /** Projects whose folder is gone and which built nothing since; with `dryRun` only says which. What they still are the newest user of is free. */
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

  /** Folders of the projects for which a key is the newest of a label, or in which it was made, by key; nothing while there is only one project. */
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
    // One that lay here may have been moved, and its name with it.
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

  /** What it knows itself is the newer. */
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

/** For people its first part, the rest so that two folders of one name are two projects. */
function nameOf(folder: string): string {
  const readable = basename(folder)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 40);
  return `${readable}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`;
}

/** By no link. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

function stampOf(folder: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino}:${stats.birthtimeMs}`;
}
