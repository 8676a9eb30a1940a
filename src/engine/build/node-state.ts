/** Where one node stands while a build runs. Plain data: only the build changes it. */
import type { Sha256 } from '../../store/content/digest.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Action, ActionSpec } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import { edgesOf, type Label, type Node, type Outputs } from '../model/graph.ts';
import type { Reason } from '../model/reason.ts';

/** `following`: another node runs the very same action just now, and its record will do. */
type NodeStatus =
  | 'waiting'
  | 'resolving'
  | 'preparing'
  | 'following'
  | 'ready'
  | 'running'
  | 'settled'
  | 'failed'
  | 'cancelled';

export interface NodeState {
  readonly node: Node;
  readonly dependents: NodeState[];
  status: NodeStatus;
  /** Dependencies that have not settled for the first time. */
  pending: number;
  /** Outputs whose bytes must be present: requested, or wanted by an action that must run. */
  readonly wanted: Set<string>;
  /** Of its action, once the inputs are known. */
  key?: Sha256;
  /** Only while it is to run: of thousands that are up to date they would fill the memory, and they can be had again. */
  action?: Action;
  encoded?: EncodedAction;
  outputs?: Outputs;
  /** What the label last gave, before this run. */
  previous?: Outputs | undefined;
  /** Set for every node that is made to run. */
  reason: Reason;
  /** Counts the looks at whether all input bytes are there; an older look that comes back late has nothing to say. */
  look: number;
  /** An input changed while the action ran; resolve again when it is done. */
  stale: boolean;
  /** When it was last queued, milliseconds since the epoch. */
  queued: number;
  /** Nothing of it ran so far. */
  hit: boolean;
  /** Those that follow this one. */
  readonly followers: NodeState[];
}

export function newState(node: Node): NodeState {
  return {
    node,
    dependents: [],
    status: 'waiting',
    pending: 0,
    wanted: new Set(),
    reason: { type: 'never-built' },
    look: 0,
    stale: false,
    queued: 0,
    hit: false,
    followers: [],
  };
}

/** Each dependency once, however many of its outputs are consumed. */
export function dependenciesOf(node: Node): readonly Label[] {
  return [...new Set(edgesOf(node).map(edge => edge.label))];
}

export function sameOutputs(a: Outputs | undefined, b: Outputs): boolean {
  if (a === undefined) return false;
  const names = Object.keys(b);
  return (
    names.length === Object.keys(a).length &&
    names.every(name => a[name]?.digest.hash === b[name]?.digest.hash && a[name]?.type === b[name]?.type)
  );
}

/**
 * A record's outputs under the names of this action, which may differ from those of the one that was recorded: names are not in the key.
 * Undefined if the record lacks one, as only a damaged one can.
 */
export function recordedOutputs(record: ActionRecord, spec: ActionSpec): Outputs | undefined {
  const recorded = Object.values(record.outputs);
  const outputs: Record<string, Outputs[string]> = {};
  for (const [name, { type, path }] of Object.entries(spec.outputs)) {
    const found = recorded.find(output => output.path === path && output.type === type);
    if (found === undefined) return undefined;
    outputs[name] = { type, digest: found.digest };
  }
  return outputs;
}
