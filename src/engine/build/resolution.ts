/**
 * Finds out what each node's outputs are, from records if there are any, and which actions must run. Bytes are needed only by an action
 * that must run and for requested outputs; if a blob is gone then, its node runs again. Never concludes anything from an input that has not
 * settled, and resolves a node again if an input has changed since.
 */

import type { Artifact } from '../../store/content/artifact.ts';
import type { BlobState } from '../../store/content/blobs.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { type Intake, storingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import type { Emit } from '../model/events.ts';
import { type ActionNode, type Edge, type LeafNode, type Outputs, sameOutputs } from '../model/graph.ts';
import type { Reason } from '../model/reason.ts';
import { commitAction } from '../run/commit-action.ts';
import type { Runners } from '../run/runner.ts';
import { type ArtifactSource, localSource } from './artifact-source.ts';
import { decide, describe, edgesRead, outputsOnRecord } from './decide.ts';
import type { Estimates } from './estimates.ts';
import type { ExternalExecutor } from './external-executor.ts';
import type { NodeState, Work } from './node-state.ts';
import type { NodeTable } from './node-table.ts';
import { recordedOutputs } from './recorded-outputs.ts';
import { askCache, type RemoteCache, remoteSource } from './remote-cache.ts';
import type { Supervisor } from './supervisor.ts';

export interface ResolutionOptions {
  readonly states: NodeTable;
  readonly store: Store;
  readonly supervisor: Supervisor;
  readonly emit: Emit;
  readonly runners: Runners;
  /** Used for what the store does not have. */
  readonly cache: RemoteCache | undefined;
  /** How long actions took here. */
  readonly estimates: Estimates;
  /** Queues a node whose action must run and whose inputs are present. */
  readonly enqueue: (state: NodeState) => void;
  /** Removes a node that is ready, or follows another. */
  readonly withdraw: (state: NodeState) => void;
  /** Looks up and creates objects of the outside world. */
  readonly external: Pick<ExternalExecutor, 'lookUp' | 'withdraw' | 'make'>;
}

export class Resolution {
  readonly #options: ResolutionOptions;
  readonly #intake: Intake;
  readonly #source: ArtifactSource;
  /** The store alone: for kinds that the cache does not accept. */
  readonly #local: ArtifactSource;
  #toResolve: NodeState[] = [];
  /** Those of `#toResolve` that are not resolved yet: their present phase is out of date. */
  readonly #due = new Set<NodeState>();
  #resolving = false;

  constructor(options: ResolutionOptions) {
    this.#options = options;
    const { store, supervisor, cache } = options;
    this.#intake = storingIntake(store, supervisor.signal);
    this.#local = localSource(store);
    this.#source = cache === undefined ? this.#local : remoteSource(store, cache);
  }

