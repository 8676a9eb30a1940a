/**
 * Runs the actions that must run, as far as the machine has resources for them, and records how each ended. Never runs one action twice at
 * a time.
 */
import { bytesOf } from '../../store/content/artifact.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import type { Execution } from '../../store/history/execution.ts';
import type { Store } from '../../store/store.ts';
import type { Result } from '../../util/result.ts';
import type { Resources } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import type { Emit } from '../model/events.ts';
import { type MadeNode, type Outputs, sameOutputs } from '../model/graph.ts';
import { type Reason, reasonText } from '../model/reason.ts';
import { commitAction } from '../run/commit-action.ts';
import type { Grants } from '../run/grants.ts';
import { type Ran, runAction } from '../run/run-action.ts';
import type { Runners } from '../run/runner.ts';
import type { Activity } from './activity.ts';
import { chargedResources } from './charged-resources.ts';
import type { Estimates } from './estimates.ts';
import { MemoryGuard } from './memory-guard.ts';
import type { NodeState } from './node-state.ts';
import { ReadyQueue } from './ready-queue.ts';
import type { RemoteCache } from './remote-cache.ts';
import type { Supervisor } from './supervisor.ts';

/** An action that is about to run, or an object that is about to be created. */
interface Miss {
  readonly node: MadeNode;
  readonly reason: Reason;
  /** Only for an action. */
  readonly encoded?: EncodedAction;
}

/** Called before anything runs or is created; if it fails, the node fails instead of running. */
export type OnMiss = (miss: Miss) => Promise<Result<void>>;

export interface ExecutorOptions {
  readonly store: Store;
  readonly runners: Runners;
  readonly grants?: Partial<Grants> | undefined;
  readonly supervisor: Supervisor;
  readonly emit: Emit;
  /** The resources of the machine: cpu, memory (MiB), vm …; a resource not named here is unlimited. */
  readonly capacity: Resources;
  /** MiB that are available now; default: unlimited. */
  readonly availableMemory?: (() => number) | undefined;
  readonly estimates: Estimates;
  readonly activity: Activity;
  /** The number of this run in the store's history. */
  readonly run: number;
  /** Only for tests: a permutation of actions of equal priority. */
  readonly shuffle?: (() => number) | undefined;
  readonly onMiss?: OnMiss | undefined;
  /** Gets what was made here, for other machines. */
  readonly cache?: RemoteCache | undefined;
  readonly settle: (state: NodeState, outputs: Outputs) => void;
  /** Resolves the node again: its queued action may be done already, or no longer valid. */
  readonly resolve: (state: NodeState) => void;
}

/** The node that runs an action, and the nodes that wait for the same action. */
interface Claim {
  readonly holder: NodeState;
  readonly followers: Set<NodeState>;
}

/** Milliseconds between two checks of the memory while an action waits for it. */
const LOOK_AGAIN_MS = 1_000;

