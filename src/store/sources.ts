/**
 * Digests of files that people edit, without reading those that did not change: stat tuple, then xxh64, then SHA-256. Only the SHA-256
 * ever reaches a key.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import xxhash from 'xxhash-wasm';
import type { Database, Statement } from './database.ts';
import type { Digest, Sha256 } from './digest.ts';
import { isRacy, type StatTuple, statTuple } from './stat-tuple.ts';

/** As the kernel's; a ring of links then fails as it fails everywhere. */
const MAX_LINKS = 40;

interface Row {
  readonly stat: StatTuple;
  readonly scanned: number;
  readonly xxh64: string;
  readonly sha256: string;
  readonly size: number;
}

export class SourceIndex {
  readonly #select: Statement<[string], Row>;
  readonly #insert: Statement<[Row & { readonly path: string }]>;
  readonly #now: () => number;
  readonly #seen = new Map<string, StatTuple>();
  #xxh64: ((bytes: Uint8Array) => string) | undefined;

  constructor(options: { readonly database: Database; readonly now: () => number }) {
    this.#select = options.database.prepare('SELECT stat, scanned, xxh64, sha256, size FROM sources WHERE path = ?');
    this.#insert = options.database.prepare(
      `INSERT OR REPLACE INTO sources (path, stat, scanned, xxh64, sha256, size)
       VALUES (@path, @stat, @scanned, @xxh64, @sha256, @size)`,
    );
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

  /** The digest of a regular file, or of the one a link leads to. Throws what the filesystem throws if it cannot be read. */
  async digest(path: string): Promise<Digest> {
    const scanned = this.#now();
    const file = this.#follow(path);
    const stat = statTuple(file);
    this.#seen.set(file, stat);
    const row = this.#select.get(file);
    if (row !== undefined && row.stat === stat && !isRacy(stat, row.scanned)) return digestOfRow(row);
    const bytes = readFileSync(file);
    const xxh64 = await this.#fingerprint(bytes);
    const size = bytes.byteLength;
    const isUnchanged = row !== undefined && row.xxh64 === xxh64 && row.size === size;
    const sha256 = isUnchanged ? row.sha256 : createHash('sha256').update(bytes).digest('hex');
    const next: Row = { stat, scanned, xxh64, sha256, size };
    this.#insert.run({ path: file, ...next });
    return digestOfRow(next);
  }

  /** The digest of a file that has not changed since it was last read, without reading or noting anything; undefined for any other. */
  recall(path: string): Digest | undefined {
    const file = realpathSync(path);
    const row = this.#select.get(file);
    return row === undefined || row.stat !== statTuple(file) || isRacy(row.stat, row.scanned)
      ? undefined
      : digestOfRow(row);
  }

  /** Where a path's links end. Each link is noted too: a link that leads elsewhere tomorrow is a change, though no file was edited. */
  #follow(path: string): string {
    let file = path;
    for (let links = 0; lstatSync(file).isSymbolicLink() && links < MAX_LINKS; links += 1) {
      this.watch(file);
      file = resolve(dirname(file), readlinkSync(file));
    }
    return file;
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
