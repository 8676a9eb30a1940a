/**
 * Brings objects of the outside world up to date: an object that the store knows is trusted, any other is looked up outside, and created if
 * it does not exist. A lookup needs none of the object's inputs; only creation does. Two nodes of one object share one lookup and one
 * creation.
 */
import { readFileSync } from 'node:fs';
import type { Sha256 } from '../../store/content/digest.ts';
import type { Execution } from '../../store/history/execution.ts';
import type { Store } from '../../store/store.ts';
import { type Failure, internal } from '../../util/failure.ts';
import type { Result } from '../../util/result.ts';
import { isStop } from '../../util/stop.ts';
import { type Advance, advance, findOut, type Standing } from '../external/course.ts';
import type { Pools } from '../external/pools.ts';
import type { Emit } from '../model/events.ts';
import { type Facts, identityOf } from '../model/external.ts';
import { type ExternalNode, edgesOfSteps, OBJECT, type Outputs } from '../model/graph.ts';
import { type Reason, reasonText } from '../model/reason.ts';
import type { OnMiss } from './action-executor.ts';
import type { Activity } from './activity.ts';
import type { Estimates } from './estimates.ts';
import type { NodeState, ObjectWork } from './node-state.ts';
import type { NodeTable } from './node-table.ts';
import { decodeFacts, encodeFacts } from './object-facts.ts';
import type { Supervisor } from './supervisor.ts';

export interface ExternalOptions {
  readonly states: NodeTable;
  readonly store: Store;
  readonly supervisor: Supervisor;
  readonly emit: Emit;
  readonly activity: Activity;
  readonly estimates: Estimates;
  readonly pools: Pools;
  /** Look up each object once, even if the store knows it. */
  readonly refresh: boolean;
  /** The number of this run in the store's history. */
  readonly run: number;
  readonly onMiss: OnMiss | undefined;
  readonly settle: (state: NodeState, outputs: Outputs) => void;
  readonly resolve: (state: NodeState) => void;
  /** Fetches the bytes of the edges in `gathering`, then calls `make`. */
  readonly gather: (state: NodeState) => void;
}

export class ExternalExecutor {
  readonly #options: ExternalOptions;
  /** The node that looks up or creates each object, and the nodes that wait for it. */
  readonly #claims = new Map<Sha256, { readonly holder: NodeState; readonly followers: Set<NodeState> }>();
  /** The node that found or created the object in this run. */
  readonly #brought = new Map<Sha256, NodeState>();

  constructor(options: ExternalOptions) {
    this.#options = options;
  }

  /** Resolves a node. */
  lookUp(state: NodeState, node: ExternalNode): void {
    const { states, supervisor, store, emit, refresh, pools } = this.#options;
    const described = node.describe(states.inputsOf(node));
    if (!described.ok) {
      supervisor.fail(state, described.error);
      return;
    }
    const object = described.value;
    const identity = identityOf(object);
    state.key = identity;
    const known = refresh && !this.#brought.has(identity) ? undefined : store.facts.get(identity);
    if (known !== undefined) {
      // The node that found or created it has already emitted an event, even if an input has changed since.
      if (state.lastOutputs === undefined && this.#brought.get(identity) !== state) {
        state.hit = true;
        emit({ type: 'known', label: node.label, kind: node.kind, key: identity, ...known });
      }
      this.#settle(state, known.facts);
      return;
    }
    const { signal } = supervisor;
    state.enter({ status: 'asking', node, course: { identity, object, steps: node.steps, pools, signal } });
    const claim = this.#claims.get(identity);
    if (claim === undefined) this.#ask(state);
    else claim.followers.add(state);
  }

  /** Removes a node that asks, follows or gathers, before it is resolved again. */
  withdraw(state: NodeState, { course }: ObjectWork): void {
    this.#claims.get(course.identity)?.followers.delete(state);
    this.#unclaim(state, course.identity);
  }

