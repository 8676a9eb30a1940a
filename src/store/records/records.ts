/**
 * What was built from what: one record per action key. A record must never be committed before all its blobs are on disk. It is written
 * first as a small file below `.cache/records/` (a lost database is filled from these files), then as a row.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { discard } from '../../util/files/remove-tree.ts';
import type { Digest, Sha256 } from '../content/digest.ts';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';
import { ifThereIsRoom } from '../database/store-failure.ts';
import type { ActionRecord, StoredRecord } from './action-record.ts';
import { formatRecord, parseRecord } from './record-text.ts';

/** Milliseconds within which a second use of a record is not written. */
const SAME_USE = 3_600_000;

interface StoredRow {
  readonly key: string;
  readonly json: string;
  readonly used: number;
  readonly newest: number | null;
}

export class RecordStore {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #project: string;
  readonly #database: Database;
  readonly #records: Lookup<{ readonly key: string; readonly json: string }>;
  readonly #latest: Lookup<{ readonly label: string; readonly key: string; readonly used: number }>;
  readonly #selectMakers: Statement<[string], { readonly key: string; readonly json: string }>;
  readonly #insert: Statement<[string, string, string, string, number]>;
  readonly #insertLatest: Statement<[string, string, string, number]>;
  readonly #selectAll: Statement<[], StoredRow>;
  readonly #delete: Statement<[string]>;
  readonly #deleteLatest: Statement<[string]>;
  readonly #use: Statement<[number, string]>;
  /** Results of labels that are not in the database yet. */
  readonly #news = new Map<string, Sha256>();
  readonly #used = new Set<Sha256>();

