/** Exit codes and messages on standard error. Imports nothing that is slow to load. */
import { annotations } from '../../util/ci.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { FAILURES } from '../../util/failure-table.ts';

/** Exit codes, as documented. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3, interrupted: 130 } as const;

/** One line on standard error: information that requires no action. */
export function notice(line: string): void {
  process.stderr.write(`aib: ${line}\n`);
}

/** Prints a failure; returns its exit status from the table. */
export function showFailure(failure: Failure): number {
  process.stderr.write(`aib: ${formatFailure(failure)}\n`);
  for (const line of annotations(failure, process.env)) process.stderr.write(`${line}\n`);
  return FAILURES[failure.code].exit;
}
