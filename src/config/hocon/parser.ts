/**
 * Parses one text to statements; follows no include and resolves no substitution. Refuses deep nesting, because later stages are recursive.
 */
import { fold, type Piece, type Shape, shapeOf } from './concat.ts';
import { readInclude } from './include.ts';
import { Lexer, type Token } from './lexer.ts';
import type { HoconLimits } from './limits.ts';
import { type KeyPath, lengthOf, readPath, syntax } from './path.ts';
import { brief, Problem } from './problem.ts';
import type { ArrayNode, FieldNode, ObjectNode, SubstitutionNode, SyntaxNode } from './syntax.ts';

/** The text as an object; its braces may be left out. */
export function parseDocument(text: string, file: string, limits: HoconLimits): ObjectNode {
  return new Parser(text, file, limits).document();
}

class Parser {
  readonly #lexer: Lexer;
  readonly #limits: HoconLimits;
  #depth = 0;

  constructor(text: string, file: string, limits: HoconLimits) {
    this.#lexer = new Lexer(text, file);
    this.#limits = limits;
  }

  document(): ObjectNode {
    const first = this.#skipNewlines('key');
    if (first.kind === '[') {
      throw syntax(first, 'A configuration is an object, not an array', 'give the array a key: items = […]');
    }
    if (first.kind !== '{') return { kind: 'object', at: first.at, fields: this.#fields(undefined) };
    const root = this.#object();
    const rest = this.#skipNewlines('key');
    if (rest.kind === '}') throw syntax(rest, 'Unexpected closing brace', 'remove it');
    if (rest.kind !== 'end')
      throw syntax(rest, 'Unexpected text after the closing brace of the whole text', 'move it inside the braces');
    return root;
  }

  #object(): ObjectNode {
    const open = this.#open();
    const fields = this.#fields(open);
    this.#depth -= 1;
    return { kind: 'object', at: open.at, fields };
  }

  /** Up to and including the closing brace, or to the end of the text if there is no opening brace. */
  #fields(open: Token | undefined): FieldNode[] {
    const fields: FieldNode[] = [];
    for (;;) {
      const token = this.#skipNewlines('key');
      if (token.kind === 'end') {
        if (open !== undefined) throw syntax(open, 'This brace is not closed', 'add a } where the object ends');
        return fields;
      }
      if (token.kind === '}') {
        if (open === undefined) throw syntax(token, 'Unexpected closing brace', 'remove it');
        this.#lexer.next('key');
        return fields;
      }
      if (token.kind === ',') throw syntax(token, 'Unexpected comma: there is nothing before it', 'remove it');
      fields.push(this.#field());
      this.#separator('}');
    }
  }