  constructor(options: {
    readonly folder: string;
    readonly temporary: string;
    readonly database: Database;
    /** The project of the labels: a name in KnownProjects, or '' for results without a project. */
    readonly project?: string;
  }) {
    const { folder, temporary, database, project = '' } = options;
    this.#project = project;
    // Sorted by project, so that the project's own row comes last and wins.
    const isOurs = `latest.project IN ('', '${project}')`;
    this.#folder = folder;
    this.#temporary = temporary;
    this.#database = database;
    this.#records = new Lookup({
      database,
      one: 'SELECT key, json FROM records WHERE key = ?',
      // Earlier records of labels are rarely needed.
      all: `SELECT records.key, records.json FROM latest JOIN records USING (key) WHERE ${isOurs}`,
      keyOf: ({ key }) => key,
      isAll: false,
    });
    this.#latest = new Lookup({
      database,
      one: `SELECT label, key, used FROM latest WHERE label = ? AND ${isOurs} ORDER BY project DESC LIMIT 1`,
      all: `SELECT label, key, used FROM latest WHERE ${isOurs} ORDER BY project`,
      keyOf: ({ label }) => label,
    });
    this.#selectMakers = database.prepare('SELECT key, json FROM records WHERE json LIKE ? ORDER BY used DESC');
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO records (key, label, kind, json, used) VALUES (?, ?, ?, ?, ?)',
    );
    this.#insertLatest = database.prepare(
      'INSERT OR REPLACE INTO latest (project, label, key, used) VALUES (?, ?, ?, ?)',
    );
    this.#selectAll = database.prepare(
      `SELECT records.key, json, records.used, max(latest.used) AS newest
       FROM records LEFT JOIN latest ON latest.key = records.key GROUP BY records.key`,
    );
    this.#delete = database.prepare('DELETE FROM records WHERE key = ?');
    this.#deleteLatest = database.prepare('DELETE FROM latest WHERE key = ?');
    this.#use = database.prepare('UPDATE records SET used = ? WHERE key = ?');
  }

  /** If the row is missing or damaged, the file is read: a power cut may have lost the newest commits. */
  find(key: Sha256): ActionRecord | undefined {
    const json = this.#records.get(key)?.json;
    return (json === undefined ? undefined : parseRecord(json, key)) ?? this.#readFile(this.#path(key), key);
  }

  /** The record that this label last resolved to, with any key. */
  latest(label: string): ActionRecord | undefined {
    const key = this.#latestKey(label);
    return key === undefined ? undefined : this.find(key);
  }

  #latestKey(label: string): Sha256 | undefined {
    return this.#news.get(label) ?? (this.#latest.get(label)?.key as Sha256 | undefined);
  }

  /** Records that have these bytes as an output, the newest first. Reads all records: for queries, not for builds. */
  makersOf({ hash }: Digest): readonly ActionRecord[] {
    return this.#selectMakers.all(`%"hash":"${hash}"%`).flatMap(({ key, json }) => {
      const record = parseRecord(json, key as Sha256);
      return record !== undefined && Object.values(record.outputs).some(({ digest }) => digest.hash === hash)
        ? [record]
        : [];
    });
  }

  /** Stores a record and makes it the newest of its label. Call only when every output blob is in place. */
  commit(made: Omit<ActionRecord, 'replaces'>, nowMs: number): void {
    const replaces = this.#replacedBy(made);
    const record: ActionRecord = { ...made, ...(replaces === undefined ? {} : { replaces }) };
    const json = formatRecord(record);
    this.#writeFile(record.key, json);
    this.#news.delete(record.label);
    this.#used.add(record.key);
    this.#database.transaction(() => {
      this.#write(record, json, nowMs);
      this.#writeLatest(record.label, record.key, nowMs);
    })();
  }

  /** A record that is made again because its bytes were gone still replaces the same record as the first time. */
  #replacedBy({ label, key }: Omit<ActionRecord, 'replaces'>): Sha256 | undefined {
    const latest = this.#latestKey(label);
    return latest === key ? this.find(key)?.replaces : latest;
  }

  /** Notes that a label resolved to an existing record, so that `why` and collection know what is current. `keepUse` writes it. */
  markLatest(label: string, key: Sha256, nowMs: number): void {
    this.#used.add(key);
    const row = this.#latest.get(label);
    if (row?.key !== key || row.used < nowMs - SAME_USE) this.#news.set(label, key);
    else this.#news.delete(label);
  }

  /** Keys that were found current or made by this process. */
  get used(): ReadonlySet<Sha256> {
    return this.#used;
  }

  /** Writes all uses in one transaction, so that a build that is up to date does not need a commit per node. */
  keepUse(nowMs: number): void {
    if (this.#news.size === 0) return;
    const write = this.#database.transaction(() => {
      for (const [label, key] of this.#news) {
        this.#writeLatest(label, key, nowMs);
        this.#use.run(nowMs, key);
      }
    });
    ifThereIsRoom(write);
    this.#news.clear();
  }

  /**
   * Fills an empty database from the record files, oldest first; returns how many were read. The time of use is not known, so the time of
   * the file is taken. The newest record of a label counts as used now, because a collection must not remove results that are used every
   * day. So does a record that no other record has replaced: it may be the newest of another project.
   */
  refill(nowMs: number): number {
    const files = this.files();
    const replaced = new Set(files.map(({ record }) => record.replaces));
    const heads = new Map<string, number>();
    this.#database.transaction(() => {
      for (const { record, written } of files) this.#write(record, formatRecord(record), Math.floor(written));
      for (const { record } of files.toReversed()) {
        const { label, key } = record;
        const at = heads.get(label) ?? 0;
        if (at > 0 && replaced.has(key)) continue;
        heads.set(label, at + 1);
        this.#insertLatest.run(at === 0 ? '' : `lost ${at}`, label, key, nowMs);
      }
    })();
    this.#latest.clear();
    return files.length;
  }

  /** All records, unordered; a record without a row, which a power cut may have lost, is as old as its file. */
  all(): readonly StoredRecord[] {
    const found: StoredRecord[] = [];
    const rows = new Set<string>();
    for (const { key, json, used, newest } of this.#selectAll.all()) {
      const record = parseRecord(json, key as Sha256) ?? this.#readFile(this.#path(key as Sha256), key as Sha256);
      if (record === undefined) continue;
      rows.add(key);
      found.push({ record, used, newest: newest ?? undefined });
    }
    for (const { record, written } of this.files(key => !rows.has(key)))
      found.push({ record, used: written, newest: undefined });
    return found;
  }

  /** Absolute paths of invalid record files. */
  damagedFiles(): readonly string[] {
    const whole = new Set<string>(this.files().map(({ record }) => this.#path(record.key)));
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => !whole.has(path));
  }

  /** Records that exist in only one of their two places. */
  halves(): readonly { readonly record: ActionRecord; readonly missing: 'file' | 'row' }[] {
    const rows = new Map<string, ActionRecord>();
    for (const { key, json } of this.#selectAll.all()) {
      const record = parseRecord(json, key as Sha256);
      if (record !== undefined) rows.set(key, record);
    }
    const files = new Map(this.files().map(({ record }) => [record.key as string, record]));
    return [
      ...[...rows.values()].filter(({ key }) => !files.has(key)).map(record => ({ record, missing: 'file' as const })),
      ...[...files.values()].filter(({ key }) => !rows.has(key)).map(record => ({ record, missing: 'row' as const })),
    ];
  }

  /** Writes records again to both places; the newest records of their labels do not change. */
  complete(keys: ReadonlySet<string>): void {
    for (const { record, used } of this.all()) {
      if (!keys.has(record.key)) continue;
      const json = formatRecord(record);
      this.#writeFile(record.key, json);
      this.#insert.run(record.key, record.label, record.kind, json, Math.floor(used));
    }
  }

  /** Removes the files first: if the process dies in the middle, the remaining rows can be found and removed later. */
  remove(keys: readonly Sha256[]): void {
    for (const key of keys) rmSync(this.#path(key), { force: true });
    this.#database.transaction(() => {
      for (const key of keys) {
        this.#delete.run(key);
        this.#deleteLatest.run(key);
      }
    })();
    this.#records.clear();
    this.#latest.clear();
  }

  /** Every record file that can be read, oldest first, whether or not the database knows it. */
  files(
    wanted: (key: string) => boolean = () => true,
  ): readonly { readonly record: ActionRecord; readonly written: number }[] {
    const found: { record: ActionRecord; written: number }[] = [];
    if (!existsSync(this.#folder)) return found;
    for (const name of readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })) {
      const [, key] = /\/([0-9a-f]{64})\.json$/.exec(name) ?? [];
      if (key === undefined || !wanted(key)) continue;
      const path = join(this.#folder, name);
      const record = this.#readFile(path, key as Sha256);
      if (record !== undefined) found.push({ record, written: statSync(path).mtimeMs });
    }
    return found.sort((a, b) => a.written - b.written);
  }

  #write({ key, label, kind }: ActionRecord, json: string, nowMs: number): void {
    this.#insert.run(key, label, kind, json, nowMs);
    this.#records.set({ key, json });
  }

  #writeLatest(label: string, key: Sha256, used: number): void {
    this.#insertLatest.run(this.#project, label, key, used);
    this.#latest.set({ label, key, used });
  }

  #writeFile(key: Sha256, json: string): void {
    const path = this.#path(key);
    const temporary = join(this.#temporary, `${key}.${process.pid}.json`);
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, json);
      renameSync(temporary, path);
    } catch (error) {
      discard(temporary);
      throw error;
    }
  }

  #path(key: Sha256): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }

  #readFile(path: string, key: Sha256): ActionRecord | undefined {
    try {
      return parseRecord(readFileSync(path, 'utf8'), key);
    } catch {
      return undefined;
    }
  }
}
