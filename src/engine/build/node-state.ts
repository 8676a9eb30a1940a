/**
 * Where one node stands while a build runs, and what it carries there. `enter` alone changes that, and refuses what is not in the table.
 *
 *     waiting ──► resolving ──record found──────────────────────────► settled
 *                  │  ▲                                                │  ▲
 *                  │  └──── an input came out different ───── (1)      │  │
 *                  │ no record                                         │  │
 *                  ▼                                                   │  │
 *               preparing ◄────── its bytes are wanted, but gone ──────┘  │
 *                  │  │                                                   │
 *       all inputs │  │ another node has claimed the same action          │
 *      are present ▼  └──────► following ──that one has ended──► (2)      │
 *                ready ──there is room──► running ──it did its work───────┘
 *                                            └──the build was stopped──► cancelled
 *
 *     An object of the outside world goes another way:
 *
 *     resolving ──known──► settled
 *         └─► asking ──it is there──► settled
 *               └─► gathering ──what it is made of is here──► making ──► settled or cancelled
 *
 *     (1) from settled, preparing, following, ready and running, from resolving while a cache is asked, and from asking, gathering and making   (2) resolving
 *     A node fails out of resolving, preparing, running, settled, asking, gathering and making, and is cancelled out of running, asking and making;
 *     failed and cancelled are final.
 */
import type { Sha256 } from '../../store/content/digest.ts';
import { type Failure, internal } from '../../util/failure.ts';
import type { Course, Standing } from '../external/course.ts';
import type { Action } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import type { ActionNode, Edge, ExternalNode, Node, Outputs } from '../model/graph.ts';
import type { Reason } from '../model/reason.ts';

/** What a node carries while its action is to run. Thousands that are up to date would fill the memory with it, and it can be had again. */
export interface Work {
  readonly node: ActionNode;
  readonly action: Action;
  readonly encoded: EncodedAction;
  readonly reason: Reason;
}

/** What a node carries while its object is asked for and made. */
export interface ObjectWork {
  readonly node: ExternalNode;
  readonly course: Course;
}

/** Each with what must be true of a node before it may stand there. */
export type Phase =
  /** Nothing is known of it: some of its dependencies have not settled yet, or the build has not come to it. */
  | { readonly status: 'waiting' }
  /** All its dependencies have settled: its outputs are looked up, or read if it is a leaf. */
  | { readonly status: 'resolving' }
  /** Its action must run: it has no record, or bytes of it are gone. The bytes of its inputs are looked for, and made where they are gone. */
  | ({ readonly status: 'preparing' } & Work)
  /** The bytes of its inputs are present, but another node has claimed the very same action, whose record will do. */
  | ({ readonly status: 'following' } & Work)
  /** The bytes of its inputs are present and the action is claimed: it is in the queue, since `queued` (milliseconds since the epoch). */
  | ({ readonly status: 'ready'; readonly queued: number } & Work)
  /** There was room for its action. `stale`: an input has changed since, so that it must be resolved again when the action has ended. */
  | ({ readonly status: 'running'; readonly queued: number; stale: boolean } & Work)
  /** Nothing is known here of its object: the outside world is asked, or another node asks for the same. */
  | ({ readonly status: 'asking' } & ObjectWork)
  /** Steps of its object are left. The bytes that they read are looked for, and made where they are gone. */
  | ({ readonly status: 'gathering'; readonly standing: Standing; readonly edges: readonly Edge[] } & ObjectWork)
  /** Its steps are taken. `stop`: an input has changed since, so that it must be resolved again at the next place where it can be stopped. */
  | ({ readonly status: 'making'; readonly stop: AbortController } & ObjectWork)
  /** Its outputs are known, from a record, from the file that it stands for, or because its action ran. */
  | { readonly status: 'settled'; readonly outputs: Outputs }
  /** It could not be read or prepared, or its action failed: nothing that depends on it can be made. */
  | { readonly status: 'failed'; readonly failure: Failure }
  /** Its action was ended together with the build, or its object left as far as it had come. */
  | { readonly status: 'cancelled' };

export type NodeStatus = Phase['status'];

/** To where a node may go from each. A phase that goes on to itself starts anew: what was begun in the old one does not count any more. */
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
  /** Dependencies that have not settled for the first time. */
  pending = 0;
  /** Outputs whose bytes must be present: requested, or wanted by an action that must run. */
  readonly wanted = new Set<string>();
  /** Of its action, once the inputs are known. */
  key: Sha256 | undefined = undefined;
  /** What the label last gave, before this run. */
  previous: Outputs | undefined = undefined;
  /** Nothing of it ran so far. */
  hit = false;
  #phase: Phase = WAITING;
  #lastOutputs: Outputs | undefined = undefined;

  constructor(node: Node) {
    this.node = node;
  }

  /** A new object each time: a step that finds another than it began with has nothing to say any more. */
  get phase(): Phase {
    return this.#phase;
  }

  /** What it settled on last, in this build: those that depend on it read that also while it is being made anew. */
  get lastOutputs(): Outputs | undefined {
    return this.#lastOutputs;
  }

  /** The one way to change where a node stands; throws if it may not go there from where it is. */
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

  /** What it carries in this phase; throws if it stands elsewhere. */
  in<S extends NodeStatus>(status: S): Extract<Phase, { readonly status: S }> {
    const phase = this.#phase;
    if (!isIn(phase, status)) throw internal(`${this.node.label} is ${phase.status}, not ${status}`);
    return phase;
  }
}

function isIn<S extends NodeStatus>(phase: Phase, status: S): phase is Extract<Phase, { readonly status: S }> {
  return phase.status === status;
}
