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
import { type Intake, storingIntake } from '../store/intake.ts';
import type { Artifact } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { storeFailure } from '../store/store-failure.ts';
import { type Failure, internal } from '../util/failure.ts';
import type { Resources } from './action.ts';
import { encodeAction } from './action-key.ts';
import type { BuildStatus, Emit } from './events.ts';
import {
  type ActionNode,
  type Edge,
  type Graph,
  type Label,
  type LeafNode,
  type Node,
  type Outputs,
  reachable,
} from './graph.ts';
import { dependenciesOf, type NodeState, newState, recordedOutputs, sameOutputs } from './node-state.ts';
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

class Build {
  readonly #request: BuildRequest;
  readonly #states = new Map<Label, NodeState>();
  readonly #order: readonly Node[];
  readonly #estimates: Estimates;
  readonly #ready: ReadyQueue<NodeState>;
  readonly #intake: Intake;
  readonly #failures = new Map<Label, Failure>();
  /** Who runs or is about to run which action. */
  readonly #claims = new Map<Sha256, NodeState>();
  /** Ends what runs: the caller's signal, a failure under `fail-fast`, or a bug. */
  readonly #stop = new AbortController();
  readonly #finish = Promise.withResolvers<void>();
  /** The first bug; thrown when nothing runs any more. */
  #bug: { readonly error: unknown } | undefined;
  /** Asynchronous steps under way, running actions among them. */
  #steps = 0;
  #toResolve: NodeState[] = [];
  #resolving = false;
  #ran = 0;
  #hits = 0;

