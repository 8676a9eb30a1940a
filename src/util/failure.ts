/** What an expected failure looks like: a value that tells a stranger what happened, where, what was got and what to do. Never used for bugs. */
import { FAILURES, type FailureCode } from './failure-table.ts';

export interface Failure {
  /** Stable, for scripts and for searching: a row of the table. */
  readonly code: FailureCode;
  /** One sentence, no full stop, that starts with the thing that failed. */
  readonly what: string;
  /** A file with line and column, a URL, a label. */
  readonly where?: string;
  /** The offending value as it was found, beside what was expected. */
  readonly got?: string;
  /** The remedy, as an imperative sentence or a command to type, where there is a better one than the table has for the code. */
  readonly hint?: string;
  /** Lines of somebody else's output (a script's, apk's), shown after the rest. */
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

/** A condition that only a bug can bring about. */
export function internal(message: string): Error {
  return new Error(`Internal error: ${message}`);
}
