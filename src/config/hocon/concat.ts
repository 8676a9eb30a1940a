/** Joins adjacent parts of the text to one value. Joins only texts; the resolver joins the parts that depend on a substitution. */
import type { Token, TokenKind } from './lexer.ts';
import type { ConcatPart, SyntaxNode } from './syntax.ts';
import type { HoconScalar } from './value.ts';

export interface Piece {
  /** The token that the piece starts with. */
  readonly token: Token;
  /** Undefined for a text: its token contains all of it. */
  readonly node: SyntaxNode | undefined;
}

/** What a piece can be joined with; a substitution fits any shape until it is resolved. */
export type Shape = 'text' | 'object' | 'array' | 'any';

/** Undefined for a token that ends a value. */
export function shapeOf(token: Token): Shape | undefined {
  return shapes[token.kind];
}

const shapes: Partial<Record<TokenKind, Shape>> = {
  word: 'text',
  quoted: 'text',
  '{': 'object',
  '[': 'array',
  '${': 'any',
  '${?': 'any',
};

/** The pieces of one line as a node; undefined if there is none. The caller has checked that their shapes fit. */
export function fold(pieces: readonly Piece[]): SyntaxNode | undefined {
  const first = pieces[0];
  if (first === undefined) return undefined;
  if (pieces.length === 1) return first.node ?? literal(scalar(first.token));
  const parts: ConcatPart[] = [];
  let run: Token[] = [];
  const endRun = () => {
    const head = run[0];
    if (head !== undefined) parts.push({ space: head.space, node: joined(run, head) });
    run = [];
  };
  for (const { token, node } of pieces) {
    if (node === undefined) {
      run.push(token);
    } else {
      endRun();
      parts.push({ space: token.space, node });
    }
  }
  endRun();
  const single = parts[0];
  return parts.length === 1 && single !== undefined ? single.node : { kind: 'concat', at: first.token.at, parts };
}

function joined(run: readonly Token[], head: Token): SyntaxNode {
  const whole = run.map((token, index) => (index === 0 ? '' : token.space) + token.text).join('');
  return literal({ kind: 'string', value: whole, at: head.at, resets: false });
}

function literal(value: HoconScalar): SyntaxNode {
  return { kind: 'literal', at: value.at, value };
}

const NUMBER = /^-?(?:\d*\.\d+|\d+)(?:[eE][+-]?\d+)?$/;

/** A single word may be more than a text. Upper and lower case of the three names do not matter, as in the parser of the existing configs. */
function scalar({ kind, text, at }: Token): HoconScalar {
  switch (kind === 'word' && text.length < 6 ? text.toLowerCase() : '') {
    case 'true':
      return { kind: 'boolean', value: true, at, resets: false };
    case 'false':
      return { kind: 'boolean', value: false, at, resets: false };
    case 'null':
      return { kind: 'null', at, resets: false };
    default:
      if (kind === 'word' && NUMBER.test(text)) return { kind: 'number', text, at, resets: false };
      return { kind: 'string', value: text, at, resets: false };
  }
}
