/**
 * The state of one node while a build runs, and its data in that state. Only `enter` changes it, and refuses transitions that are not in
 * the table.
 *
 *     waiting ──► resolving ──record found──────────────────────────► settled
 *                  │  ▲                                                │  ▲
 *                  │  └──── an input has changed ──────────── (1)      │  │
 *                  │ no record                                         │  │
 *                  ▼                                                   │  │
 *               preparing ◄────── its bytes are needed, but gone ──────┘  │
 *                  │  │                                                   │
 *       all inputs │  │ another node has claimed the same action          │
 *      are present ▼  └──────► following ──that one has ended──► (2)      │
 *                ready ──resources free─► running ──it succeeded──────────┘
 *                                            └──the build was stopped──► cancelled
 *
 *     An object of the outside world has other states:
 *
 *     resolving ──known──► settled
 *         └─► asking ──it exists──► settled
 *               └─► gathering ──its inputs are here──► making ──► settled or cancelled
 *
 *     (1) from settled, preparing, following, ready and running, from resolving while a cache is asked, and from asking, gathering and
 *     making; (2) to resolving
 *     A node can fail in resolving, preparing, running, settled, asking, gathering and making, and be cancelled in running, asking and
 *     making; failed and cancelled are final.
 */
import type { Sha256 } from '../../store/content/digest.ts';
import { type Failure, internal } from '../../util/failure.ts';
import type { Course, Standing } from '../external/course.ts';
import type { Action } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import type { ActionNode, Edge, ExternalNode, Node, Outputs } from '../model/graph.ts';
import type { Reason } from '../model/reason.ts';

/**
 * The data of a node whose action must run. Nodes that are up to date do not keep it: there may be thousands, and it can be computed again.
 */
export interface Work {
  readonly node: ActionNode;
  readonly action: Action;
  readonly encoded: EncodedAction;
  readonly reason: Reason;
}

/** The data of a node while its object is looked up and created. */
export interface ObjectWork {
  readonly node: ExternalNode;
  readonly course: Course;
}

/** Each state, with the condition for entering it. */
export type Phase =
  /** Nothing is known: some of its dependencies have not settled, or the build has not reached it yet. */
  | { readonly status: 'waiting' }
  /** All its dependencies have settled: its outputs are being looked up, or read if it is a leaf. */
  | { readonly status: 'resolving' }
  /**
   * Its action must run: it has no record, or output bytes are gone. The bytes of its inputs are checked, and made again if they are gone.
   */
  | ({ readonly status: 'preparing' } & Work)
  /** The bytes of its inputs are present, but another node has claimed the same action; its record will serve both. */
  | ({ readonly status: 'following' } & Work)
  /** The bytes of its inputs are present and the action is claimed: it is in the queue, since `queued` (milliseconds since the epoch). */
  | ({ readonly status: 'ready'; readonly queued: number } & Work)
  /** Its action was started. `stale`: an input has changed since, so the node must be resolved again when the action has ended. */
  | ({ readonly status: 'running'; readonly queued: number; stale: boolean } & Work)
  /** The store does not know its object: it is being looked up outside, by this node or by another node of the same object. */
  | ({ readonly status: 'asking' } & ObjectWork)
  /** Steps of its object remain. The bytes that they read are checked, and made again if they are gone. */
  | ({ readonly status: 'gathering'; readonly standing: Standing; readonly edges: readonly Edge[] } & ObjectWork)
  /** Its steps are running. `stop`: an input has changed since, so the node must be resolved again as soon as the steps can be stopped. */
  | ({ readonly status: 'making'; readonly stop: AbortController } & ObjectWork)
  /** Its outputs are known: from a record, from the file that it represents, or because its action ran. */
  | { readonly status: 'settled'; readonly outputs: Outputs }
  /** It could not be read or prepared, or its action failed: nothing that depends on it can be built. */
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Its action was stopped together with the build, or its object was left unfinished. */
  | { readonly status: 'cancelled' };

export type NodeStatus = Phase['status'];

/** The allowed transitions. A phase that follows itself starts again: steps that were begun in the old one no longer count. */
const NEXT = {
  waiting: ['resolving'],
  resolving: ['resolving', 'settled', 'preparing', 'asking', 'failed'],
  preparing: ['preparing', 'ready', 'following', 'resolving', 'failed'],
  following: ['resolving'],
  ready: ['running', 'resolving'],
  running: ['settled', 'failed', 'cancelled', 'resolving'],
  asking: ['settled', 'gathering', 'resolving', 'failed', 'cancelled'],
  gathering: ['gathering', 'making', 'resolving', 'failed'],
  making: ['settled', 'failed', 'cancelled', 'resolving'],
  settled: ['preparing', 'resolving', 'failed'],
  failed: [],
  cancelled: [],
} as const satisfies Record<NodeStatus, readonly NodeStatus[]>;

const WAITING: Phase = { status: 'waiting' };

export class NodeState {
  readonly node: Node;
  readonly dependents: NodeState[] = [];
  /** The number of dependencies that have not settled yet. */
  pending = 0;
  /** Outputs whose bytes must be present: requested by the user, or needed by an action that must run. */
  readonly wanted = new Set<string>();
  /** The key of its action, once the inputs are known. */
  key: Sha256 | undefined = undefined;
  /** The last outputs of the label before this run. */
  previous: Outputs | undefined = undefined;
  /** It has not run so far. */
  hit = false;
  /** Where its result comes from, and how long it took there; undefined if it comes from this store. */
  origin: { readonly from?: string; readonly duration?: number } | undefined = undefined;
  #phase: Phase = WAITING;
  #lastOutputs: Outputs | undefined = undefined;

  constructor(node: Node) {
    this.node = node;
  }

  /** A new object for each phase: a step that finds another object than at its start is no longer current. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Its last settled outputs in this build; dependents read them also while the node runs again. */
  get lastOutputs(): Outputs | undefined {
    return this.#lastOutputs;
  }

  /** The only way to change the phase; throws if the transition is not allowed. */
  enter(to: Phase): void {
    const { label } = this.node;
    const { status: from } = this.#phase;
    const legal: readonly NodeStatus[] = NEXT[from];
    if (!legal.includes(to.status)) throw internal(`${label} cannot go from ${from} to ${to.status}`);
    if (to.status === 'resolving' && this.pending > 0)
      throw internal(`${label} cannot go from ${from} to resolving: it waits for ${this.pending} dependencies`);
    this.#phase = to;
    if (to.status === 'settled') this.#lastOutputs = to.outputs;
  }

  /** The data of the given phase; throws if the node is in another phase. */
  in<S extends NodeStatus>(status: S): Extract<Phase, { readonly status: S }> {
    const phase = this.#phase;
    if (!isIn(phase, status)) throw internal(`${this.node.label} is ${phase.status}, not ${status}`);
    return phase;
  }
}

function isIn<S extends NodeStatus>(phase: Phase, status: S): phase is Extract<Phase, { readonly status: S }> {
  return phase.status === status;
}
