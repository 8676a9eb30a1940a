/**
 * Rows of a table by their key: read one at a time for a build that needs a few, and all at once for a build that needs many, which costs a
 * tenth per row. Rows are cached, so every write of a row must be reported here; only the holder of the build lock ever writes rows.
 */
import type { Database, Statement } from './database.ts';

/** The size of the database is checked after each such number of single reads. */
const FEW = 64;
/** The whole table is read if the database has at most this many bytes (about twenty rows) for each row that was requested. */
const WORTH = 32_768;

export interface LookupOptions<Row> {
  readonly database: Database;
  /** SQL for one row, with the key as its bound value. */
  readonly one: string;
  /** SQL for many rows. */
  readonly all: string;
  readonly keyOf: (row: Row) => string;
  /** Whether `all` returns every row. Default true. */
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

  /** Call it with each row that was written. */
  set(row: Row): void {
    this.#rows?.set(this.#keyOf(row), row);
  }

  /** Call it after rows were deleted. */
  clear(): void {
    this.#rows = undefined;
  }

  #readIfWorth(): Map<string, Row> | undefined {
    this.#asked += 1;
    if (this.#asked % FEW > 0 || (this.#size.get()?.bytes ?? 0) > this.#asked * WORTH) return undefined;
    return new Map(this.#all.all().map(row => [this.#keyOf(row), row]));
  }
}
