/**
 * Splits a query into words and signs. Never decides whether a word is a label, a function or a number: the parser does that.
 *
 * A bare word consists of letters, digits and `* / @ . - _ : $ ~ [ ]`, and does not start with `-` or `*`, so that `a-b` is one word and
 * `a - b` a difference. A word between two `'` or two `"` can contain any character; there are no escapes.
 */
import { type Span, syntaxProblem } from './query-problem.ts';

const SIGNS = ['(', ')', ',', '=', '+', '-', '^'] as const;
export type Sign = (typeof SIGNS)[number];

export type Token =
  | { readonly type: 'word'; readonly text: string; readonly quoted: boolean; readonly at: Span }
  | { readonly type: 'sign'; readonly sign: Sign; readonly at: Span }
  | { readonly type: 'end'; readonly at: Span };

const SPACE = /\s*/y;
const BARE = /[A-Za-z0-9/@._:$~[\]][A-Za-z0-9*/@.\-_:$~[\]]*/y;

/** The last token is the end, directly after the one before it. Throws a Problem. */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let start = skipSpace(text, 0); start < text.length; start = skipSpace(text, lastEnd(tokens)))
    tokens.push(tokenAt(text, start));
  const end = lastEnd(tokens);
  tokens.push({ type: 'end', at: { start: end, end } });
  return tokens;
}

function tokenAt(text: string, start: number): Token {
  const first = text[start] ?? '';
  if (first === '"' || first === "'") return quotedWord(text, start, first);
  const sign = SIGNS.find(candidate => candidate === first);
  if (sign !== undefined) return { type: 'sign', sign, at: { start, end: start + 1 } };
  BARE.lastIndex = start;
  const word = BARE.exec(text)?.[0];
  if (word !== undefined) return { type: 'word', text: word, quoted: false, at: { start, end: start + word.length } };
  const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
  throw syntaxProblem(
    { start, end: start + character.length },
    `A word cannot start with ${character}`,
    'quote regular expressions, and labels with unusual characters',
  );
}

function quotedWord(text: string, start: number, quote: string): Token {
  const close = text.indexOf(quote, start + 1);
  if (close < 0)
    throw syntaxProblem({ start, end: start + 1 }, `The quote ${quote} is not closed`, `close it with ${quote}`);
  return { type: 'word', text: text.slice(start + 1, close), quoted: true, at: { start, end: close + 1 } };
}

function skipSpace(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + (SPACE.exec(text)?.[0].length ?? 0);
}

function lastEnd(tokens: readonly Token[]): number {
  return tokens.at(-1)?.at.end ?? 0;
}
