/** How a verb ends and what it says on standard error. Imports nothing that takes time to load. */
import { type Failure, formatFailure } from '../../util/failure.ts';

/** Exit codes, as documented. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** One line on standard error: something the user should know, but need not act on. */
export function notice(line: string): void {
  process.stderr.write(`aib: ${line}\n`);
}

/** Shows a failure; gives the exit code. */
export function showFailure(failure: Failure): number {
  process.stderr.write(`aib: ${formatFailure(failure)}\n`);
  if (failure.code === 'AIB_CANCELLED') return EXIT.interrupted;
  return /^AIB_(LABEL|NO_SUCH|NO_WORKSPACE|CONFIG|NO_SCRIPT|REPOSITORY|QUERY|USAGE)/.test(failure.code)
    ? EXIT.usage
    : EXIT.failed;
}
