/** Runs the actions that must run, as the machine has room for them, and notes how each ended. Never runs one action twice at a time. */
import type { Sha256 } from '../store/digest.ts';
import type { Store } from '../store/store.ts';
import { internal } from '../util/failure.ts';
import type { Result } from '../util/result.ts';
import type { Resources } from './action.ts';
import type { EncodedAction } from './action-key.ts';
import type { Emit } from './events.ts';
import type { ActionNode, Outputs } from './graph.ts';
import { type NodeState, sameOutputs } from './node-state.ts';
import type { Estimates } from './priorities.ts';
import { ReadyQueue } from './ready-queue.ts';
import { type Reason, reasonText } from './reason.ts';
import { runAction } from './run-action.ts';
import type { Runner } from './runner.ts';
import type { Supervisor } from './supervisor.ts';

/** An action that is about to run. */
interface Miss {
  readonly node: ActionNode;
  readonly reason: Reason;
  readonly encoded: EncodedAction;
}

/** Asked before each action runs; a failure fails the node in its place. */
export type OnMiss = (miss: Miss) => Promise<Result<void>>;

export interface ExecutionOptions {
  readonly store: Store;
  readonly runner: Runner;
  readonly supervisor: Supervisor;
  readonly emit: Emit;
  /** What the machine has: cpu, memory (MiB), vm …; a resource not named here is unlimited. */
  readonly capacity: Resources;
  readonly estimates: Estimates;
  /** The number of this run in the store's history. */
  readonly run: number;
  /** Only for tests: a permutation of actions of equal priority. */
  readonly shuffle?: (() => number) | undefined;
  readonly onMiss?: OnMiss | undefined;
  /** Called when an action that had a record runs after all. */
  readonly missed: (state: NodeState) => void;
  readonly settle: (state: NodeState, outputs: Outputs) => void;
  /** To be looked at anew: what it was queued for may be done already, or void. */
  readonly resolve: (state: NodeState) => void;
}

export class Execution {
  readonly #options: ExecutionOptions;
  readonly #ready: ReadyQueue<NodeState>;
  /** Who runs or is about to run which action. */
  readonly #claims = new Map<Sha256, NodeState>();
  #ran = 0;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#ready = new ReadyQueue(options.capacity);
  }

  /** Actions that ran to a good end. */
  get ran(): number {
    return this.#ran;
  }

  enqueue(state: NodeState): void {
    const { estimates, shuffle } = this.#options;
    const { action, encoded, node } = state;
    if (action === undefined || encoded === undefined) throw internal(`${node.label} has no action`);
    const first = this.#claims.get(encoded.key);
    if (first !== undefined) {
      state.status = 'following';
      first.followers.push(state);
      return;
    }
    this.#claims.set(encoded.key, state);
    state.status = 'ready';
    const priority = (estimates.priority.get(node.label) ?? 0) + (shuffle?.() ?? 0);
    this.#ready.add({ item: state, resources: action.resources, priority });
  }

  /** Takes back a node that is ready, but has not started. */
  withdraw(state: NodeState): void {
    this.#ready.remove(state);
    this.#unclaim(state);
  }

  /** Starts what there is room for. */
  start(): void {
    for (let next = this.#ready.take(); next !== undefined; next = this.#ready.take()) {
      const { item, resources } = next;
      this.#options.supervisor.step(item, () => this.#execute(item, resources));
    }
  }

  /** The node will not run what it was queued for, or has run it: its followers look for themselves. */
  #unclaim(state: NodeState): void {
    if (state.encoded !== undefined && this.#claims.get(state.encoded.key) === state)
      this.#claims.delete(state.encoded.key);
    for (const follower of state.followers.splice(0))
      if (follower.status === 'following') this.#options.resolve(follower);
  }

  async #execute(state: NodeState, resources: Resources): Promise<void> {
    const { store, emit, run, runner, supervisor, estimates } = this.#options;
    const { node, action, encoded } = state;
    if (node.type !== 'action' || action === undefined || encoded === undefined)
      throw internal(`${node.label} was not prepared`);
    const { label, kind } = node;
    state.status = 'running';
    this.#options.missed(state);
    const allowed = await this.#options.onMiss?.({ node, reason: state.reason, encoded });
    if (allowed?.ok === false) {
      this.#ready.release(resources);
      this.#unclaim(state);
      supervisor.fail(state, allowed.error);
      return;
    }
    const reason = reasonText(state.reason);
    const started = store.now();
    emit({ type: 'running', label, kind, reason, at: started, expected: estimates.duration(node) });
    const { result, log } = await runAction({
      node,
      action,
      encoded,
      store,
      runner,
      run,
      signal: supervisor.signal,
      progress: words => emit({ type: 'progress', label, words }),
    }).finally(() => this.#ready.release(resources));
    const at = store.now();
    const duration = at - started;
    // A failure on inputs that have changed since says nothing about those that are there now.
    const isVoid = !result.ok && (supervisor.signal.aborted || state.stale);
    const status = result.ok ? 'done' : isVoid ? 'cancelled' : 'failed';
    const logged = log === undefined ? {} : { log };
    store.history.add(run, { label, kind, key: encoded.key, started, duration, status, reason, ...logged });
    const { stale } = state;
    state.stale = false;
    if (result.ok) {
      this.#ran += 1;
      emit({ type: 'ran', label, kind, duration, changed: !sameOutputs(state.previous, result.value), at });
    } else if (isVoid) {
      state.status = 'cancelled';
      emit({ type: 'cancelled', label, kind, at });
    }
    this.#unclaim(state);
    if (stale) this.#options.resolve(state);
    else if (result.ok) this.#options.settle(state, result.value);
    else if (!isVoid) supervisor.fail(state, result.error, log);
  }
}
