/**
 * The facts of objects in the outside world, by identity. It is only a cache and may be lost at any time; then the objects are looked up
 * again.
 */
import { crc32 } from 'node:zlib';
import type { Sha256 } from '../content/digest.ts';
import type { Database, Statement } from '../database/database.ts';
import { Lookup } from '../database/lookup.ts';

/** What the store knows of an object. */
export interface KnownFacts {
  readonly facts: Readonly<Record<string, string>>;
  /** When it was looked up or created, milliseconds since 1970. */
  readonly asked: number;
}

interface Row {
  readonly identity: string;
  readonly facts: string;
  readonly asked: number;
  /** CRC-32 of the rest: a flipped bit in a row could name another object. */
  readonly crc: number;
}

export class FactStore {
  readonly #rows: Lookup<Row>;
  readonly #put: Statement<[string, string, number, number]>;
  readonly #forget: Statement<[string]>;

  constructor(database: Database) {
    this.#rows = new Lookup({
      database,
      one: 'SELECT identity, facts, asked, crc FROM facts WHERE identity = ?',
      all: 'SELECT identity, facts, asked, crc FROM facts',
      keyOf: ({ identity }) => identity,
    });
    this.#put = database.prepare('INSERT OR REPLACE INTO facts (identity, facts, asked, crc) VALUES (?, ?, ?, ?)');
    this.#forget = database.prepare('DELETE FROM facts WHERE identity = ?');
  }

  /** Undefined also for a row that was damaged. */
  get(identity: Sha256): KnownFacts | undefined {
    const row = this.#rows.get(identity);
    if (row === undefined || row.crc !== checkOf(row)) return undefined;
    return { facts: JSON.parse(row.facts) as KnownFacts['facts'], asked: row.asked };
  }

  put(identity: Sha256, { facts, asked }: KnownFacts): void {
    const row = { identity, facts: JSON.stringify(facts), asked };
    const crc = checkOf(row);
    this.#rows.set({ ...row, crc });
    this.#put.run(identity, row.facts, asked, crc);
  }

  /** Call it when the object does not exist in the outside world. */
  forget(identity: Sha256): void {
    this.#forget.run(identity);
    this.#rows.clear();
  }
}

function checkOf({ identity, facts, asked }: Omit<Row, 'crc'>): number {
  return crc32(`${identity} ${facts} ${asked}`);
}
