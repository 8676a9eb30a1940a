/** Reads the text of `aib.local.conf`, whose form local-config.ts shows. Touches no file, and passes over nothing that it does not understand. */
import type { Failure } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { attempt, brief, Problem } from '../hocon/problem.ts';
import { readQuoted } from '../hocon/quoted.ts';
import type { Position } from '../hocon/value.ts';

export interface Setting {
  readonly name: string;
  /** One, or those of a list. */
  readonly values: readonly string[];
  /** Lines that it takes, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** In the order of the text, each name once; `file` is what messages call it. */
export function parseSettings(text: string, file: string): Result<readonly Setting[], Failure> {
  return attempt(new Map([[file, text]]), () => new SettingsParser(text, file).settings());
}

const BLANKS = /[^\S\n]*/y;
const COMMENT = /(?:#|\/\/)[^\n]*/y;
const NAME = /[A-Za-z_][\w.-]*/y;
const SEPARATOR = /[=:]/y;
const PLAIN = /[^\s"#]+/y;
const PLAIN_ITEM = /[^\s"#,\]]+/y;
const REST_OF_LINE = /[^\n]*/y;
/** What may stand behind a value. */
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
        const what = `${setting.name} is set twice, on line ${first.firstLine} already`;
        throw this.#problem(what, 'remove one of the two', start, setting.name.length);
      }
      settings.set(setting.name, setting);
    }
  }

  #setting(): Setting {
    const start = this.#offset;
    const name = this.#take(NAME);
    if (name === '')
      throw this.#problem('A setting was expected', 'write name = "value", or # before a comment', start);
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
      throw this.#problem(`Something follows the value of ${brief(name)}`, 'put the whole value in double quotes', end);
    return { name, values, firstLine: this.#lineOf(start), lastLine };
  }

  #values(name: string): readonly string[] {
    const start = this.#offset;
    if (this.#text[start] === '[') return this.#list();
    if (this.#text[start] === '"') return [this.#quoted()];
    const value = this.#take(PLAIN);
    if (value === '') throw this.#problem(`${brief(name)} has no value`, `write ${brief(name)} = "…"`, start);
    return [value];
  }

  /** To the first quote that nothing but a comment follows, else to the last of the line: so a folder may have a quote in its name. */
  #quoted(): string {
    const start = this.#offset;
    const line = this.#take(REST_OF_LINE);
    const first = line.indexOf('"', 1);
    const end = NOTHING.test(line.slice(first + 1)) ? first : line.lastIndexOf('"');
    if (end < 1) throw this.#problem('This quote is never closed', 'put a second one at the end of the value', start);
    this.#offset = start + end + 1;
    return line.slice(1, end);
  }

  /** Its items stand between commas or on lines of their own. */
  #list(): readonly string[] {
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
      if (at === this.#text.length) throw this.#problem('This list is never closed', 'put a ] at its end', start);
      items.push(this.#item());
      this.#take(BLANKS);
      if (this.#text[this.#offset] === ',') this.#offset += 1;
      else if (!/^(?:[\]\n]|#|\/\/|$)/.test(this.#text.slice(this.#offset, this.#offset + 2)))
        throw this.#problem('A comma was expected here', 'write ["one", "two"]', this.#offset);
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
    if (item === '') throw this.#problem('A value was expected here', 'write ["one", "two"]', start);
    return item;
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
