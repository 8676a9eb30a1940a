/**
 * The database rows of blobs: the stat tuple that shows that a blob is unchanged, and its fingerprint. A damaged row is never used: the
 * blob is read instead.
 */
import { crc32 } from 'node:zlib';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';
import type { Sha256 } from './digest.ts';
import type { StatTuple } from './stat-tuple.ts';

export interface BlobRow {
  readonly hash: string;
  readonly stat: StatTuple;
  readonly size: number;
  /** Null for a small blob, or if it has not been computed yet. */
  readonly xxh64: string | null;
}

interface StoredRow extends BlobRow {
  /** CRC-32 of the rest: a row with a flipped bit would describe a blob that does not exist, or make a good one look damaged. */
  readonly crc: number | null;
}

export class BlobRows {
  readonly #rows: Lookup<StoredRow>;
  readonly #put: Statement<[string, string, number, string | null, number]>;
  readonly #sum: Statement<[], { readonly bytes: number | null }>;
  readonly #remove: (hashes: readonly Sha256[]) => void;

  constructor(database: Database) {
    this.#rows = new Lookup({
      database,
      one: 'SELECT hash, stat, size, xxh64, crc FROM blobs WHERE hash = ?',
      all: 'SELECT hash, stat, size, xxh64, crc FROM blobs',
      keyOf: ({ hash }) => hash,
    });
    this.#put = database.prepare('INSERT OR REPLACE INTO blobs (hash, stat, size, xxh64, crc) VALUES (?, ?, ?, ?, ?)');
    this.#sum = database.prepare('SELECT sum(size) AS bytes FROM blobs');
    const remove = database.prepare<[string]>('DELETE FROM blobs WHERE hash = ?');
    this.#remove = hashes =>
      database.transaction(() => {
        for (const hash of hashes) remove.run(hash);
      })();
  }

  get(hash: string): BlobRow | undefined {
    const row = this.#rows.get(hash);
    return row !== undefined && row.crc === checkOf(row) ? row : undefined;
  }

  /** True if the row exists and is damaged. */
  isDamaged(hash: string): boolean {
    return this.#rows.get(hash) !== undefined && this.get(hash) === undefined;
  }

  /** Valid for this process even if it cannot be written. */
  put(row: BlobRow): void {
    const crc = checkOf(row);
    this.#rows.set({ ...row, crc });
    this.#put.run(row.hash, row.stat, row.size, row.xxh64, crc);
  }

  remove(hashes: readonly Sha256[]): void {
    this.#rows.clear();
    this.#remove(hashes);
  }

  get bytes(): number {
    return this.#sum.get()?.bytes ?? 0;
  }
}

/** The migration that added the column computes the same value. */
function checkOf({ hash, stat, size, xxh64 }: BlobRow): number {
  return crc32(`${hash} ${stat} ${size} ${xxh64 ?? ''}`);
}