export class ActionExecutor {
  readonly #options: ExecutorOptions;
  readonly #ready: ReadyQueue<NodeState>;
  readonly #guard: MemoryGuard;
  /** One for each action that runs or is queued. */
  readonly #claims = new Map<Sha256, Claim>();
  #looking: NodeJS.Timeout | undefined;
  #hasToldOfMemory = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#ready = new ReadyQueue(options.capacity);
    this.#guard = new MemoryGuard(options.availableMemory ?? (() => Number.POSITIVE_INFINITY));
  }

  /** Queues a node that is prepared: all its inputs are present. */
  enqueue(state: NodeState): void {
    const { estimates, shuffle, store } = this.#options;
    const work = state.in('preparing');
    const { node, action, encoded } = work;
    const claim = this.#claims.get(encoded.key);
    if (claim !== undefined) {
      state.enter({ ...work, status: 'following' });
      claim.followers.add(state);
      return;
    }
    const priority = estimates.priority(node) + (shuffle?.() ?? 0);
    const resources = chargedResources(action.resources, estimates.memory(node));
    this.#claims.set(encoded.key, { holder: state, followers: new Set() });
    state.enter({ ...work, status: 'ready', queued: store.now() });
    this.#ready.add({ item: state, resources, priority });
  }

  /** Removes a node that has not started: it is ready, or follows another. */
  withdraw(state: NodeState): void {
    const { phase } = state;
    if (phase.status === 'following') {
      this.#claims.get(phase.encoded.key)?.followers.delete(state);
    } else {
      this.#ready.remove(state);
      this.#unclaim(state, state.in('ready').encoded.key);
    }
  }

  /** Starts what the machine has resources for. */
  start(): void {
    clearTimeout(this.#looking);
    let heldBack = false;
    const allows = (resources: Resources): boolean => {
      const allowed = this.#guard.allows(resources);
      heldBack ||= !allowed;
      return allowed;
    };
    for (let next = this.#ready.take(allows); next !== undefined; next = this.#ready.take(allows)) {
      const { item, resources } = next;
      this.#options.supervisor.step(item, () => this.#occupy(item, resources));
    }
    if (!heldBack) return;
    this.#tellOfMemory();
    // Other processes free memory without an event here.
    this.#looking = setTimeout(() => this.#options.supervisor.advance(), LOOK_AGAIN_MS).unref();
  }

  /** Once per build, because the build may look idle. */
  #tellOfMemory(): void {
    const { emit, availableMemory } = this.#options;
    if (this.#hasToldOfMemory) return;
    this.#hasToldOfMemory = true;
    const line = `actions are waiting for memory: the machine has ${availableMemory?.() ?? 0} MiB available`;
    emit({ type: 'notice', line });
  }

  /** The node has run its action, or will not run it: its followers are resolved again. */
  #unclaim(state: NodeState, key: Sha256): void {
    const claim = this.#claims.get(key);
    if (claim?.holder !== state) return;
    this.#claims.delete(key);
    // A follower that was resolved meanwhile for another reason may no longer follow.
    for (const follower of claim.followers) if (follower.phase.status === 'following') this.#options.resolve(follower);
  }

  async #occupy(state: NodeState, resources: Resources): Promise<void> {
    const { activity } = this.#options;
    const slot = activity.enter();
    this.#guard.start(state, resources);
    const leave = (): void => {
      activity.leave(slot);
      this.#guard.end(state);
      this.#ready.release(resources);
    };
    let ended: (() => void) | undefined;
    try {
      ended = await this.#execute(state, slot, resources);
    } finally {
      leave();
    }
    ended();
  }

  /** Returns what to do after its resources are released. */
  async #execute(state: NodeState, slot: number, resources: Resources): Promise<() => void> {
    const { store, emit, run, runners, grants, supervisor, estimates, activity } = this.#options;
    const work = state.in('ready');
    const { node, action, encoded, queued } = work;
    const { label, kind } = node;
    state.enter({ ...work, status: 'running', stale: false });
    // It may have a record whose bytes are gone.
    state.hit = false;
    state.origin = undefined;
    const allowed = await this.#options.onMiss?.({ node, reason: work.reason, encoded });
    if (allowed?.ok === false) {
      return () => {
        this.#unclaim(state, encoded.key);
        supervisor.fail(state, allowed.error);
      };
    }
    const reason = reasonText(work.reason);
    const started = store.now();
    const waited = Math.max(0, started - queued);
    const about = { label, kind, reason, slot, resources };
    emit({ type: 'running', ...about, at: started, expected: estimates.duration(node), waited });
    const began = performance.now();
    let peak: number | undefined;
    const ran = await runAction({
      node,
      action,
      key: encoded.key,
      store,
      runners,
      grants,
      run,
      signal: supervisor.signal,
      progress: words => emit({ type: 'progress', label, words }),
      memory: reading => {
        peak = Math.ceil(reading.peak);
        this.#guard.saw(state, reading.resident);
      },
    });
    // The wall clock may be changed meanwhile.
    const duration = Math.round(performance.now() - began);
    const times = { queued, started, duration };
    const after = activity.noteRun(node);
    const memory = peak === undefined ? {} : { memory: peak };
    const noted = { ...about, ...times, ...memory, key: encoded.key, after };
    const { cache } = this.#options;
    const outcome = ran.result.ok
      ? commitAction(store, { node, action, encoded, outputs: ran.result.value })
      : ran.result;
    // A result that was stopped, or whose inputs have changed meanwhile, stays here.
    const isClean = !supervisor.signal.aborted && !state.in('running').stale;
    if (outcome.ok && isClean && cache?.accepts(kind) === true)
      cache.offer?.({ label, encoded, outputs: outcome.value, duration });
    return () => this.#end(state, { ...ran, result: outcome }, noted);
  }

  #end(state: NodeState, { result, log }: Ran, about: Omit<Execution, 'status'>): void {
    const { store, emit, run, supervisor, activity } = this.#options;
    const { label, kind } = state.node;
    const { duration, memory, key } = about;
    const running = state.in('running');
    const { aborted } = supervisor.signal;
    // A failure with inputs that have changed since says nothing about the present inputs.
    const isVoid = !result.ok && (aborted || running.stale);
    const status = result.ok ? 'done' : isVoid ? 'cancelled' : 'failed';
    const changed = result.ok && !sameOutputs(state.previous, result.value);
    store.history.add(run, {
      ...about,
      status,
      ...(result.ok ? { changed } : { failure: `${result.error.what} [${result.error.code}]` }),
      ...(log === undefined ? {} : { log }),
    });
    const at = store.now();
    if (result.ok) {
      activity.done += 1;
      const bytes = bytesOf(Object.values(result.value));
      const sizes = { ...(bytes === undefined ? {} : { bytes }), ...(memory === undefined ? {} : { memory }) };
      emit({ type: 'ran', label, kind, duration, changed, ...sizes, at });
    } else if (isVoid) {
      emit({ type: 'cancelled', label, kind, at });
    }
    this.#unclaim(state, key);
    if (aborted && !result.ok) state.enter({ status: 'cancelled' });
    else if (running.stale) this.#options.resolve(state);
    else if (result.ok) this.#options.settle(state, result.value);
    else supervisor.fail(state, result.error, log);
  }
}
