/** Parses an include statement from its words; does not open the file. */
import type { Token } from './lexer.ts';
import { lengthOf } from './path.ts';
import { Problem } from './problem.ts';
import type { IncludeField } from './syntax.ts';

/** `include "x"`, `include required("x")`, `include file("x")`, `include required(file("x"))`; undefined if `include` is a key here. */
export function readInclude(tokens: readonly Token[]): IncludeField | undefined {
  const keyword = tokens[0];
  const name = tokens.find(token => token.kind === 'quoted');
  if (keyword === undefined || name === undefined) return undefined;
  const index = tokens.indexOf(name);
  const before = textOf(tokens.slice(1, index));
  const after = textOf(tokens.slice(index + 1));
  const opening = /^(required\()?(file\()?$/.exec(before);
  const length = lengthOf(tokens);
  if (opening !== null && after === ')'.repeat(before.split('(').length - 1)) {
    return { kind: 'include', at: keyword.at, length, name: name.text, required: opening[1] !== undefined };
  }
  const source = /(url|classpath|package)\(/.exec(before)?.[1];
  throw new Problem(source === undefined ? 'AIB_CONFIG_SYNTAX' : 'AIB_CONFIG_INCLUDE', {
    what: source === undefined ? 'Invalid include' : `An include cannot read from ${source}(…)`,
    at: keyword.at,
    length,
    hint: 'write include "file.conf" or include required("file.conf")',
  });
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(token => token.text).join('');
}
