/** Takes parsed JSON apart by hand and says where it is not what was expected; never guesses a value that is missing. */

/** What stands at a path is not what was expected there. Thrown by readers, caught by the one function that starts them. */
export class JsonMismatch extends Error {
  readonly path: string;
  readonly got: string;

  constructor(path: string, expected: string, got: unknown) {
    super(`${path} should be ${expected}`);
    this.path = path;
    this.got = excerpt(got);
  }
}

/** A value and the path that leads to it: `release_branches[2].rel_branch`. */
export class JsonReader {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** A member of an object; reading it fails if it is required and not there. */
  at(key: string): JsonReader {
    return new JsonReader(this.#object()[key], this.path === '' ? key : `${this.path}.${key}`);
  }

  /** Whether it is there, and not null. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** A string that the pattern matches; `expected` says in words what that is. */
  text(pattern: RegExp, expected: string): string {
    if (typeof this.value !== 'string' || !pattern.test(this.value))
      throw new JsonMismatch(this.path, expected, this.value);
    return this.value;
  }

  items(): readonly JsonReader[] {
    if (!Array.isArray(this.value)) throw new JsonMismatch(this.path, 'an array', this.value);
    return this.value.map((item: unknown, index) => new JsonReader(item, `${this.path}[${index}]`));
  }

  entries(): readonly (readonly [string, JsonReader])[] {
    return Object.keys(this.#object()).map(key => [key, this.at(key)] as const);
  }

  #object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw new JsonMismatch(this.path === '' ? 'the document' : this.path, 'an object', this.value);
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
