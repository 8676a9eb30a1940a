/**
 * What was built from what: one record per action key. A record is committed only after all its blobs are on disk, first as a small file
 * below `.cache/records/` (from which a lost database is refilled), then as a row.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database } from './database.ts';
import type { Digest, Sha256 } from './digest.ts';

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

export interface ActionRecord {
  readonly key: Sha256;
  readonly label: string;
  readonly kind: string;
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly parts: readonly Part[];
}

export class RecordStore {
  readonly #folder: string;
  readonly #database: Database;

  constructor(options: { readonly folder: string; readonly database: Database }) {
    this.#folder = options.folder;
    this.#database = options.database;
    mkdirSync(this.#folder, { recursive: true });
  }

  find(key: Sha256): ActionRecord | undefined {
    const row = this.#database.prepare('SELECT json FROM records WHERE key = ?').get(key) as
      | { json: string }
      | undefined;
    return row === undefined ? undefined : (JSON.parse(row.json) as ActionRecord);
  }

  /** The record that this label last resolved to, whatever its key was. */
  latest(label: string): ActionRecord | undefined {
    const row = this.#database
      .prepare('SELECT json FROM latest JOIN records USING (key) WHERE latest.label = ?')
      .get(label) as { json: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.json) as ActionRecord);
  }

  /** Stores a record and makes it the newest of its label. Call only when every output blob is in place. */
  commit(record: ActionRecord, nowMs: number): void {
    const json = JSON.stringify(record);
    const path = join(this.#folder, record.key.slice(0, 2), `${record.key}.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}.tmp`, json);
    renameSync(`${path}.${process.pid}.tmp`, path);
    this.#insert(record, json, nowMs);
    this.markLatest(record.label, record.key);
  }

  /** Notes that a label resolved to an old record again, so that `why` and collection know what is current. */
  markLatest(label: string, key: Sha256): void {
    this.#database
      .prepare(
        'INSERT INTO latest (label, key) VALUES (?, ?) ON CONFLICT (label) DO UPDATE SET key = excluded.key WHERE key <> excluded.key',
      )
      .run(label, key);
  }

  /** Fills an empty database from the record files, oldest first; returns how many were read. */
  refill(nowMs: number): number {
    let count = 0;
    this.#database.transaction(() => {
      for (const record of this.#readFiles()) {
        this.#insert(record, JSON.stringify(record), nowMs);
        this.markLatest(record.label, record.key);
        count += 1;
      }
    })();
    return count;
  }

  #insert(record: ActionRecord, json: string, nowMs: number): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO records (key, label, kind, json, used) VALUES (?, ?, ?, ?, ?)')
      .run(record.key, record.label, record.kind, json, nowMs);
  }

  *#readFiles(): Generator<ActionRecord> {
    for (const folder of readdirSync(this.#folder)) {
      for (const name of readdirSync(join(this.#folder, folder))) {
        if (!name.endsWith('.json')) continue;
        try {
          yield JSON.parse(readFileSync(join(this.#folder, folder, name), 'utf8')) as ActionRecord;
        } catch {
          // A record cut short by a power failure is no record; its node is built again.
        }
      }
    }
  }
}