  /** Finds out what the node's outputs are, or that its action must run. A queue, not recursion: graphs are deeper than the call stack. */
  resolve(state: NodeState): void {
    const { supervisor } = this.#options;
    this.#toResolve.push(state);
    this.#due.add(state);
    if (this.#resolving) return;
    this.#resolving = true;
    // The loop also visits elements that are pushed meanwhile.
    for (const next of this.#toResolve) {
      if (supervisor.isStopped) break;
      this.#due.delete(next);
      supervisor.guard(next, () => this.#resolveOne(next));
    }
    this.#toResolve = [];
    this.#due.clear();
    this.#resolving = false;
  }

  /** The node's outputs are known, from a record or because its action ran: continues with its dependents. */
  settle(state: NodeState, outputs: Outputs): void {
    const { lastOutputs: before } = state;
    state.enter({ status: 'settled', outputs });
    const changed = before !== undefined && !sameOutputs(before, outputs);
    for (const dependent of state.dependents) {
      if (before === undefined) {
        dependent.pending -= 1;
        if (dependent.pending === 0) this.resolve(dependent);
      } else if (changed) {
        this.#invalidate(dependent);
      } else {
        this.#wakePreparing(dependent);
      }
    }
  }

  #resolveOne(state: NodeState): void {
    const { node, phase } = state;
    // It was queued twice, and failed the first time; no input changes that.
    if (phase.status === 'failed') return;
    if (phase.status === 'ready' || phase.status === 'following') this.#options.withdraw(state);
    if (phase.status === 'asking' || phase.status === 'gathering') this.#options.external.withdraw(state, phase);
    state.enter({ status: 'resolving' });
    switch (node.type) {
      case 'leaf':
        this.#options.supervisor.step(state, () => this.#readLeaf(state, node));
        return;
      case 'action':
        this.#lookUp(state, node);
        return;
      case 'external':
        this.#options.external.lookUp(state, node);
        return;
      default:
        node satisfies never;
    }
  }

  async #readLeaf(state: NodeState, node: LeafNode): Promise<void> {
    const { supervisor } = this.#options;
    const outputs = await node.read(this.#intake);
    if (outputs.ok) this.#settleUnchanged(state, outputs.value);
    // An error after a stop says nothing about the source.
    else if (!supervisor.signal.aborted) supervisor.fail(state, outputs.error);
  }

  #lookUp(state: NodeState, node: ActionNode): void {
    const decision = decide(node, this.#options.states.inputsOf(node), this.#options.store.records);
    if (decision.verdict === 'broken') {
      this.#options.supervisor.fail(state, decision.failure);
      return;
    }
    state.key = decision.encoded.key;
    if (decision.verdict === 'miss') {
      state.previous = decision.latest?.outputs;
      const { action, encoded, reason } = decision;
      this.#askElsewhere(state, { node, action, encoded, reason });
      return;
    }
    this.#findHere(state, decision.encoded.key, decision.outputs);
  }

  /** Its action must run, unless the cache has its result. */
  #askElsewhere(state: NodeState, work: Work): void {
    const { store, supervisor, cache } = this.#options;
    if (cache === undefined || !cache.accepts(work.node.kind)) {
      this.#prepare(state, work);
      return;
    }
    const { phase } = state;
    const isCurrent = (): boolean => state.phase === phase;
    const ask = async (): Promise<void> => {
      const { action, encoded, node } = work;
      const found = await askCache(cache, { encoded, label: node.label }, supervisor.signal);
      if (!isCurrent()) return;
      // The same action may have run here meanwhile: a local result takes precedence over the cache.
      const own = outputsOnRecord(work, store.records);
      if (own !== undefined) {
        this.#findHere(state, encoded.key, own);
        return;
      }
      const outputs = found === undefined ? undefined : recordedOutputs(found, action.spec);
      if (found === undefined || outputs === undefined) {
        this.#makeHere(state, work);
        return;
      }
      const committed = commitAction(store, { node, action, encoded, outputs });
      state.origin = found;
      if (committed.ok) this.#find(state, committed.value);
      else supervisor.fail(state, committed.error);
    };
    supervisor.step(state, ask, isCurrent);
  }

