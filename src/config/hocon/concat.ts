/** Makes one value of what stands side by side in the text; only texts are joined here, what depends on a substitution is left to the resolver. */
import type { Token, TokenKind } from './lexer.ts';
import type { ConcatPart, SyntaxNode } from './syntax.ts';
import type { HoconScalar } from './value.ts';

export interface Piece {
  /** The token that the piece starts with. */
  readonly token: Token;
  /** Undefined for a text, which the token tells in full. */
  readonly node: SyntaxNode | undefined;
}

/** What a piece can be joined with; a substitution fits anything until it is resolved. */
export type Shape = 'text' | 'object' | 'array' | 'any';

/** Undefined for what ends a value. */
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

/** The pieces of one line as a node; undefined if there is none. The caller has seen to it that their shapes fit. */
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

/** A word that stands alone may be more than a text; the three names count in any case, as the existing configs' parser has it. */
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
