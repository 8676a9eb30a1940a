/**
 * Stands in the graph for something that the lock does not have: an ISO or an index that the mirror did not serve at the last update, packages that
 * nobody has worked out yet. It never stands in the way of variants that do not need it; whatever does fails with what lacks.
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

/** As in "The lock does not have …". */
export function notServed(label: Label, what: string): Failure {
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not have ${what}`,
    where: label,
    got: 'a mirror that did not serve it at the last update',
    hint: 'run aib update with a mirror that does (--mirror), or build another architecture or version',
  };
}