  #field(): FieldNode {
    const first = this.#lexer.peek('key');
    const path = readPath(this.#lexer);
    const second = this.#lexer.peek('key');
    if (first.kind === 'word' && first.text === 'include') {
      const include = path === undefined ? undefined : readInclude([...path.tokens, ...this.#includedBelow(path)]);
      if (include !== undefined) return include;
    }
    if (path === undefined) {
      throw syntax(first, `Expected a key before ${describe(second)}`, 'write key = value');
    }
    const length = lengthOf(path.tokens);
    const separator = this.#skipNewlines('key');
    const field = { kind: 'set', at: first.at, length, path: path.keys } as const;
    if (separator.kind === '{') return { ...field, append: false, value: this.#value(separator) };
    if (separator.kind === '=' || separator.kind === ':' || separator.kind === '+=') {
      this.#lexer.next('key');
      return { ...field, append: separator.kind === '+=', value: this.#value(separator) };
    }
    const name = brief(path.keys.join('.'));
    const forgotten = /^include\s+(.+)$/.exec(name)?.[1];
    throw new Problem('AIB_CONFIG_SYNTAX', {
      what: `The key ${name} has no value`,
      at: first.at,
      length,
      got: `${describe(separator)} where = or { was expected`,
      hint: forgotten === undefined ? `write ${name} = …` : `write include "${forgotten}"`,
    });
  }

  /** The file name of an include on a later line: a line that ends with the word `include` is not complete. */
  #includedBelow({ tokens }: KeyPath): readonly Token[] {
    if (tokens.length > 1) return [];
    const next = this.#skipNewlines('key');
    const isName = next.kind === 'quoted' || (next.kind === 'word' && /^\w+\(/.test(next.text));
    return isName ? (readPath(this.#lexer)?.tokens ?? []) : [];
  }

  /** All adjacent parts on the line, as one value. `before` is the token before the value. */
  #value(before: Token): SyntaxNode {
    const first = this.#skipNewlines('value');
    if (first.kind === 'word' && first.text.startsWith(':')) {
      throw syntax(first, 'A value cannot start with a colon', 'remove it, or put the value in double quotes');
    }
    const pieces: Piece[] = [];
    let shape: Shape = 'any';
    for (;;) {
      const token = this.#lexer.peek('value');
      const next = shapeOf(token);
      if (next === undefined) break;
      if (shape !== 'any' && next !== 'any' && next !== shape) throw mixture(token, shape, next);
      if (next !== 'any') shape = next;
      pieces.push({ token, node: this.#part(token) });
    }
    const value = fold(pieces);
    if (value !== undefined) return value;
    throw new Problem('AIB_CONFIG_SYNTAX', {
      what: 'A value is missing',
      at: before.at,
      length: before.length,
      got: `${describe(first)} where a value was expected`,
      hint: 'write "" for an empty text, null for no value',
    });
  }

  /** Takes one part of a value. A text has no node yet, because `true` is a boolean only if it is the whole value. */
  #part(token: Token): SyntaxNode | undefined {
    if (token.kind === '{') return this.#object();
    if (token.kind === '[') return this.#array();
    if (token.kind === '${' || token.kind === '${?') return this.#substitution();
    this.#lexer.next('value');
    return undefined;
  }

  #substitution(): SubstitutionNode {
    const open = this.#lexer.next('value');
    const path = readPath(this.#lexer);
    const close = this.#lexer.peek('key');
    if (close.kind !== '}')
      throw syntax(open, 'This substitution is not closed', 'put the closing brace on the same line');
    if (path === undefined)
      throw syntax(open, 'This substitution has no key', 'write the path of a key between the braces');
    this.#lexer.next('key');
    const length = close.at.line === open.at.line ? close.at.column + 1 - open.at.column : open.length;
    return { kind: 'substitution', at: open.at, length, path: path.keys, optional: open.kind === '${?' };
  }

  #array(): ArrayNode {
    const open = this.#open();
    const items: SyntaxNode[] = [];
    for (;;) {
      const token = this.#skipNewlines('value');
      if (token.kind === ']') break;
      if (token.kind === 'end') throw syntax(open, 'This bracket is not closed', 'add a ] where the array ends');
      if (token.kind === ',') throw syntax(token, 'Unexpected comma: there is nothing before it', 'remove it');
      items.push(this.#value(open));
      this.#separator(']');
    }
    this.#lexer.next('value');
    this.#depth -= 1;
    return { kind: 'array', at: open.at, items };
  }

  #open(): Token {
    const open = this.#lexer.next('value');
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) {
      throw new Problem('AIB_CONFIG_LIMIT', {
        what: `Objects and arrays are nested more than ${this.#limits.depth} levels deep`,
        at: open.at,
        hint: 'flatten the configuration',
      });
    }
    return open;
  }

  /** Line ends, or one comma with line ends around it. A closing token is left in place. */
  #separator(close: '}' | ']'): void {
    // The first token was peeked as part of a value; all tokens that are valid here are the same in both modes.
    const mode = close === '}' ? 'key' : 'value';
    const token = this.#lexer.peek(mode);
    if (token.kind === close || token.kind === 'end') return;
    if (token.kind !== 'newline' && token.kind !== ',') {
      throw syntax(
        token,
        `Found ${describe(token)} where a new line, a comma or ${close} was expected`,
        'start a new line',
      );
    }
    if (this.#skipNewlines(mode).kind === ',') this.#lexer.next(mode);
  }

  #skipNewlines(mode: 'key' | 'value'): Token {
    for (;;) {
      const token = this.#lexer.peek(mode);
      if (token.kind !== 'newline') return token;
      this.#lexer.next(mode);
    }
  }
}

function mixture(token: Token, before: Shape, after: Shape): Problem {
  const braces = before === 'text' && after === 'object';
  const hint = braces ? 'put text with braces in double quotes' : 'put text in double quotes, or start a new line';
  return syntax(token, `${capital(before)} and ${article(after)} cannot be joined to one value`, hint);
}

function article(shape: Shape): string {
  return shape === 'text' ? 'text' : `an ${shape}`;
}

function capital(shape: Shape): string {
  return shape === 'text' ? 'Text' : `An ${shape}`;
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the file';
  if (token.kind === 'newline') return 'the end of the line';
  return token.kind === 'quoted' ? JSON.stringify(brief(token.text)) : brief(token.text);
}
