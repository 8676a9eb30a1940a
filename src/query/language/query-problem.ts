/** An error in a query, as an exception from the parser or the evaluator. It must never leave this folder as an exception. */
import { excerpt, printable } from '../../config/hocon/excerpt.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';

/** A range of the query's text, in UTF-16 units from 0; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export class Problem extends Error {
  readonly at: Span;
  readonly failure: Failure;

  constructor(at: Span, failure: Failure) {
    super(failure.what);
    this.at = at;
    this.failure = failure;
  }
}

/** The usual problem: the text does not follow the grammar. */
export function syntaxProblem(at: Span, what: string, hint?: string): Problem {
  return new Problem(at, { code: 'AIB_QUERY_SYNTAX', what, ...(hint === undefined ? {} : { hint }) });
}

/** Runs a part of the query language on `text`; turns a problem into a failure that shows its place. */
export function attempt<T>(text: string, body: () => T): Result<T> {
  try {
    return ok(body());
  } catch (error) {
    if (error instanceof Problem) return fail(pointAt(text, error));
    throw error;
  }
}

/** Columns count from 1, in UTF-16 units; the line is shown only if there are several. */
function pointAt(text: string, { at, failure }: Problem): Failure {
  const before = text.slice(0, at.start).split('\n');
  const line = before.length;
  const column = (before.at(-1) ?? '').length + 1;
  return {
    ...failure,
    what: printable(failure.what),
    where: text.includes('\n') ? `line ${line}, column ${column} of the query` : `column ${column} of the query`,
    output: [...excerpt(text, { file: '', line, column }, at.end - at.start), ...(failure.output ?? [])],
  };
}
