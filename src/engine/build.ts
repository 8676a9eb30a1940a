/**
 * Brings targets up to date with the least work that is right.
 *
 *     waiting ──deps settled──► resolving ──record found──► settled
 *                                   │ miss                    ▲  │ its bytes are wanted, but gone
 *                                   ▼                         │  ▼
 *                               preparing ──inputs present──► ready ──room──► running ──► settled | failed
 *
 * A node's key is made of its inputs' output digests, so it is known only when they are settled; a node that ran to the same digests as
 * before changes nothing downstream (early cutoff). Bytes are asked for only by an action that must run and for requested outputs; a blob
 * that is gone then makes its own node run again. Should that give other bytes, everything that was settled on the old ones is resolved
 * anew.
 */
import type { Sha256 } from '../store/digest.ts';
import type { Artifact } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type Failure, internal } from '../util/failure.ts';
import type { Action, Resources } from './action.ts';
import { type EncodedAction, encodeAction } from './action-key.ts';
import type { BuildStatus, Emit } from './events.ts';
import { type ActionNode, edgesOf, type Graph, type Label, type Node, type Outputs, reachable } from './graph.ts';
import { type Estimates, estimate } from './priorities.ts';
import { ReadyQueue } from './ready-queue.ts';
import { missReason } from './reason.ts';
import { runAction } from './run-action.ts';
import type { Runner } from './runner.ts';

export interface Target {
  readonly label: Label;
  /** Outputs whose bytes must be in the store at the end. */
  readonly outputs: readonly string[];
}

export interface BuildRequest {
  readonly graph: Graph;
  readonly targets: readonly Target[];
  readonly store: Store;
  readonly runner: Runner;
  /** What the machine has: cpu, memory (MiB), vm …; a resource not named here is unlimited. */
  readonly capacity: Resources;
  /** After a failure: finish what runs and start nothing (`stop`), build what still can be (`keep-going`), or end at once (`fail-fast`). */
  readonly onFailure: 'stop' | 'keep-going' | 'fail-fast';
  /** Aborted once: stop everything that runs. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** The number of this run in the store's history. */
  readonly run: number;
  /** Only for tests: a permutation of actions of equal priority. */
  readonly shuffle?: () => number;
}

export interface BuildResult {
  readonly status: BuildStatus;
  readonly outputs: ReadonlyMap<Label, Outputs>;
  readonly failures: ReadonlyMap<Label, Failure>;
  readonly ran: number;
}

export function build(request: BuildRequest): Promise<BuildResult> {
  return new Build(request).run();
}

type Status = 'waiting' | 'resolving' | 'preparing' | 'ready' | 'running' | 'settled' | 'failed' | 'skipped';

interface State {
  readonly node: Node;
  readonly dependents: State[];
  status: Status;
  /** Dependencies that have not settled for the first time. */
  pending: number;
  /** Outputs whose bytes must be present: requested, or wanted by an action that must run. */
  readonly wanted: Set<string>;
  action?: Action;
  encoded?: EncodedAction;
  outputs?: Outputs;
  /** What the label last gave, before this run. */
  previous?: Outputs | undefined;
  reason: string;
  /** An input changed while the action ran; resolve again when it is done. */
  stale: boolean;
  ran: boolean;
}

class Build {
  readonly #request: BuildRequest;
  readonly #states = new Map<Label, State>();
  readonly #order: readonly Node[];
  readonly #estimates: Estimates;
  readonly #ready: ReadyQueue<State>;
  readonly #failures = new Map<Label, Failure>();
  /** Ends what runs: the caller's signal, or a failure under `fail-fast`. */
  readonly #stop = new AbortController();
  readonly #finish = Promise.withResolvers<void>();
  /** Asynchronous steps under way that are not running actions. */
  #steps = 0;
  readonly #toResolve: State[] = [];
  #resolving = false;
  #ran = 0;
  #hits = 0;

