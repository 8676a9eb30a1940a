/** Parses the text of `aib.local.conf`; local-config.ts documents its format. Reads no files; invalid text must be a failure. */
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { attempt, brief, Problem } from '../hocon/problem.ts';
import { readQuoted } from '../hocon/quoted.ts';
import type { Position } from '../hocon/value.ts';

export interface Setting {
  readonly name: string;
  /** One value, or those of a list. */
  readonly values: readonly string[];
  /** Its lines, counted from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** In the order of the text, each name once; `file` is its name in messages. */
export function parseSettings(text: string, file: string): Result<readonly Setting[], Failure> {
  return attempt(new Map([[file, text]]), () => new SettingsParser(text, file).settings());
}

const BLANKS = /[^\S\n]*/y;
const COMMENT = /(?:#|\/\/)[^\n]*/y;
const NAME = /[A-Za-z_][\w.-]*/y;
const SEPARATOR = /[=:]/y;
const PLAIN = /[^\s"#]+/y;
const PLAIN_ITEM = /[^\s"#,\]]+/y;
const TABLE = /\{(?:[^{}"\n]|"(?:[^"\\\n]|\\.)*")*\}/y;
/** A value of these settings may be a table, `{ url = …, write = false }`; the result is its text. */
const WITH_TABLES: ReadonlySet<string> = new Set(['remote_cache']);
const REST_OF_LINE = /[^\n]*/y;
/** What may follow a value. */
const NOTHING = /^[^\S\n]*(?:(?:#|\/\/)[^\n]*)?$/;

class SettingsParser {
  readonly #text: string;
  readonly #file: string;
  #offset = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  settings(): readonly Setting[] {
    const settings = new Map<string, Setting>();
    for (;;) {
      this.#skipLines();
      if (this.#offset === this.#text.length) return [...settings.values()];
      const start = this.#offset;
      const setting = this.#setting();
      const first = settings.get(setting.name);
      if (first !== undefined) {
        const what = `${setting.name} is set twice; the first is on line ${first.firstLine}`;
        throw this.#problem(what, 'remove one of the two', start, setting.name.length);
      }
      settings.set(setting.name, setting);
    }
  }

  #setting(): Setting {
    const start = this.#offset;
    const name = this.#take(NAME);
    if (name === '') throw this.#problem('Expected a setting', 'write name = "value", or # before a comment', start);
    this.#take(BLANKS);
    if (this.#take(SEPARATOR) === '')
      throw this.#problem(
        `${brief(name)} is not followed by =`,
        'write name = "value", or # before a comment',
        start,
        name.length,
      );
    this.#take(BLANKS);
    const values = this.#values(name);
    const lastLine = this.#lineOf(this.#offset);
    this.#take(BLANKS);
    const end = this.#offset;
    if (!NOTHING.test(this.#take(REST_OF_LINE)))
      throw this.#problem(
        `Unexpected text after the value of ${brief(name)}`,
        'put the whole value in double quotes',
        end,
      );
    return { name, values, firstLine: this.#lineOf(start), lastLine };
  }

  #values(name: string): readonly string[] {
    const start = this.#offset;
    if (this.#text[start] === '[') return this.#list(name);
    if (this.#text[start] === '{' && WITH_TABLES.has(name)) return [this.#table()];
    if (this.#text[start] === '"') return [this.#quoted()];
    const value = this.#take(PLAIN);
    if (value === '') throw this.#problem(`${brief(name)} has no value`, `write ${brief(name)} = "…"`, start);
    return [value];
  }

  /** Ends at the first quote that only a comment follows, else at the last quote of the line: so the name of a folder may contain a quote. */
  #quoted(): string {
    const start = this.#offset;
    const line = this.#take(REST_OF_LINE);
    const first = line.indexOf('"', 1);
    const end = NOTHING.test(line.slice(first + 1)) ? first : line.lastIndexOf('"');
    if (end < 1) throw this.#problem('This quote is not closed', 'put a second one at the end of the value', start);
    this.#offset = start + end + 1;
    return line.slice(1, end);
  }

  /** Items are separated by commas or line ends. */
  #list(name: string): readonly string[] {
    const start = this.#offset;
    this.#offset += 1;
    const items: string[] = [];
    for (;;) {
      this.#skipLines();
      const at = this.#offset;
      if (this.#text[at] === ']') {
        this.#offset += 1;
        return items;
      }
      if (at === this.#text.length) throw this.#problem('This list is not closed', 'put a ] at its end', start);
      items.push(this.#text[at] === '{' && WITH_TABLES.has(name) ? this.#table() : this.#item());
      this.#take(BLANKS);
      if (this.#text[this.#offset] === ',') this.#offset += 1;
      else if (!/^(?:[\]\n]|#|\/\/|$)/.test(this.#text.slice(this.#offset, this.#offset + 2)))
        throw this.#problem('Expected a comma', 'write ["one", "two"]', this.#offset);
    }
  }

  #item(): string {
    const start = this.#offset;
    if (this.#text[start] === '"') {
      const { value, end } = readQuoted(this.#text, start, offset => this.#position(offset));
      this.#offset = end;
      return value;
    }
    const item = this.#take(PLAIN_ITEM);
    if (item === '') throw this.#problem('Expected a value', 'write ["one", "two"]', start);
    return item;
  }

  #table(): string {
    const start = this.#offset;
    const table = this.#take(TABLE);
    if (table === '') throw this.#problem('This table is not closed', 'put a } at its end, on the same line', start);
    return table;
  }

  #skipLines(): void {
    do {
      this.#take(BLANKS);
      this.#take(COMMENT);
    } while (this.#take(/\n/y) !== '');
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#offset;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#offset += found.length;
    return found;
  }

  #lineOf(offset: number): number {
    return this.#text.slice(0, offset).split('\n').length;
  }

  #problem(what: string, hint: string, offset: number, length = 1): Problem {
    return new Problem('AIB_CONFIG_SYNTAX', { what, at: this.#position(offset), length, hint });
  }

  #position(offset: number): Position {
    const column = offset - this.#text.slice(0, offset).lastIndexOf('\n');
    return { file: this.#file, line: this.#lineOf(offset), column };
  }
}
