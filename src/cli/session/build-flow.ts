/**
 * A build from the command line to the last printed line: project, targets, engine, and the steps after it. Keeps the store locked until
 * the end.
 */
import { keyFilter } from '../../config/tree/key-filter.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { type BuildResult, build, type Target } from '../../engine/build/build.ts';
import type { Emit } from '../../engine/model/events.ts';
import { edgesOf, type Label } from '../../engine/model/graph.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import type { LinkedImage } from '../../rules/project/image-links.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { availableMemory } from '../../util/process/available-memory.ts';
import { ok, type Result } from '../../util/result.ts';
import { cacheLimit } from '../words/cache-limit.ts';
import type { Options } from '../words/options.ts';
import { chooseTargets } from '../words/targets.ts';
import { takeAfterSteps } from './after-steps.ts';
import { warnAboutAge, warnAboutBootloaders, withAcceleratorNotice } from './build-notices.ts';
import { awsFor } from './clouds.ts';
import { lockTargets } from './lock-targets.ts';
import { machineCapacity } from './machine-capacity.ts';
import { EXIT, notice } from './messages.ts';
import { runnersFor } from './runners.ts';
import { inSession, Session } from './session.ts';
import { remoteCacheFor } from './shared-caches.ts';

export interface BuildRequest {
  readonly workspace: Workspace;
  readonly options: Options;
  readonly signal: AbortSignal;
  /** The key of the snapshot; left out by a verb that reads no snapshot. */
  readonly command?: readonly string[];
  readonly labels: readonly string[];
  /** Builds only the inputs of the labels, with the final lock, and not the labels. Default false. */
  readonly inputsOnly?: boolean;
  /** Asks the provider for each object, even if its state is remembered. Default false. */
  readonly refresh?: boolean;
  /** Called while the store is still locked, also after a failure. */
  readonly atEnd?: (built: BuiltProject) => void;
  /** Called while the store is still locked, if everything was built. */
  readonly after?: (built: BuiltProject) => Promise<Result<void>>;
}

export interface BuiltProject {
  readonly project: Project;
  readonly outputs: BuildResult['outputs'];
  readonly store: Store;
  readonly targets: readonly Target[];
}

export interface BuildOutcome {
  readonly exit: number;
  readonly images: readonly LinkedImage[];
}

export function buildFlow(request: BuildRequest): Promise<Result<BuildOutcome>> {
  const { workspace, options, signal } = request;
  return inSession(new Session(workspace, options, signal), session => flow(session, request));
}

async function flow(session: Session, request: BuildRequest): Promise<Result<BuildOutcome>> {
  const { workspace, options, signal } = request;
  const at = Date.now();
  const limit = cacheLimit(workspace, options);
  if (!limit.ok) return limit;
  const reporter = session.reporter();
  const opened = await session.storeToWrite(other => reporter.emit({ type: 'waiting', ...other }));
  if (!opened.ok) return opened;
  const store = opened.value;
  const aws = await awsFor(session, request.labels);
  if (!aws.ok) return aws;
  const loaded = await session.project({ aws: aws.value });
  if (!loaded.ok) return loaded;
  warnAboutBootloaders(loaded.value);
  const stays = keyFilter(options, loaded.value.dimensions);
  if (!stays.ok) return stays;
  const chosen = chooseTargets(request.labels, loaded.value, stays.value);
  if (!chosen.ok) return chosen;
  const { targets: asked, notices } = chosen.value;
  const selected = request.inputsOnly === true ? [] : chosen.value.selected;
  for (const line of notices) notice(line);
  warnAboutAge(loaded.value, selected);
  const runners = runnersFor(session, store, loaded.value.mirror);
  const emitAll: Emit = event => reporter.emit(event);
  const answered = await lockTargets(loaded.value, asked, { session, store, runners, emit: emitAll });
  if (!answered.ok) return answered;
  const project = answered.value;
  const targets = request.inputsOnly === true ? inputsOf(project, asked) : asked;

  const remote = await remoteCacheFor(session, store, emitAll);
  if (!remote.ok) return remote;
  const accelerator = await probeAccelerator();
  const emit = withAcceleratorNotice(accelerator, project, emitAll);
  // Loaded only on request: explanations require the differ and the package solver.
  const onMiss =
    options.explain === true || options.expectCached === true
      ? await (await import('./explain-misses.ts')).explainMisses(options, project, { store, signal, emit })
      : undefined;
  const run = store.history.begin(process.argv.slice(2).join(' '), store.now());
  const result = await build({
    graph: project.graph,
    targets,
    store,
    runners,
    grants: { accelerator: accelerator.accelerator, limitFactor: options.limitFactor ?? 1 },
    capacity: machineCapacity(options.jobs),
    availableMemory,
    onFailure: options.keepGoing === true ? 'keep-going' : options.failFast === true ? 'fail-fast' : 'stop',
    signal,
    emit,
    run,
    refresh: request.refresh === true || options.refresh === true,
    ...(onMiss === undefined ? {} : { onMiss }),
    ...(remote.value === undefined ? {} : { cache: remote.value.cache }),
  });
  reporter.close();

  const ended = {
    options,
    signal,
    command: request.command,
    at,
    cacheLimit: limit.value,
    store,
    project,
    targets,
    selected,
    run,
    result,
  };
  const made = await takeAfterSteps(ended);
  if (!made.ok) return made;
  request.atEnd?.({ project, outputs: result.outputs, store, targets });
  if (result.status === 'done' && request.after !== undefined) {
    const after = await request.after({ project, outputs: result.outputs, store, targets });
    if (!after.ok) return after;
  }
  // The images are already linked and printed: only others wait for this.
  const sent = (await remote.value?.finish(result.status)) ?? ok(undefined);
  if (!sent.ok) return sent;
  const exit = signal.aborted
    ? EXIT.interrupted
    : { done: EXIT.done, failed: EXIT.failed, interrupted: EXIT.interrupted }[result.status];
  return ok({ exit, images: made.value.images });
}

function inputsOf({ graph }: Project, targets: readonly Target[]): readonly Target[] {
  const outputs = new Map<Label, Set<string>>();
  for (const { label } of targets) {
    const node = graph.nodes.get(label);
    for (const edge of node === undefined ? [] : edgesOf(node))
      outputs.set(edge.label, (outputs.get(edge.label) ?? new Set()).add(edge.output));
  }
  return [...outputs].map(([label, names]) => ({ label, outputs: [...names] }));
}
