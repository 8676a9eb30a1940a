/** Takes parsed JSON apart by hand and says where it is not what was expected; never guesses a value that is missing. */

/** What stands at a path is not what was expected there. Thrown by readers, caught by the one function that starts them. */
export class JsonMismatch extends Error {
  readonly keys: JsonKeys;
  readonly got: string;

  constructor({ keys, path, value }: JsonReader, expected: string) {
    super(`${path === '' ? 'the document' : path} should be ${expected}`);
    this.keys = keys;
    this.got = excerpt(value);
  }
}

/** Names of members and numbers of items, from the outermost on. */
export type JsonKeys = readonly (string | number)[];

/** A value and the path that leads to it: `release_branches[2].rel_branch`. */
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

  /** A member of an object; reading it fails if it is required and not there. */
  at(key: string): JsonReader {
    return new JsonReader(this.#object()[key], [...this.keys, key]);
  }

  /** Whether it is there, and not null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** A string that the pattern matches; `expected` says in words what that is. */
  text(pattern: RegExp, expected: string): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value)) throw new JsonMismatch(this, expected);
    return this.value;
  }

  /** Of bytes or things. */
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
    // What JSON.parse takes from a text, however deep, is too deep to be written again.
    return 'something nested too deep to be shown';
  }
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
