/**
 * A placeholder in the graph for something that is not in the lock: an ISO or an index that the mirror did not serve at the last update, or
 * packages that are not resolved yet. Builds that need it fail with its failure; it never affects other variants.
 */
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { fail } from '../../util/result.ts';

export interface NotLockedOptions {
  readonly label: Label;
  readonly kind: string;
  readonly outputs: readonly string[];
  readonly failure: Failure;
}

export function notLockedNode({ label, kind, outputs, failure }: NotLockedOptions): ActionNode {
  return { type: 'action', label, kind, inputs: {}, outputs, prepare: () => fail(failure) };
}

/** `what` completes "The lock does not have …". */
export function notServed(label: Label, what: string): Failure {
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not have ${what}`,
    where: label,
    got: 'the mirror did not serve it at the last update',
    hint: 'run aib update with a mirror that serves it (--mirror), or build another architecture or version',
  };
}
