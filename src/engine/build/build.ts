/**
 * Brings targets up to date with the least work that is correct.
 *
 *     resolution.ts         finds out what must run          resolving, preparing, settled
 *     action-executor.ts    runs it when resources are free  following, ready, running, cancelled
 *     external-executor.ts  finds and creates objects        asking, gathering, making
 *     supervisor.ts         decides whether more may start, and records what failed
 *
 * node-state.ts shows how a node gets from one state to the next.
 *
 * A node's key contains the digests of its inputs, so it is known only when they are settled. A node that ran and produced the same digests
 * as before changes nothing downstream (early cutoff). Bytes are needed only by an action that must run and for requested outputs; if a
 * blob is gone then, its node runs again. If that produces other bytes, everything that was settled on the old bytes is resolved again.
 */
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import { endOrphanProcesses } from '../../util/process/orphan-processes.ts';
import { Pools } from '../external/pools.ts';
import type { Resources } from '../model/action.ts';
import type { BuildStatus, Emit } from '../model/events.ts';
import { type Graph, type Label, nameOf, type Outputs } from '../model/graph.ts';
import type { Grants } from '../run/grants.ts';
import type { Runners } from '../run/runner.ts';
import { ActionExecutor, type OnMiss } from './action-executor.ts';
import { Activity } from './activity.ts';
import { editedSources } from './edited-sources.ts';
import { Estimates } from './estimates.ts';
import { ExternalExecutor } from './external-executor.ts';
import { NodeTable } from './node-table.ts';
import type { RemoteCache } from './remote-cache.ts';
import { Resolution } from './resolution.ts';
import { type OnFailure, Supervisor } from './supervisor.ts';

export interface Target {
  readonly label: Label;
  /** Outputs whose bytes must be in the store at the end. */
  readonly outputs: readonly string[];
}

export interface BuildRequest {
  readonly graph: Graph;
  readonly targets: readonly Target[];
  readonly store: Store;
  readonly runners: Runners;
  /** Results and bytes from other machines, for what the store does not have. */
  readonly cache?: RemoteCache;
  /** What each run is granted; the default is what its action requests, or a general default. */
  readonly grants?: Partial<Grants>;
  /**
   * The resources of the machine: cpu, memory (MiB), vm …; a resource not named here is unlimited. Also how many calls may be in progress
   * at each place of the outside world, such as aws/eu-west-1.
   */
  readonly capacity: Resources;
  /** Looks up each object in the outside world once, even if the store knows it. Default false. */
  readonly refresh?: boolean;
  /** MiB that are available on the machine now; default: unlimited. */
  readonly availableMemory?: () => number;
  readonly onFailure: OnFailure;
  /** Aborted once: stop everything that runs. */
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** The number of this run in the store's history. */
  readonly run: number;
  /** Called before each action runs: to explain it, or to refuse it. */
  readonly onMiss?: OnMiss;
  /** Only for tests: a permutation of actions of equal priority. */
  readonly shuffle?: () => number;
}

export interface BuildResult {
  readonly status: BuildStatus;
  readonly outputs: ReadonlyMap<Label, Outputs>;
  readonly failures: ReadonlyMap<Label, Failure>;
  /** Leaves that have changed since they were read. */
  readonly edited: readonly Label[];
  readonly ran: number;
}

export async function build(request: BuildRequest): Promise<BuildResult> {
  const { graph, targets, store, emit, signal, onFailure, runners, capacity, availableMemory, run, shuffle } = request;
  const states = new NodeTable(
    graph,
    targets.map(target => target.label),
  );
  for (const { label, outputs } of targets) for (const output of outputs) states.get(label).wanted.add(output);
  const supervisor = new Supervisor({
    onFailure,
    signal,
    emit,
    now: store.now,
    start: () => execution.start(),
    idle: () => external.passOn(),
  });
  const estimates = new Estimates(states.order, store.history);
  const activity = new Activity();
  const execution = new ActionExecutor({
    store,
    runners,
    grants: request.grants,
    supervisor,
    emit,
    capacity,
    availableMemory,
    estimates,
    activity,
    run,
    shuffle,
    onMiss: request.onMiss,
    cache: request.cache,
    settle: (state, outputs) => resolution.settle(state, outputs),
    resolve: state => resolution.resolve(state),
  });
  const external = new ExternalExecutor({
    states,
    store,
    supervisor,
    emit,
    activity,
    estimates,
    pools: new Pools(capacity),
    refresh: request.refresh === true,
    run,
    onMiss: request.onMiss,
    settle: (state, outputs) => resolution.settle(state, outputs),
    resolve: state => resolution.resolve(state),
    gather: state => resolution.gather(state),
  });
  const resolution = new Resolution({
    states,
    store,
    supervisor,
    emit,
    runners,
    cache: request.cache,
    estimates,
    enqueue: state => execution.enqueue(state),
    withdraw: state => execution.withdraw(state),
    external,
  });

  emit({ type: 'started', nodes: states.order.length, kinds: states.kinds(), at: store.now() });
  await supervisor.watch(() => {
    // Determined before the first is resolved: resolving it may make others ready, which are then resolved by it.
    const roots = states.order.map(({ label }) => states.get(label)).filter(({ pending }) => pending === 0);
    for (const root of roots) resolution.resolve(root);
  });
  if (activity.started) endOrphanProcesses(store.temporary);
  const edited = signal.aborted ? [] : await editedSources(states, store);
  const skipped = states.skipped();
  for (const { node, because } of skipped) emit({ type: 'skipped', ...nameOf(node), because });
  for (const { label, kind } of edited) emit({ type: 'edited', label, kind, at: store.now() });
  const { failures } = supervisor;
  const ran = activity.done;
  const status: BuildStatus = signal.aborted ? 'interrupted' : failures.size > 0 ? 'failed' : 'done';
  store.records.keepUse(store.now());
  const hits = states.hits();
  const at = store.now();
  const unreached = skipped.map(({ node, because }) => ({ label: node.label, because }));
  const counts = { status, ran, failed: failures.size };
  const taken = states.taken();
  store.history.end(run, { ...counts, hits, taken, skipped: unreached, nodes: states.order.length }, at);
  emit({ type: 'finished', ...counts, hits: hits.length, at });
  return { status, outputs: states.outputs(), failures, edited: edited.map(({ label }) => label), ran };
}