  constructor(request: BuildRequest) {
    this.#request = request;
    this.#order = reachable(
      request.graph,
      request.targets.map(target => target.label),
    );
    this.#estimates = estimate(this.#order, request.store.history);
    this.#ready = new ReadyQueue(request.capacity);
    for (const node of this.#order) {
      const state: State = {
        node,
        dependents: [],
        status: 'waiting',
        pending: 0,
        wanted: new Set(),
        reason: '',
        stale: false,
        ran: false,
      };
      this.#states.set(node.label, state);
      for (const label of dependenciesOf(node)) {
        this.#state(label).dependents.push(state);
        state.pending += 1;
      }
    }
    for (const target of request.targets) {
      for (const output of target.outputs) this.#state(target.label).wanted.add(output);
    }
  }

  async run(): Promise<BuildResult> {
    const { emit, store, signal } = this.#request;
    emit({ type: 'started', nodes: this.#order.length, at: store.now() });
    const interrupt = (): void => {
      this.#stop.abort();
      this.#advance();
    };
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt);
    for (const node of this.#order) {
      const state = this.#state(node.label);
      if (state.pending === 0) this.#resolve(state);
    }
    this.#advance();
    await this.#finish.promise;
    signal.removeEventListener('abort', interrupt);
    this.#reportSkipped();
    const status: BuildStatus = signal.aborted ? 'interrupted' : this.#failures.size > 0 ? 'failed' : 'done';
    emit({ type: 'finished', status, ran: this.#ran, hits: this.#hits, failed: this.#failures.size, at: store.now() });
    return { status, outputs: this.#collectOutputs(), failures: this.#failures, ran: this.#ran };
  }

  /** Finds out what the node's outputs are, or that its action must run. A queue, not recursion: graphs are deeper than the call stack. */
  #resolve(state: State): void {
    this.#toResolve.push(state);
    if (this.#resolving) return;
    this.#resolving = true;
    for (let next = this.#toResolve.shift(); next !== undefined; next = this.#toResolve.shift()) {
      if (this.#isStopped()) continue;
      next.status = 'resolving';
      const resolved = next;
      const { node } = next;
      if (node.type === 'leaf') this.#step(async () => this.#readLeaf(resolved, node));
      else this.#lookUp(resolved, node);
    }
    this.#resolving = false;
  }

  async #readLeaf(state: State, node: Node & { type: 'leaf' }): Promise<void> {
    const outputs = await node.read(this.#request.store);
    if (outputs.ok) this.#settle(state, outputs.value);
    else this.#fail(state, outputs.error);
  }

  #lookUp(state: State, node: ActionNode): void {
    const { records } = this.#request.store;
    const action = node.prepare(this.#inputsOf(node), this.#keysOf(node));
    if (!action.ok) {
      this.#fail(state, action.error);
      return;
    }
    state.action = action.value;
    state.encoded = encodeAction(action.value.spec);
    const record = records.find(state.encoded.key);
    if (record === undefined) {
      const latest = records.latest(node.label);
      state.previous = latest?.outputs;
      state.reason = missReason(latest, state.encoded.parts);
      this.#prepare(state);
      return;
    }
    records.markLatest(node.label, record.key);
    state.previous = record.outputs;
    this.#settle(state, record.outputs);
    if (state.wanted.size > 0) this.#requireBytes(state);
  }

  /** Makes a settled node run again if bytes that somebody wants are gone. */
  #requireBytes(state: State): void {
    this.#step(async () => {
      const { outputs } = state;
      if (outputs === undefined || state.status !== 'settled') return;
      for (const name of state.wanted) {
        const artifact = outputs[name];
        if (artifact === undefined) throw internal(`${state.node.label} has no output ${name}`);
        const presence = await this.#presence(artifact);
        if (presence === 'present' || state.status !== 'settled') continue;
        state.reason = `its output ${name} is ${presence}`;
        this.#prepare(state);
        return;
      }
      for (const dependent of state.dependents) this.#wakePreparing(dependent);
    });
  }

  /** Sees to it that the bytes of every input are there, which may take other nodes' actions, then queues the action. */
  #prepare(state: State): void {
    if (this.#isStopped()) return;
    state.status = 'preparing';
    this.#step(async () => {
      const { node } = state;
      if (node.type !== 'action') throw internal(`${node.label} has no action`);
      let complete = true;
      // An edge may give no more than a digest; bytes are needed of what the action reads.
      const read = new Set([...(state.action?.spec.inputs.values() ?? [])].map(({ digest }) => digest.hash));
      for (const edge of Object.values(node.inputs)) {
        const input = this.#state(edge.label);
        const artifact = input.outputs?.[edge.output];
        if (artifact === undefined) throw internal(`${edge.label} has no output ${edge.output}`);
        if (!read.has(artifact.digest.hash) || (await this.#presence(artifact)) === 'present') continue;
        complete = false;
        input.wanted.add(edge.output);
        if (input.status === 'settled') this.#requireBytes(input);
      }
      if (complete && state.status === 'preparing') this.#enqueue(state);
    });
  }

  #enqueue(state: State): void {
    if (state.action === undefined) throw internal(`${state.node.label} has no action`);
    state.status = 'ready';
    const priority = (this.#estimates.priority.get(state.node.label) ?? 0) + (this.#request.shuffle?.() ?? 0);
    this.#ready.add({ item: state, resources: state.action.resources, priority });
  }

  async #execute(state: State, resources: Resources): Promise<void> {
    const { store, emit, run, runner } = this.#request;
    const { node, action, encoded, reason } = state;
    if (node.type !== 'action' || action === undefined || encoded === undefined)
      throw internal(`${node.label} was not prepared`);
    state.status = 'running';
    const started = store.now();
    emit({
      type: 'running',
      label: node.label,
      kind: node.kind,
      reason,
      at: started,
      expected: this.#estimates.duration(node),
    });
    const { result, log } = await runAction({
      node,
      action,
      encoded,
      store,
      runner,
      run,
      signal: this.#stop.signal,
      progress: words => emit({ type: 'progress', label: node.label, words }),
    });
    const now = store.now();
    const cancelled = !result.ok && this.#stop.signal.aborted;
    const status = result.ok ? 'done' : cancelled ? 'cancelled' : 'failed';
    store.history.add(run, {
      label: node.label,
      kind: node.kind,
      key: encoded.key,
      started,
      duration: now - started,
      status,
      reason,
      log,
    });
    this.#ready.release(resources);
    if (cancelled) {
      state.status = 'skipped';
      emit({ type: 'cancelled', label: node.label, kind: node.kind, at: now });
    } else if (result.ok) {
      this.#ran += 1;
      state.ran = true;
      const changed = !sameOutputs(state.previous, result.value);
      emit({ type: 'ran', label: node.label, kind: node.kind, duration: now - started, changed, at: now });
      if (state.stale) {
        state.stale = false;
        this.#resolve(state);
      } else {
        this.#settle(state, result.value);
      }
    } else {
      this.#fail(state, result.error, log);
    }
  }

  #settle(state: State, outputs: Outputs): void {
    const before = state.outputs;
    state.status = 'settled';
    state.outputs = outputs;
    if (!state.ran && before === undefined) {
      this.#hits += state.node.type === 'action' ? 1 : 0;
      const key = state.encoded === undefined ? {} : { key: state.encoded.key };
      this.#request.emit({ type: 'hit', label: state.node.label, kind: state.node.kind, ...key });
    }
    const changed = before !== undefined && !sameOutputs(before, outputs);
    for (const dependent of state.dependents) {
      if (before === undefined) {
        dependent.pending -= 1;
        if (dependent.pending === 0) this.#resolve(dependent);
      } else if (changed) {
        this.#invalidate(dependent);
      } else {
        this.#wakePreparing(dependent);
      }
    }
  }

  /** An input's bytes came back unchanged: look again whether all are there. */
  #wakePreparing(state: State): void {
    if (state.status === 'preparing') this.#prepare(state);
  }

  /** An input's digest is another now: what was concluded from the old one is void. */
  #invalidate(state: State): void {
    if (state.pending > 0) return;
    if (state.status === 'running') {
      state.stale = true;
    } else if (state.status === 'settled' || state.status === 'ready' || state.status === 'preparing') {
      if (state.status === 'ready') this.#ready.remove(state);
      this.#resolve(state);
    }
  }

  #fail(state: State, failure: Failure, log?: string): void {
    const { node } = state;
    state.status = 'failed';
    this.#failures.set(node.label, failure);
    const where = log === undefined ? {} : { log };
    this.#request.emit({
      type: 'failed',
      label: node.label,
      kind: node.kind,
      failure,
      ...where,
      at: this.#request.store.now(),
    });
    if (this.#request.onFailure === 'fail-fast') this.#stop.abort();
  }

  async #presence(artifact: Artifact): Promise<'present' | 'missing' | 'damaged'> {
    const { blobs } = this.#request.store;
    return artifact.type === 'directory' ? blobs.checkDirectory(artifact.digest) : blobs.check(artifact.digest);
  }

  /** Runs an asynchronous step that keeps the build alive; a bug in it ends the build loudly. */
  #step(work: () => Promise<void>): void {
    this.#steps += 1;
    work()
      .catch(error => this.#finish.reject(error))
      .finally(() => {
        this.#steps -= 1;
        this.#advance();
      });
  }

  /** Starts what there is room for; the build is over when nothing runs and nothing can start. */
  #advance(): void {
    if (!this.#isStopped()) {
      for (let next = this.#ready.take(); next !== undefined; next = this.#ready.take()) {
        const { item, resources } = next;
        this.#step(() => this.#execute(item, resources));
      }
    }
    if (this.#steps === 0) this.#finish.resolve();
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted || (this.#failures.size > 0 && this.#request.onFailure !== 'keep-going');
  }

  #reportSkipped(): void {
    const blocked = new Map<Label, Label>();
    for (const node of this.#order) {
      const state = this.#state(node.label);
      if (state.status === 'settled') continue;
      if (state.status === 'failed') {
        blocked.set(node.label, node.label);
        continue;
      }
      const culprit = dependenciesOf(node)
        .map(label => blocked.get(label))
        .find(label => label !== undefined);
      if (culprit !== undefined) blocked.set(node.label, culprit);
      this.#request.emit({ type: 'skipped', label: node.label, kind: node.kind, because: culprit ?? 'stopped' });
    }
  }

  #collectOutputs(): ReadonlyMap<Label, Outputs> {
    const outputs = new Map<Label, Outputs>();
    for (const [label, state] of this.#states) {
      if (state.status === 'settled' && state.outputs !== undefined) outputs.set(label, state.outputs);
    }
    return outputs;
  }

  #inputsOf(node: ActionNode): Outputs {
    const inputs: Record<string, Artifact> = {};
    for (const [name, edge] of Object.entries(node.inputs)) {
      const artifact = this.#state(edge.label).outputs?.[edge.output];
      if (artifact === undefined)
        throw internal(`${edge.label} has no output ${edge.output}, which ${node.label} wants`);
      inputs[name] = artifact;
    }
    return inputs;
  }

  #keysOf(node: ActionNode): Readonly<Record<string, Sha256>> {
    const keys: Record<string, Sha256> = {};
    for (const [name, edge] of Object.entries(node.inputs)) {
      const key = this.#state(edge.label).encoded?.key;
      if (key !== undefined) keys[name] = key;
    }
    return keys;
  }

  #state(label: Label): State {
    const state = this.#states.get(label);
    if (state === undefined) throw internal(`${label} is not part of this build`);
    return state;
  }
}

/** Each dependency once, however many of its outputs are consumed. */
function dependenciesOf(node: Node): readonly Label[] {
  return [...new Set(edgesOf(node).map(edge => edge.label))];
}

function sameOutputs(a: Outputs | undefined, b: Outputs): boolean {
  if (a === undefined) return false;
  const names = Object.keys(b);
  return (
    names.length === Object.keys(a).length &&
    names.every(name => a[name]?.digest.hash === b[name]?.digest.hash && a[name]?.type === b[name]?.type)
  );
}
