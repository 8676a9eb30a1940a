/** Reads the path of a key before a separator or inside a substitution; does not read past the line. */
import type { Lexer, Token } from './lexer.ts';
import { Problem } from './problem.ts';

export interface KeyPath {
  /** At least one. */
  readonly keys: readonly string[];
  /** The tokens of the path. */
  readonly tokens: readonly Token[];
}

/** A dotted path; undefined if there is no key here. */
export function readPath(lexer: Lexer): KeyPath | undefined {
  const tokens: Token[] = [];
  const keys: string[] = [];
  let key: string | undefined;
  for (;;) {
    const token = lexer.peek('key');
    if (token.kind !== 'word' && token.kind !== 'quoted') break;
    tokens.push(lexer.next('key'));
    if (token.kind === 'quoted' || !token.text.includes('.')) {
      key = key === undefined ? token.text : key + token.space + token.text;
      continue;
    }
    for (const [index, piece] of token.text.split('.').entries()) {
      if (index > 0) {
        if (key === undefined) throw emptyKey(token);
        keys.push(key);
        key = undefined;
      }
      if (piece === '') continue;
      key = key === undefined ? piece : key + (index === 0 ? token.space : '') + piece;
    }
  }
  const last = tokens.at(-1);
  if (last === undefined) return undefined;
  if (key === undefined) throw emptyKey(last);
  keys.push(key);
  return { keys, tokens };
}

/** From the first token to the last; all are on one line unless the last is a string in triple quotes. */
export function lengthOf(tokens: readonly Token[]): number {
  const first = tokens[0];
  const last = tokens.at(-1);
  if (first === undefined || last === undefined || first.at.line !== last.at.line) return first?.length ?? 1;
  return last.at.column + last.length - first.at.column;
}

export function syntax(token: Token, what: string, hint: string): Problem {
  return new Problem('AIB_CONFIG_SYNTAX', { what, at: token.at, length: token.length, hint });
}

function emptyKey(token: Token): Problem {
  return syntax(
    token,
    'The path of a key has an empty part before, after or between its dots',
    'remove the dot, or write "" for an empty key',
  );
}