  /** The cache does not have its result, and the user may have required the cache. */
  #makeHere(state: NodeState, work: Work): void {
    const { supervisor, cache } = this.#options;
    const failure = cache?.failure?.();
    if (failure === undefined) this.#prepare(state, work);
    else supervisor.fail(state, failure);
  }

  /** A record of this store has its outputs. */
  #findHere(state: NodeState, key: Sha256, outputs: Outputs): void {
    const { records, now } = this.#options.store;
    records.markLatest(state.node.label, key, now());
    this.#find(state, outputs);
  }

  /** Its outputs are known without running its action; their bytes may be needed. */
  #find(state: NodeState, outputs: Outputs): void {
    state.previous = outputs;
    this.#settleUnchanged(state, outputs);
    if (state.wanted.size > 0) this.#requireBytes(state);
  }

  /** It did not run; the event for that is emitted once. */
  #settleUnchanged(state: NodeState, outputs: Outputs): void {
    const { node, key, origin } = state;
    if (state.lastOutputs === undefined) {
      state.hit = node.type !== 'leaf';
      const from = origin?.from === undefined ? {} : { from: origin.from };
      const known = key === undefined ? {} : { key };
      this.#options.emit({ type: 'hit', label: node.label, kind: node.kind, ...known, ...from });
    }
    this.settle(state, outputs);
  }

  /** Makes a settled node run again if needed bytes of it are gone. A node that is going to run will make them anyway. */
  #requireBytes(state: NodeState): void {
    const { supervisor } = this.#options;
    const { phase } = state;
    if (phase.status !== 'settled') return;
    const wake = (): void => {
      for (const dependent of state.dependents) this.#wakePreparing(dependent);
    };
    // Nearly all of thousands of nodes are unchanged, and a promise for each would take longer than this check.
    if ([...state.wanted].every(name => this.#isHere(artifactOf(state, phase.outputs, name)))) {
      wake();
      return;
    }
    // If it has settled again meanwhile, or another step made it run, that step does its own check.
    const isCurrent = (): boolean => state.phase === phase;
    const look = async (): Promise<void> => {
      for (const name of state.wanted) {
        if (supervisor.isStopped) return;
        const presence = await this.#look(state, artifactOf(state, phase.outputs, name), 'here');
        if (!isCurrent()) return;
        if (presence === 'present') continue;
        this.#remake(state, { type: 'output', output: name, is: presence });
        return;
      }
      wake();
    };
    supervisor.step(state, look, isCurrent);
  }

  #remake(state: NodeState, reason: Reason): void {
    const { node } = state;
    // The facts of an object are written again, or looked up.
    if (node.type === 'external') {
      this.resolve(state);
      return;
    }
    if (node.type !== 'action') throw internal(`${node.label} has no action`);
    const described = describe(node, this.#options.states.inputsOf(node));
    if (described.ok) this.#makeHere(state, { node, ...described.value, reason });
    else this.#options.supervisor.fail(state, described.error);
  }

  /** Makes sure that the bytes of every input are present, which may need other nodes' actions, then queues the action. */
  #prepare(state: NodeState, work: Work): void {
    const { states, enqueue, runners } = this.#options;
    const { node, action } = work;
    state.enter({ ...work, status: 'preparing' });
    const edges = edgesRead(node, action, each => states.artifact(each));
    this.#bring(state, edges, runners[action.sort]?.wantsInputs ?? 'here', enqueue);
  }

  /** The same for an object that must be created. */
  gather(state: NodeState): void {
    const { edges } = state.in('gathering');
    this.#bring(state, edges, 'here', each => this.#options.external.make(each));
  }

  /** Calls `go` once the bytes are at `place`, if the node has not changed its phase meanwhile. */
  #bring(state: NodeState, edges: readonly Edge[], place: 'here' | 'anywhere', go: (state: NodeState) => void): void {
    const { states, supervisor } = this.#options;
    if (supervisor.isStopped) return;
    if (edges.every(edge => this.#isHere(states.artifact(edge)))) {
      go(state);
      return;
    }
    const { phase } = state;
    const isCurrent = (): boolean => state.phase === phase;
    const look = async (): Promise<void> => {
      let complete = true;
      for (const edge of edges) {
        if (supervisor.isStopped || !isCurrent()) return;
        const input = states.get(edge.label);
        if ((await this.#look(input, states.artifact(edge), place)) === 'present') continue;
        if (!isCurrent()) return;
        complete = false;
        input.wanted.add(edge.output);
        this.#requireBytes(input);
      }
      if (complete && isCurrent()) go(state);
    };
    supervisor.step(state, look, isCurrent);
  }

  /** An input was made again, unchanged: checks again whether all bytes are present. */
  #wakePreparing(state: NodeState): void {
    if (this.#due.has(state)) return;
    const { phase } = state;
    if (phase.status === 'preparing') this.#prepare(state, phase);
    if (phase.status === 'gathering') {
      state.enter({ ...phase });
      this.gather(state);
    }
  }

  /** An input's digest has changed: everything that was concluded from the old one is invalid. */
  #invalidate(state: NodeState): void {
    const { phase } = state;
    if (state.pending > 0) return;
    if (phase.status === 'running') phase.stale = true;
    else if (phase.status === 'making') phase.stop.abort();
    else this.resolve(state);
  }

  /** A quick, synchronous check; a disk error counts as "no", and the slower `#look` reports it. */
  #isHere(artifact: Artifact): boolean {
    try {
      return this.#options.store.blobs.holds(artifact);
    } catch {
      return false;
    }
  }

  /** Whether bytes of a node are at `place`; fetches them from the cache if necessary. */
  async #look(of: NodeState, artifact: Artifact, place: 'here' | 'anywhere'): Promise<BlobState> {
    const { supervisor, cache } = this.#options;
    const { signal } = supervisor;
    const { type, kind } = of.node;
    const source = type === 'action' && cache?.accepts(kind) === true ? this.#source : this.#local;
    const state = await source.state(artifact, signal);
    if (state === 'here' || (state === 'elsewhere' && place === 'anywhere')) return 'present';
    if (state !== 'elsewhere') return state;
    return (await source.bring(artifact, signal, this.#patienceFor(of))) ? 'present' : 'missing';
  }

  /** Milliseconds that fetching a node's bytes may take: those that making them takes. Undefined if that is unknown. */
  #patienceFor({ node, origin }: NodeState): number | undefined {
    const { estimates } = this.#options;
    return estimates.isKnown(node) ? estimates.duration(node) : origin?.duration;
  }
}

function artifactOf({ node }: NodeState, outputs: Outputs, name: string): Artifact {
  const artifact = outputs[name];
  if (artifact === undefined) throw internal(`${node.label} has no output ${name}`);
  return artifact;
}
