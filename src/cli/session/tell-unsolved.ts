/** Prints which images have no solution for their packages, and why; each reason once. */
import { variantOf } from '../../rules/labels.ts';
import type { Unsolved } from '../../rules/project/lock-closures.ts';
import { formatFailure } from '../../util/failure.ts';
import { notice } from './messages.ts';

const NAMED = 3;

export function tellUnsolved(unsolved: readonly Unsolved[]): void {
  for (const { failure, labels } of unsolved) {
    const names = labels.map(variantOf);
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    notice(`${formatFailure(failure)}\n  of    ${names.slice(0, NAMED).join(', ')}${more}`);
  }
}