  constructor(request: BuildRequest) {
    this.#request = request;
    this.#intake = storingIntake(request.store);
    this.#order = reachable(
      request.graph,
      request.targets.map(target => target.label),
    );
    this.#estimates = estimate(this.#order, request.store.history);
    this.#ready = new ReadyQueue(request.capacity);
    for (const node of this.#order) {
      const state = newState(node);
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
    if (this.#bug !== undefined) throw this.#bug.error;
    this.#reportSkipped();
    const status: BuildStatus = signal.aborted ? 'interrupted' : this.#failures.size > 0 ? 'failed' : 'done';
    emit({ type: 'finished', status, ran: this.#ran, hits: this.#hits, failed: this.#failures.size, at: store.now() });
    return { status, outputs: this.#collectOutputs(), failures: this.#failures, ran: this.#ran };
  }

  /** Finds out what the node's outputs are, or that its action must run. A queue, not recursion: graphs are deeper than the call stack. */
  #resolve(state: NodeState): void {
    this.#toResolve.push(state);
    if (this.#resolving) return;
    this.#resolving = true;
    // Iteration goes on to what is pushed meanwhile.
    for (const next of this.#toResolve) {
      if (this.#isStopped()) break;
      this.#guarded(next, () => this.#resolveOne(next));
    }
    this.#toResolve = [];
    this.#resolving = false;
  }

  #resolveOne(state: NodeState): void {
    const { node } = state;
    state.status = 'resolving';
    if (node.type === 'leaf') this.#step(state, () => this.#readLeaf(state, node));
    else this.#lookUp(state, node);
  }

  async #readLeaf(state: NodeState, node: LeafNode): Promise<void> {
    const outputs = await node.read(this.#intake);
    if (outputs.ok) this.#settle(state, outputs.value);
    else this.#fail(state, outputs.error);
  }

  #lookUp(state: NodeState, node: ActionNode): void {
    const { records } = this.#request.store;
    const action = node.prepare(this.#inputsOf(node), this.#keysOf(node));
    if (!action.ok) {
      this.#fail(state, action.error);
      return;
    }
    const { spec } = action.value;
    state.action = action.value;
    state.encoded = encodeAction(spec);
    const record = records.find(state.encoded.key);
    const outputs = record === undefined ? undefined : recordedOutputs(record, spec);
    if (outputs === undefined) {
      const latest = records.latest(node.label);
      state.previous = latest?.outputs;
      state.reason = missReason(latest, state.encoded.parts);
      this.#prepare(state);
      return;
    }
    records.markLatest(node.label, state.encoded.key, this.#request.store.now());
    state.previous = outputs;
    this.#settle(state, outputs);
    if (state.wanted.size > 0) this.#requireBytes(state);
  }

  /** Makes a settled node run again if bytes that somebody wants are gone. One that is on its way to run will bring them anyhow. */
  #requireBytes(state: NodeState): void {
    this.#step(state, async () => {
      const { outputs } = state;
      if (outputs === undefined || state.status !== 'settled') return;
      for (const name of state.wanted) {
        const artifact = outputs[name];
        if (artifact === undefined) throw internal(`${state.node.label} has no output ${name}`);
        const presence = await this.#presence(artifact);
        // Settled anew meanwhile, or made to run by somebody else: whoever did that looks for himself.
        if (state.status !== 'settled' || state.outputs !== outputs) return;
        if (presence === 'present') continue;
        state.reason = `its output ${name} is ${presence}`;
        this.#prepare(state);
        return;
      }
      for (const dependent of state.dependents) this.#wakePreparing(dependent);
    });
  }

  /** Sees to it that the bytes of every input are there, which may take other nodes' actions, then queues the action. */
  #prepare(state: NodeState): void {
    const { node, action } = state;
    if (node.type !== 'action' || action === undefined) throw internal(`${node.label} has no action`);
    state.status = 'preparing';
    state.look += 1;
    if (this.#isStopped()) return;
    const { look } = state;
    const isCurrent = (): boolean => state.status === 'preparing' && state.look === look;
    this.#step(state, async () => {
      let complete = true;
      // An edge may give no more than a digest; bytes are needed of what the action reads.
      const read = new Set([...action.spec.inputs.values()].map(({ digest }) => digest.hash));
      for (const edge of Object.values(node.inputs)) {
        const input = this.#state(edge.label);
        const artifact = this.#artifact(edge);
        if (!read.has(artifact.digest.hash) || (await this.#presence(artifact)) === 'present') continue;
        if (!isCurrent()) return;
        complete = false;
        input.wanted.add(edge.output);
        if (input.status === 'settled') this.#requireBytes(input);
      }
      if (complete && isCurrent()) this.#enqueue(state);
    });
  }

  #enqueue(state: NodeState): void {
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
    const priority = (this.#estimates.priority.get(node.label) ?? 0) + (this.#request.shuffle?.() ?? 0);
    this.#ready.add({ item: state, resources: action.resources, priority });
  }

  /** The node will not run what it was queued for, or has run it: its followers look for themselves. */
  #unclaim(state: NodeState): void {
    if (state.encoded !== undefined && this.#claims.get(state.encoded.key) === state)
      this.#claims.delete(state.encoded.key);
    for (const follower of state.followers.splice(0)) if (follower.status === 'following') this.#resolve(follower);
  }

  async #execute(state: NodeState, resources: Resources): Promise<void> {
    const { store, emit, run, runner } = this.#request;
    const { node, action, encoded, reason } = state;
    if (node.type !== 'action' || action === undefined || encoded === undefined)
      throw internal(`${node.label} was not prepared`);
    const { label, kind } = node;
    state.status = 'running';
    // Its record was there, but not its bytes.
    if (state.hit) this.#hits -= 1;
    state.hit = false;
    const started = store.now();
    emit({ type: 'running', label, kind, reason, at: started, expected: this.#estimates.duration(node) });
    const { result, log } = await runAction({
      node,
      action,
      encoded,
      store,
      runner,
      run,
      signal: this.#stop.signal,
      progress: words => emit({ type: 'progress', label, words }),
    }).finally(() => this.#ready.release(resources));
    const at = store.now();
    const duration = at - started;
    // A failure on inputs that have changed since says nothing about those that are there now.
    const isVoid = !result.ok && (this.#stop.signal.aborted || state.stale);
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
    if (stale) this.#resolve(state);
    else if (result.ok) this.#settle(state, result.value, 'ran');
    else if (!isVoid) this.#fail(state, result.error, log);
  }

  #settle(state: NodeState, outputs: Outputs, how: 'ran' | 'found' = 'found'): void {
    const { node, outputs: before } = state;
    state.status = 'settled';
    state.outputs = outputs;
    if (how === 'found' && before === undefined) {
      state.hit = node.type === 'action';
      if (state.hit) this.#hits += 1;
      const key = state.encoded === undefined ? {} : { key: state.encoded.key };
      this.#request.emit({ type: 'hit', label: node.label, kind: node.kind, ...key });
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
  #wakePreparing(state: NodeState): void {
    if (state.status === 'preparing') this.#prepare(state);
  }

  /** An input's digest is another now: what was concluded from the old one is void. */
  #invalidate(state: NodeState): void {
    if (state.pending > 0) return;
    if (state.status === 'running') {
      state.stale = true;
    } else if (state.status !== 'failed' && state.status !== 'cancelled') {
      if (state.status === 'ready') {
        this.#ready.remove(state);
        this.#unclaim(state);
      }
      this.#resolve(state);
    }
  }

  #fail(state: NodeState, failure: Failure, log?: string): void {
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

  /** Runs an asynchronous step that keeps the build alive. */
  #step(state: NodeState, work: () => Promise<void>): void {
    this.#steps += 1;
    work()
      .catch(error => this.#broke(state, error))
      .finally(() => {
        this.#steps -= 1;
        this.#advance();
      });
  }

  /** Runs something that must not throw into whoever called it. */
  #guarded(state: NodeState, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#broke(state, error);
    }
  }

  /** What the operating system refused fails the node; anything else is a bug, and ends the build as soon as nothing runs any more. */
  #broke(state: NodeState, error: unknown): void {
    try {
      const failure = storeFailure(error);
      if (failure === undefined) throw error;
      this.#fail(state, failure);
    } catch (bug) {
      this.#bug ??= { error: bug };
      this.#stop.abort();
    }
  }

  /** Starts what there is room for; the build is over when nothing runs and nothing can start. */
  #advance(): void {
    if (!this.#isStopped()) {
      for (let next = this.#ready.take(); next !== undefined; next = this.#ready.take()) {
        const { item, resources } = next;
        this.#step(item, () => this.#execute(item, resources));
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
    return Object.fromEntries(Object.entries(node.inputs).map(([name, edge]) => [name, this.#artifact(edge)]));
  }

  /** What an edge gives, once its node has settled. */
  #artifact({ label, output }: Edge): Artifact {
    const artifact = this.#state(label).outputs?.[output];
    if (artifact === undefined) throw internal(`${label} has no output ${output}`);
    return artifact;
  }

  #keysOf(node: ActionNode): Readonly<Record<string, Sha256>> {
    const keys: Record<string, Sha256> = {};
    for (const [name, edge] of Object.entries(node.inputs)) {
      const key = this.#state(edge.label).encoded?.key;
      if (key !== undefined) keys[name] = key;
    }
    return keys;
  }

  #state(label: Label): NodeState {
    const state = this.#states.get(label);
    if (state === undefined) throw internal(`${label} is not part of this build`);
    return state;
  }
}
