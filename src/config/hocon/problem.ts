/**
 * A fault of a configuration, thrown inside the recursive descent of a parser. It must not leave the parser: every public function uses
 * `attempt`, which converts it into a Failure.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { excerpt, printable } from './excerpt.ts';
import { formatPosition, type Position } from './value.ts';

export type ProblemCode =
  | 'AIB_CONFIG_SYNTAX'
  | 'AIB_CONFIG_INCLUDE'
  | 'AIB_CONFIG_CYCLE'
  | 'AIB_CONFIG_SUBSTITUTION'
  | 'AIB_CONFIG_LIMIT'
  | 'AIB_CONFIG_FILE';

export interface ProblemDetail {
  readonly what: string;
  /** Undefined if the whole file is the problem. */
  readonly at?: Position;
  /** UTF-16 units to underline. */
  readonly length?: number;
  readonly got?: string;
  readonly hint?: string;
  /** Lines below the squiggle: the includes or references that led here. */
  readonly trail?: readonly string[];
}

export class Problem extends Error {
  readonly code: ProblemCode;
  readonly detail: ProblemDetail;

  constructor(code: ProblemCode, detail: ProblemDetail) {
    super(detail.what);
    this.code = code;
    this.detail = detail;
  }
}

/** Runs a part of the parser; `sources` contains the texts for excerpts, by the file name in positions. */
export function attempt<T>(sources: ReadonlyMap<string, string>, body: () => T): Result<T, Failure> {
  try {
    return ok(body());
  } catch (error) {
    if (error instanceof Problem) return fail(failureOf(error, sources));
    throw error;
  }
}

function failureOf({ code, detail }: Problem, sources: ReadonlyMap<string, string>): Failure {
  const text = detail.at === undefined ? undefined : sources.get(detail.at.file);
  const lines = detail.at === undefined || text === undefined ? [] : excerpt(text, detail.at, detail.length ?? 1);
  const output = [...lines, ...(detail.trail ?? [])];
  return {
    code,
    what: printable(detail.what),
    ...(detail.at === undefined ? {} : { where: formatPosition(detail.at) }),
    ...(detail.got === undefined ? {} : { got: printable(detail.got) }),
    ...(detail.hint === undefined ? {} : { hint: printable(detail.hint) }),
    ...(output.length === 0 ? {} : { output }),
  };
}

/** Shortens a word of a text for a message. */
export function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
