/** Keeps what was used last, up to a number of entries: what an image says of itself may be large, and never does more than a little of it stay in memory. */
const FEWEST = 4;
const MOST = 1024;

export class RecentlyUsed<Value> {
  /** Half of what is kept at most. */
  readonly #limit: number;
  #newer = new Map<number, Value>();
  /** What was used before that. Dropping these all at once costs less than finding the oldest one each time. */
  #older = new Map<number, Value>();

  /** As many entries of `entrySize` bytes as fit in `budget`, but never fewer than a few. */
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
