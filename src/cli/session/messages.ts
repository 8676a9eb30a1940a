/** How a verb ends and what it says on standard error. Imports nothing that takes time to load. */
import { annotations } from '../../util/ci.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { FAILURES } from '../../util/failure-table.ts';

/** Exit codes, as documented. */
export const EXIT = { done: 0, failed: 1, usage: 2, found: 3, interrupted: 130 } as const;

/** One line on standard error: something the user should know, but need not act on. */
export function notice(line: string): void {
  process.stderr.write(`aib: ${line}\n`);
}

/** Shows a failure; gives the exit status that the table has for it. */
export function showFailure(failure: Failure): number {
  process.stderr.write(`aib: ${formatFailure(failure)}\n`);
  for (const line of annotations(failure, process.env)) process.stderr.write(`${line}\n`);
  return FAILURES[failure.code].exit;
}
