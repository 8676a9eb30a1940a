/** Reads parsed JSON and reports the path of an unexpected value. A missing value must not be guessed. */

/** An unexpected value at a path. Thrown by readers; the function that starts them must catch it. */
export class JsonMismatch extends Error {
  readonly keys: JsonKeys;
  readonly got: string;

  constructor({ keys, path, value }: JsonReader, expected: string) {
    super(`${path === '' ? 'the document' : path} should be ${expected}`);
    this.keys = keys;
    this.got = excerpt(value);
  }
}

/** Names of members and indexes of items, the outermost first. */
export type JsonKeys = readonly (string | number)[];

/** A value and its path: `release_branches[2].rel_branch`. */
export class JsonReader {
  readonly value: unknown;
  readonly keys: JsonKeys;

  constructor(value: unknown, keys: JsonKeys = []) {
    this.value = value;
    this.keys = keys;
  }

  get path(): string {
    const steps = this.keys.map(key => (typeof key === 'number' ? `[${key}]` : `.${key}`));
    return steps.join('').replace(/^\./, '');
  }

  /** A member of an object; reading a missing required member fails. */
  at(key: string): JsonReader {
    return new JsonReader(this.#object()[key], [...this.keys, key]);
  }

  /** Whether it exists and is not null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** A string that matches the pattern; `expected` describes it in words. */
  text(pattern: RegExp, expected: string): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) throw new JsonMismatch(this, expected);
    return this.value;
  }

  /** A number of bytes or items. */
  count(): number {
    if (!Number.isSafeInteger(this.value) || Number(this.value) < 0) throw new JsonMismatch(this, 'a number from 0 on');
    return Number(this.value);
  }

  items(): readonly JsonReader[] {
    if (!Array.isArray(this.value)) throw new JsonMismatch(this, 'an array');
    return this.value.map((item: unknown, index) => new JsonReader(item, [...this.keys, index]));
  }

  entries(): readonly (readonly [string, JsonReader])[] {
    return Object.keys(this.#object()).map(key => [key, this.at(key)] as const);
  }

  #object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw new JsonMismatch(this, 'an object');
    }
    return this.value as Readonly<Record<string, unknown>>;
  }
}

function excerpt(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value) ?? 'nothing';
  } catch {
    // JSON.parse accepts deeper nesting than JSON.stringify.
    return 'a value that is nested too deep to be shown';
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
