/**
 * Rows of a table by their key: one at a time for a build that asks for a few, all at once for one that asks for many, which costs a tenth a
 * row. What was read stays as it was read, so whoever writes a row must say so here; only the holder of the build lock writes any.
 */
import type { Database, Statement } from './database.ts';

/** So many rows are asked for singly before the size of the database is looked at, once more each time. */
const FEW = 64;
/** Bytes of database for each row that was asked for, up to which reading the table is worth it: some twenty rows. */
const WORTH = 32_768;

export interface LookupOptions<Row> {
  readonly database: Database;
  /** Gives one row for the key that is bound. */
  readonly one: string;
  /** Gives many. */
  readonly all: string;
  readonly keyOf: (row: Row) => string;
  /** Whether there is nothing that `all` does not give. Default true. */
  readonly isAll?: boolean;
}

export class Lookup<Row> {
  readonly #one: Statement<[string], Row>;
  readonly #all: Statement<[], Row>;
  readonly #size: Statement<[], { readonly bytes: number }>;
  readonly #keyOf: (row: Row) => string;
  readonly #isAll: boolean;
  #rows: Map<string, Row> | undefined;
  #asked = 0;

  constructor({ database, one, all, keyOf, isAll = true }: LookupOptions<Row>) {
    this.#one = database.prepare(one);
    this.#all = database.prepare(all);
    this.#size = database.prepare(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
    );
    this.#keyOf = keyOf;
    this.#isAll = isAll;
  }

  get(key: string): Row | undefined {
    this.#rows ??= this.#readIfWorth();
    const row = this.#rows?.get(key);
    return row !== undefined || (this.#rows !== undefined && this.#isAll) ? row : this.#one.get(key);
  }

  /** To be called with what was written. */
  set(row: Row): void {
    this.#rows?.set(this.#keyOf(row), row);
  }

  /** To be called when rows were deleted. */
  clear(): void {
    this.#rows = undefined;
  }

  #readIfWorth(): Map<string, Row> | undefined {
    this.#asked += 1;
    if (this.#asked % FEW > 0 || (this.#size.get()?.bytes ?? 0) > this.#asked * WORTH) return undefined;
    return new Map(this.#all.all().map(row => [this.#keyOf(row), row]));
  }
}