  /** Called when the bytes that the next steps read are here. */
  make(state: NodeState): void {
    if (this.#options.supervisor.isStopped) return;
    const { node, course, standing } = state.in('gathering');
    const stop = new AbortController();
    // Looked up now: an input that changes while a request is in progress belongs to another object.
    const inputs = this.#inputs(node);
    state.enter({ status: 'making', node, course, stop });
    this.#options.supervisor.step(state, () => this.#make(state, standing, inputs));
  }

  /**
   * Nothing is in progress: a node that still has a claim has failed, or waits for an input that failed. Its followers are resolved again.
   */
  passOn(): void {
    for (const [identity, { holder }] of [...this.#claims]) this.#unclaim(holder, identity);
  }

  #ask(state: NodeState): void {
    const { supervisor, store, emit, run } = this.#options;
    const { node, course } = state.in('asking');
    const { phase } = state;
    const { identity } = course;
    const about = { label: node.label, kind: node.kind };
    const isCurrent = (): boolean => state.phase === phase;
    this.#claims.set(identity, { holder: state, followers: new Set() });
    const ask = async (): Promise<void> => {
      const started = store.now();
      emit({ type: 'asking', ...about, at: started });
      // If this build ends before the object is created, another build must not trust the old facts.
      const forget = (): void => store.facts.forget(identity);
      const found = await unlessStopped(findOut(course, forget), supervisor.signal);
      if (!isCurrent()) return;
      if (found === undefined) {
        emit({ type: 'cancelled', ...about, at: store.now() });
        state.enter({ status: 'cancelled' });
        return;
      }
      if (!found.ok) {
        const times = { queued: started, started, duration: Math.max(0, store.now() - started) };
        const place = { reason: 'it was looked up', slot: 0, resources: {}, after: [] };
        const failure = failureText(found.error);
        store.history.add(run, { ...about, ...times, ...place, key: identity, status: 'failed', failure });
        this.#unclaim(state, identity);
        supervisor.fail(state, found.error);
        return;
      }
      const { next, facts } = found.value;
      if (next === node.steps.length) {
        state.hit = true;
        emit({ type: 'found', ...about, facts, at: store.now() });
        this.#remember(state, identity, facts);
        return;
      }
      const left = node.steps.slice(next);
      emit({ type: 'absent', ...about, steps: left.map(({ name }) => name), at: store.now() });
      state.enter({ status: 'gathering', node, course, standing: found.value, edges: edgesOfSteps(node, left) });
      this.#options.gather(state);
    };
    supervisor.step(state, ask, isCurrent);
  }

  async #make(state: NodeState, standing: Standing, inputs: Advance['inputs']): Promise<void> {
    const { supervisor, store, emit, activity, estimates, onMiss } = this.#options;
    const { node, course, stop } = state.in('making');
    const { label, kind } = node;
    const { identity } = course;
    const about = { label, kind };
    const steps = node.steps.slice(standing.next).map(({ name }) => name);
    const reason: Reason = { type: 'absent', steps };
    const allowed = await onMiss?.({ node, reason });
    if (allowed?.ok === false) {
      this.#unclaim(state, identity);
      supervisor.fail(state, allowed.error);
      return;
    }
    const slot = activity.enter();
    const started = store.now();
    const place = { ...about, reason: reasonText(reason), slot, resources: {} };
    state.hit = false;
    emit({ type: 'running', ...place, at: started, expected: estimates.duration(node), waited: 0 });
    const began = performance.now();
    const signal = AbortSignal.any([supervisor.signal, stop.signal]);
    const options: Advance = {
      inputs,
      tell: ({ is, step, progress }) => emit({ type: is, ...about, step, progress, at: store.now() }),
    };
    const made = await unlessStopped(advance({ ...course, signal }, standing, options), signal).finally(() =>
      activity.leave(slot),
    );
    const duration = Math.round(performance.now() - began);
    const after = activity.noteRun(node);
    const noted = { ...place, key: identity, queued: started, started, duration, after };
    this.#end(state, made, noted);
  }

  /** `made` is undefined if it was stopped before the end. */
  #end(state: NodeState, made: Result<Facts> | undefined, about: Omit<Execution, 'status'>): void {
    const { supervisor, store, emit, activity, run } = this.#options;
    const { label, kind } = state.node;
    const { stop } = state.in('making');
    const { key, duration } = about;
    const at = store.now();
    const note = (more: Pick<Execution, 'status' | 'changed' | 'failure'>): void =>
      store.history.add(run, { ...about, ...more });
    if (made?.ok === true) {
      activity.done += 1;
      note({ status: 'done', changed: true });
      emit({ type: 'made', label, kind, facts: made.value, duration, at });
      // Also if its inputs have changed since: the object exists, and needs no further lookup.
      this.#remember(state, key, made.value, stop.signal.aborted);
      return;
    }
    if (made !== undefined && !stop.signal.aborted && !supervisor.signal.aborted) {
      note({ status: 'failed', failure: failureText(made.error) });
      this.#unclaim(state, key);
      supervisor.fail(state, made.error);
      return;
    }
    note({ status: 'cancelled' });
    emit({ type: 'cancelled', label, kind, at });
    this.#unclaim(state, key);
    if (supervisor.signal.aborted) state.enter({ status: 'cancelled' });
    else this.#options.resolve(state);
  }

  /** Its facts are stored before any other node uses them. */
  #remember(state: NodeState, identity: Sha256, facts: Facts, isVoid = false): void {
    const { store } = this.#options;
    this.#brought.set(identity, state);
    store.facts.put(identity, { facts, asked: store.now() });
    this.#unclaim(state, identity);
    if (isVoid) this.#options.resolve(state);
    else this.#settle(state, facts);
  }

  #settle(state: NodeState, facts: Facts): void {
    const digest = this.#options.store.blobs.putBytes(encodeFacts(facts));
    this.#options.settle(state, { [OBJECT]: { type: 'file', digest } });
  }

  /** Nodes that wait for the same object are resolved again. */
  #unclaim(state: NodeState, identity: Sha256): void {
    const claim = this.#claims.get(identity);
    if (claim?.holder !== state) return;
    this.#claims.delete(identity);
    for (const follower of claim.followers) if (follower.phase.status === 'asking') this.#options.resolve(follower);
  }

  /** The inputs as they are now. */
  #inputs(node: ExternalNode): Advance['inputs'] {
    const { states, store } = this.#options;
    const artifacts = states.inputsOf(node);
    const path = (name: string): string => {
      const artifact = artifacts[name];
      if (artifact === undefined) throw internal(`${node.label} has no input ${name}`);
      return store.blobs.path(artifact.digest);
    };
    return { path, factsOf: name => decodeFacts(readFileSync(path(name), 'utf8')) };
  }
}

/** Undefined if it was stopped before the end. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!isStop(error, signal)) throw error;
    return undefined;
  }
}

/** In the form that the history keeps. */
function failureText({ what, code }: Failure): string {
  return `${what} [${code}]`;
}
