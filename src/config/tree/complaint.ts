/**
 * A fault that the validator found, and whether it stops a build. Several are joined to one Failure only for callers that accept one; none
 * may be left out then.
 */
import { type Failure, formatFailure } from '../../util/failure.ts';
import { excerpt } from '../hocon/excerpt.ts';
import { formatPosition, type HoconValue, type Position } from '../hocon/value.ts';

export interface Complaint {
  readonly failure: Failure;
  /** `warning`: the original builder and a build ignore it; `aib config --check` reports it. */
  readonly severity: 'error' | 'warning';
}

/** The texts of the files, by the file name in positions. */
export type Sources = ReadonlyMap<string, string>;

/** One failure for all of them; undefined for none. */
export function allOf(failures: readonly Failure[]): Failure | undefined {
  const distinct = [...new Map(inFileOrder(failures).map(failure => [formatFailure(failure), failure]))];
  const [first] = distinct;
  if (first === undefined) return undefined;
  if (distinct.length === 1) return first[1];
  return {
    code: first[1].code,
    what: `The configuration has ${distinct.length} faults`,
    ...(first[1].where === undefined ? {} : { where: first[1].where }),
    output: distinct.flatMap(([text]) => text.split('\n')),
    hint: 'fix them, then run `aib config --check`',
  };
}

export function inFileOrder(failures: readonly Failure[]): readonly Failure[] {
  return failures.toSorted((a, b) => (a.where ?? '').localeCompare(b.where ?? '', 'en', { numeric: true }));
}

/** The same failure with an excerpt of its line. */
export function withExcerpt(failure: Failure, at: Position, length: number, sources: Sources): Failure {
  const text = sources.get(at.file);
  if (text === undefined) return { ...failure, where: formatPosition(at) };
  return { ...failure, where: formatPosition(at), output: [...excerpt(text, at, length), ...(failure.output ?? [])] };
}

/** The position of the key before a value on its line, or else of the value. */
export function keyPosition(key: string, value: HoconValue, sources: Sources): Position {
  const line = lineAt(value.at, sources);
  const found = line.slice(0, value.at.column - 1).lastIndexOf(key);
  return found < 0 ? value.at : { ...value.at, column: found + 1 };
}

/** UTF-16 units of the word at a place; 1 for a bracket. */
export function wordLength(at: Position, sources: Sources): number {
  const rest = lineAt(at, sources).slice(at.column - 1);
  return /^(?:"(?:[^"\\]|\\.)*"|[^\s,{}[\]#"]+)/.exec(rest)?.[0].length ?? 1;
}

function lineAt(at: Position, sources: Sources): string {
  return sources.get(at.file)?.split('\n', at.line)[at.line - 1] ?? '';
}
