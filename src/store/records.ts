/**
 * What was built from what: one record per action key. A record is committed only after all its blobs are on disk, first as a small file
 * below `.cache/records/` (from which a lost database is refilled), then as a row.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database, Statement } from './database.ts';
import { type Digest, isDigest, type Sha256 } from './digest.ts';
import { discard } from './remove-tree.ts';

/** One declared output: a file, or a folder by the digest of its Directory message. */
export interface Artifact {
  readonly type: 'file' | 'directory';
  readonly digest: Digest;
}

/** One named part of a key's preimage, in the order in which it is written; what `aib why` compares. */
export interface Part {
  readonly name: string;
  readonly value: string;
}

/** An output as it is recorded: two rules may give other names to what one action makes at a path. */
interface RecordedOutput extends Artifact {
  readonly path: string;
}

export interface ActionRecord {
  readonly key: Sha256;
  readonly label: string;
  readonly kind: string;
  readonly outputs: Readonly<Record<string, RecordedOutput>>;
  readonly parts: readonly Part[];
  /** The record that its label stood for before it was made; for explanations only, and perhaps gone since. */
  readonly replaces?: Sha256;
}

export class RecordStore {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #database: Database;
  readonly #select: Statement<[string], { readonly json: string }>;
  readonly #selectMakers: Statement<[string], { readonly key: string; readonly json: string }>;
  readonly #selectLatest: Statement<[string], { readonly key: string }>;
  readonly #insert: Statement<[string, string, string, string, number]>;
  readonly #insertLatest: Statement<[string, string, number]>;

  constructor(options: { readonly folder: string; readonly temporary: string; readonly database: Database }) {
    const { folder, temporary, database } = options;
    this.#folder = folder;
    this.#temporary = temporary;
    this.#database = database;
    this.#select = database.prepare('SELECT json FROM records WHERE key = ?');
    this.#selectMakers = database.prepare('SELECT key, json FROM records WHERE json LIKE ? ORDER BY used DESC');
    this.#selectLatest = database.prepare('SELECT key FROM latest WHERE label = ?');
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO records (key, label, kind, json, used) VALUES (?, ?, ?, ?, ?)',
    );
    this.#insertLatest = database.prepare('INSERT OR REPLACE INTO latest (label, key, used) VALUES (?, ?, ?)');
    mkdirSync(folder, { recursive: true });
    mkdirSync(temporary, { recursive: true });
  }

  /** A row that is gone or unreadable is not the last word: a power cut may have taken the newest commits, and the file is as good. */
  find(key: Sha256): ActionRecord | undefined {
    const json = this.#select.get(key)?.json;
    return (json === undefined ? undefined : parseRecord(json, key)) ?? this.#readFile(this.#path(key), key);
  }

  /** The record that this label last resolved to, whatever its key was. */
  latest(label: string): ActionRecord | undefined {
    const key = this.#selectLatest.get(label)?.key;
    return key === undefined ? undefined : this.find(key as Sha256);
  }

  /** Records that have these bytes as an output, the newest first. Reads all records: for questions, not for builds. */
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
    const json = JSON.stringify(record);
    const path = this.#path(record.key);
    const temporary = join(this.#temporary, `${record.key}.${process.pid}.json`);
    mkdirSync(dirname(path), { recursive: true });
    try {
      writeFileSync(temporary, json);
      renameSync(temporary, path);
    } catch (error) {
      discard(temporary);
      throw error;
    }
    this.#database.transaction(() => this.#write(record, json, nowMs))();
  }

  /** One that is made again, since its bytes were gone, still replaces what it replaced the first time. */
  #replacedBy({ label, key }: Omit<ActionRecord, 'replaces'>): Sha256 | undefined {
    const latest = this.#selectLatest.get(label)?.key as Sha256 | undefined;
    return latest === key ? this.find(key)?.replaces : latest;
  }

  /** Notes that a label resolved to an old record again, so that `why` and collection know what is current. */
  markLatest(label: string, key: Sha256, nowMs: number): void {
    // A look first: in a null build nothing of this is news, and a look takes no write lock.
    if (this.#selectLatest.get(label)?.key !== key) this.#insertLatest.run(label, key, nowMs);
  }

  /** Fills an empty database from the record files, oldest first; returns how many were read. */
  refill(nowMs: number): number {
    const files = this.#files();
    this.#database.transaction(() => {
      for (const { record } of files) this.#write(record, JSON.stringify(record), nowMs);
    })();
    return files.length;
  }

  #write(record: ActionRecord, json: string, nowMs: number): void {
    this.#insert.run(record.key, record.label, record.kind, json, nowMs);
    this.markLatest(record.label, record.key, nowMs);
  }

  #path(key: Sha256): string {
    return join(this.#folder, key.slice(0, 2), `${key}.json`);
  }

  #files(): readonly { readonly record: ActionRecord; readonly written: number }[] {
    const found: { record: ActionRecord; written: number }[] = [];
    for (const name of readdirSync(this.#folder, { recursive: true, encoding: 'utf8' })) {
      const [, key] = /\/([0-9a-f]{64})\.json$/.exec(name) ?? [];
      if (key === undefined) continue;
      const path = join(this.#folder, name);
      const record = this.#readFile(path, key as Sha256);
      if (record !== undefined) found.push({ record, written: statSync(path).mtimeMs });
    }
    return found.sort((a, b) => a.written - b.written);
  }

  #readFile(path: string, key: Sha256): ActionRecord | undefined {
    try {
      return parseRecord(readFileSync(path, 'utf8'), key);
    } catch {
      return undefined;
    }
  }
}

/** Undefined for a record cut short by a power failure or damaged since: it is no record, and its node is built again. */
function parseRecord(json: string, key: Sha256): ActionRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<ActionRecord>;
  const isWhole =
    record.key === key &&
    typeof record.label === 'string' &&
    typeof record.kind === 'string' &&
    Array.isArray(record.parts) &&
    typeof record.outputs === 'object' &&
    Object.values(record.outputs).every(({ digest, path }) => isDigest(digest) && typeof path === 'string');
  return isWhole ? (record as ActionRecord) : undefined;
}
