/**
 * Digests of files that people edit, without reading those that did not change: stat tuple, then xxh64, then SHA-256. Only the SHA-256
 * ever reaches a key.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import xxhash from 'xxhash-wasm';
import type { Database } from './database.ts';
import type { Digest, Sha256 } from './digest.ts';
import { isRacy, type StatTuple, statTuple } from './stat-tuple.ts';

interface Row {
  readonly stat: string;
  readonly scanned: number;
  readonly xxh64: string;
  readonly sha256: string;
  readonly size: number;
}

export class SourceIndex {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #seen = new Map<string, StatTuple>();
  #xxh64: ((bytes: Uint8Array) => string) | undefined;

  constructor(options: { readonly database: Database; readonly now: () => number }) {
    this.#database = options.database;
    this.#now = options.now;
  }

  /** Every path that this process looked at, as it was then; what a null build compares. */
  get seen(): ReadonlyMap<string, StatTuple> {
    return this.#seen;
  }

  /** Notes a folder, whose tuple changes when something is added or removed. */
  watch(path: string): void {
    this.#seen.set(path, statTuple(path));
  }

  /** The digest of a regular file. Throws what the filesystem throws if it cannot be read. */
  async digest(path: string): Promise<Digest> {
    const scanned = this.#now();
    const tuple = statTuple(path);
    this.#seen.set(path, tuple);
    const row = this.#database.prepare('SELECT * FROM sources WHERE path = ?').get(path) as Row | undefined;
    if (row !== undefined && row.stat === tuple && !isRacy(tuple, row.scanned)) return digestOfRow(row);
    const bytes = readFileSync(path);
    const fingerprint = await this.#fingerprint(bytes);
    const unchanged = row !== undefined && row.xxh64 === fingerprint && row.size === bytes.byteLength;
    const sha256 = unchanged ? row.sha256 : createHash('sha256').update(bytes).digest('hex');
    const next: Row = { stat: tuple, scanned, xxh64: fingerprint, sha256, size: bytes.byteLength };
    this.#database
      .prepare('INSERT OR REPLACE INTO sources (path, stat, scanned, xxh64, sha256, size) VALUES (?, ?, ?, ?, ?, ?)')
      .run(path, next.stat, next.scanned, next.xxh64, next.sha256, next.size);
    return digestOfRow(next);
  }

  async #fingerprint(bytes: Uint8Array): Promise<string> {
    if (this.#xxh64 === undefined) {
      const { h64Raw } = await xxhash();
      this.#xxh64 = input => h64Raw(input).toString(16);
    }
    return this.#xxh64(bytes);
  }
}

function digestOfRow(row: Row): Digest {
  return { hash: row.sha256 as Sha256, size: row.size };
}
