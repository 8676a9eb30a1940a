/**
 * A cache of recently used values with a fixed limit. The tables of an image may be large, and never more than a small part may stay in
 * memory.
 */
const FEWEST = 4;
const MOST = 1024;

export class RecentlyUsed<Value> {
  /** Half of the maximum number of entries. */
  readonly #limit: number;
  #newer = new Map<number, Value>();
  /** The entries used before those. Dropping all of them at once costs less than finding the oldest entry each time. */
  #older = new Map<number, Value>();

  /** As many entries of `entrySize` bytes as fit in `budget`, but at least `FEWEST`. */
  constructor(budget: number, entrySize: number) {
    this.#limit = Math.min(MOST, Math.max(FEWEST, Math.floor(budget / entrySize))) / 2;
  }

  get(key: number, make: () => Value): Value {
    const known = this.#newer.get(key);
    if (known !== undefined) return known;
    const value = this.#older.get(key) ?? make();
    if (this.#newer.size >= this.#limit) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
    return value;
  }
}
