/** The type of an expected failure: a value with what happened, where, what was got, and what to do. Must not be used for bugs. */
import { FAILURES, type FailureCode } from './failure-table.ts';

export interface Failure {
  /** Stable, for scripts and for searching: a row of the table. */
  readonly code: FailureCode;
  /** One sentence, no full stop, that starts with the thing that failed. */
  readonly what: string;
  /** A file with line and column, a URL, a label. */
  readonly where?: string;
  /** The invalid value as found. */
  readonly got?: string;
  /** The remedy, as an imperative or a command, if there is a more specific one than in the table. */
  readonly hint?: string;
  /** Output lines of another program (a script, apk), shown after the rest. */
  readonly output?: readonly string[];
}

/** The text a terminal shows for a failure. */
export function formatFailure(failure: Failure): string {
  const lines = [`${failure.what} [${failure.code}]`];
  if (failure.where !== undefined) lines.push(`  at    ${failure.where}`);
  if (failure.got !== undefined) lines.push(`  got   ${failure.got}`);
  for (const line of failure.output ?? []) lines.push(`  | ${line}`);
  lines.push(`  try   ${failure.hint ?? FAILURES[failure.code].remedy}`);
  return lines.join('\n');
}

/** An error that only a bug can cause. */
export function internal(message: string): Error {
  return new Error(`Internal error: ${message}`);
}
