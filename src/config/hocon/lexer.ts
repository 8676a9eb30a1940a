/**
 * Cuts a text into tokens on demand: characters have different meanings in keys and in values, so the parser passes the mode. Does not go
 * back, and takes time linear in the text.
 *
 * Two rules come from the existing configs, not from the specification: `//` starts a comment only where a token could start, and `:` is
 * allowed in an unquoted value, so `https://host/x` and `a: b` need no quotes; and a backslash at the end of a line continues it.
 */
import { Problem } from './problem.ts';
import { readQuoted } from './quoted.ts';
import type { Position } from './value.ts';

export type Mode = 'key' | 'value';

export type TokenKind =
  | 'word'
  | 'quoted'
  | '${'
  | '${?'
  | '{'
  | '}'
  | '['
  | ']'
  | ','
  | ':'
  | '='
  | '+='
  | 'newline'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** A word as in the source, a decoded quoted string, or else the token itself. */
  readonly text: string;
  /** White space on the same line before the token. */
  readonly space: string;
  /** UTF-16 units in the source. */
  readonly length: number;
  /** Created on demand: most tokens appear in no message. */
  readonly at: Position;
}

const SPACE = /[\t\v\f\r \x1c-\x1f\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/y;
const CONTINUATION = /\\[\t\r ]*\n[\t\v\f\r ]*/y;
const KEY_WORD = /[^\s\x1c-\x1f$"{}[\],#+=:`^?!@*&\\]+/y;
const VALUE_WORD = /[^\s\x1c-\x1f$"{}[\],#+=`^?!@*&\\]+/y;
const POSITIVE_EXPONENT = /\+\d+/y;

export class Lexer {
  readonly #text: string;
  readonly #file: string;
  #offset = 0;
  #line = 1;
  #lineStart = 0;
  #peeked: Token | undefined;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  /** The next token. After a peek in one mode the caller must take the token before it uses the other mode. */
  peek(mode: Mode): Token {
    this.#peeked ??= this.#scan(mode);
    return this.#peeked;
  }

  next(mode: Mode): Token {
    const token = this.peek(mode);
    this.#peeked = undefined;
    return token;
  }

  #scan(mode: Mode): Token {
    const space = this.#skip();
    const start = this.#offset;
    const char = this.#text[start];
    switch (char) {
      case undefined:
        return this.#token('end', '', space, start);
      case '\n': {
        const token = this.#token('newline', '\n', space, start + 1);
        this.#countLines(start);
        return token;
      }
      case '{':
      case '}':
      case '[':
      case ']':
      case ',':
        return this.#token(char, char, space, start + 1);
      case '"': {
        const { value, end } = readQuoted(this.#text, start, offset => this.#at(offset));
        const token = this.#token('quoted', value, space, end);
        this.#countLines(start);
        return token;
      }
      case '$': {
        const kind = this.#text.startsWith('${?', start) ? '${?' : '${';
        if (!this.#text.startsWith(kind, start)) throw this.#stray(char);
        return this.#token(kind, kind, space, start + kind.length);
      }
      case '+':
        if (mode === 'key' && this.#text[start + 1] === '=') return this.#token('+=', '+=', space, start + 2);
        throw this.#stray(char);
      case '=':
        if (mode === 'key') return this.#token('=', '=', space, start + 1);
        throw this.#stray(char);
      case ':':
        if (mode === 'key') return this.#token(':', ':', space, start + 1);
        return this.#word(mode, space);
      default:
        return this.#word(mode, space);
    }
  }

  #word(mode: Mode, space: string): Token {
    let text = this.#match(mode === 'key' ? KEY_WORD : VALUE_WORD, this.#offset);
    if (text === '') throw this.#stray(this.#text[this.#offset] ?? '');
    // The only place where a plus sign needs no quotes.
    if (mode === 'value' && /^-?[\d.]+[eE]$/.test(text))
      text += this.#match(POSITIVE_EXPONENT, this.#offset + text.length);
    return this.#token('word', text, space, this.#offset + text.length);
  }

  /** Skips white space, comments and continued line ends. */
  #skip(): string {
    let space = '';
    for (;;) {
      const more = this.#match(SPACE, this.#offset);
      space += more;
      this.#offset += more.length;
      if (this.#text[this.#offset] === '#' || this.#text.startsWith('//', this.#offset)) {
        const end = this.#text.indexOf('\n', this.#offset);
        this.#offset = end < 0 ? this.#text.length : end;
        continue;
      }
      const continued = this.#text[this.#offset] === '\\' ? this.#match(CONTINUATION, this.#offset) : '';
      if (continued === '') return space;
      const start = this.#offset;
      this.#offset += continued.length;
      this.#countLines(start);
    }
  }

  #match(pattern: RegExp, offset: number): string {
    pattern.lastIndex = offset;
    return pattern.test(this.#text) ? this.#text.slice(offset, pattern.lastIndex) : '';
  }

  #token(kind: TokenKind, text: string, space: string, end: number): Token {
    const column = this.#offset - this.#lineStart + 1;
    const token = new PlacedToken(kind, text, space, end - this.#offset, this.#file, this.#line, column);
    this.#offset = end;
    return token;
  }

  #countLines(from: number): void {
    for (;;) {
      const end = this.#text.indexOf('\n', Math.max(from, this.#lineStart));
      if (end < 0 || end >= this.#offset) return;
      this.#line += 1;
      this.#lineStart = end + 1;
    }
  }

  #at(offset: number): Position {
    return { file: this.#file, line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #stray(char: string): Problem {
    const whole = this.#surroundings();
    return new Problem('AIB_CONFIG_SYNTAX', {
      what: `The character ${char} requires double quotes`,
      at: this.#at(this.#offset),
      length: char.length,
      hint: whole === undefined ? `write "${char}"` : `write "${whole}"`,
    });
  }

  /** The whole word around a stray character, if it is short and quotes alone would fix it. */
  #surroundings(): string | undefined {
    const before = /[^\s"{}[\],\\]*$/.exec(
      this.#text.slice(Math.max(this.#lineStart, this.#offset - 60), this.#offset),
    );
    const after = /^[^\s"{}[\],\\]*/.exec(this.#text.slice(this.#offset, this.#offset + 60));
    const whole = `${before?.[0] ?? ''}${after?.[0] ?? ''}`;
    return whole.length > 1 && whole.length < 60 ? whole : undefined;
  }
}

class PlacedToken implements Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly space: string;
  readonly length: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(
    kind: TokenKind,
    text: string,
    space: string,
    length: number,
    file: string,
    line: number,
    column: number,
  ) {
    this.kind = kind;
    this.text = text;
    this.space = space;
    this.length = length;
    this.file = file;
    this.line = line;
    this.column = column;
  }

  get at(): Position {
    return { file: this.file, line: this.line, column: this.column };
  }
}
