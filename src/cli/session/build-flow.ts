/** A build from the command line to the last line printed: lock, project, targets, engine, links, snapshot. */
import { availableParallelism } from 'node:os';
import { keyFilter } from '../../config/tree/key-filter.ts';
import type { Selected } from '../../config/tree/label.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { type BuildResult, build } from '../../engine/build/build.ts';
import type { Resources } from '../../engine/model/action.ts';
import type { Emit } from '../../engine/model/events.ts';
import { localRunner } from '../../engine/run/local-runner.ts';
import { type Accelerator, probeAccelerator } from '../../qemu/accelerator.ts';
import { makeReporter } from '../../report/progress/reporter.ts';
import type { Reporter } from '../../report/progress/reporter-contract.ts';
import { type LinkedImage, linkImages } from '../../rules/project/image-links.ts';
import type { Project } from '../../rules/project/project.ts';
import { type StatTuple, statTuple } from '../../store/content/stat-tuple.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import { openStore, type Store } from '../../store/store.ts';
import { availableMemory } from '../../util/available-memory.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { cacheLimit } from '../words/cache-limit.ts';
import type { Options } from '../words/options.ts';
import { chooseTargets } from '../words/targets.ts';
import { keepRun } from './keep-run.ts';
import { lockUsedPackages } from './lock-packages.ts';
import { EXIT, notice, showFailure } from './messages.ts';
import type { Summary } from './null-build.ts';
import { saveSnapshot } from './save-snapshot.ts';
import { interruption, machineCapacity, projectOf } from './session.ts';

export interface FlowOptions {
  readonly workspace: Workspace;
  /** What the snapshot is kept under. */
  readonly command: readonly string[];
  readonly labels: readonly string[];
  readonly options: Options;
  /** Called with the store still held, when everything was built. */
  readonly after?: (built: BuiltProject) => Promise<Result<void>>;
}

export interface BuiltProject {
  readonly project: Project;
  readonly outputs: BuildResult['outputs'];
  readonly store: Store;
}

export async function buildFlow(flow: FlowOptions): Promise<number> {
  const outcome = await runFlow(flow);
  if (!outcome.ok) return showFailure(outcome.error);
  return outcome.value.exit;
}

export interface FlowOutcome {
  readonly exit: number;
  readonly linked: readonly LinkedImage[];
}

/** The same, for verbs that go on with what was built. */
export async function runFlow(flow: FlowOptions): Promise<Result<FlowOutcome>> {
  const { workspace, options } = flow;
  const at = Date.now();
  const signal = interruption();
  const capacity = machineCapacity(options.jobs);
  if (!capacity.ok) return capacity;
  const limit = cacheLimit(workspace, options);
  if (!limit.ok) return limit;
  const opened = openStore(workspace.cache, { now: Date.now, onNotice: notice });
  if (!opened.ok) return opened;
  const store = opened.value;
  const reporter = makeReporter({
    mode: options.json === true ? 'json' : options.quiet === true ? 'quiet' : 'auto',
    out: options.json === true ? process.stdout : process.stderr,
    verbose: options.verbose === true,
    now: Date.now,
    logFolder: store.folder,
  });
  try {
    const holder = { pid: process.pid, command: `aib ${process.argv.slice(2).join(' ')}` };
    const lock = await store.lock(holder, { onWait: other => reporter.emit({ type: 'waiting', ...other }), signal });
    try {
      return await lockedFlow({
        ...flow,
        at,
        signal,
        capacity: capacity.value,
        cacheLimit: limit.value,
        store,
        reporter,
      });
    } finally {
      lock.release();
    }
  } catch (error) {
    if (signal.aborted) return ok({ exit: EXIT.interrupted, linked: [] });
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail({ where: store.folder, ...failure });
  } finally {
    reporter.close();
    store.close();
  }
}

interface LockedFlow extends FlowOptions {
  readonly at: number;
  readonly signal: AbortSignal;
  readonly capacity: Resources;
  /** Bytes that the store may hold. */
  readonly cacheLimit: number;
  readonly store: Store;
  readonly reporter: Reporter;
}

async function lockedFlow(flow: LockedFlow): Promise<Result<FlowOutcome>> {
  const { workspace, options, store, signal, reporter } = flow;
  const loaded = await projectOf(workspace, options, { signal });
  if (!loaded.ok) return loaded;
  const project = loaded.value;
  warnAboutBootloaders(project);
  const stays = keyFilter(options, project.dimensions);
  if (!stays.ok) return stays;
  const chosen = chooseTargets(flow.labels, project, stays.value);
  if (!chosen.ok) return chosen;
  const { targets, selected } = chosen.value;
  for (const line of chosen.value.notices) notice(line);

  warnAboutAge(project, selected);

  const accelerator = await probeAccelerator();
  const emit = withAcceleratorNotice(accelerator, event => reporter.emit(event));
  // Loaded only for those who ask: explaining takes the differ and the package solver.
  const onMiss =
    options.explain === true || options.expectCached === true
      ? await (await import('./explain-misses.ts')).explainMisses(options, project, { store, signal, emit })
      : undefined;
  const run = store.history.begin(process.argv.slice(2).join(' '), store.now());
  const result = await build({
    graph: project.graph,
    targets,
    store,
    runner: localRunner(store, { grant: resources => workerGrant(accelerator, resources) }),
    capacity: flow.capacity,
    availableMemory,
    onFailure: options.keepGoing === true ? 'keep-going' : options.failFast === true ? 'fail-fast' : 'stop',
    signal,
    emit,
    run,
    ...(onMiss === undefined ? {} : { onMiss }),
  });
  reporter.close();
  await keepRun(store, run);

  const locked = await lockUsedPackages(project, result.outputs, store.blobs);
  const variants = [...new Set(selected.map(({ variant }) => variant.name))];
  const linked = await linkImages({ project, store, outputs: result.outputs, variants, copyTo: options.output });
  if (!linked.ok) return linked;
  const summary: Summary = { nodes: result.outputs.size, lines: linked.value.map(({ image }) => image) };
  if (options.json !== true && options.quiet !== true)
    for (const line of summary.lines) process.stdout.write(`${line}\n`);
  const moved = [...project.files].filter(([path, tuple]) => !locked.has(path) && statTuple(path) !== tuple);
  for (const [path] of moved) notice(`${path} changed while this ran: build again to have it`);
  if (result.status === 'done' && result.edited.length === 0)
    await saveSnapshot({
      store,
      command: flow.command,
      at: flow.at,
      targets,
      outputs: result.outputs,
      configuration: new Map([...project.files, ...ownProgram()]),
      made: new Map([...locked, ...linked.value.flatMap(({ files }) => [...files])]),
      summary,
    });
  // Whoever wants to stop does not want to wait for that.
  if (result.ran > 0 && result.status !== 'interrupted') {
    const { collectAfterBuild } = await import('./collect-after-build.ts');
    await collectAfterBuild(store, flow.cacheLimit, options.quiet === true ? () => {} : notice);
  }
  if (result.status === 'done' && flow.after !== undefined) {
    const after = await flow.after({ project, outputs: result.outputs, store });
    if (!after.ok) return after;
  }
  const exit = { done: EXIT.done, failed: EXIT.failed, interrupted: EXIT.interrupted }[result.status];
  return ok({ exit, linked: linked.value });
}

/** QEMU's share of this machine. */
function workerGrant({ accelerator }: Accelerator, resources: Resources): Readonly<Record<string, string>> {
  return {
    AIB_WORKER_ACCELERATOR: accelerator,
    AIB_WORKER_CPU: String(Math.min(resources.vcpu ?? 2, availableParallelism())),
    // The local runner's pipe: the driver ends when aib does, however that happens.
    AIB_WORKER_STDIN: 'watch',
    AIB_WORKER_MEMORY: String(resources.memory ?? 1_024),
  };
}

/** Says once that machines are emulated, when the first of them is about to run. */
function withAcceleratorNotice({ accelerator, reason }: Accelerator, emit: Emit): Emit {
  let said = accelerator === 'kvm';
  return event => {
    if (!said && event.type === 'running' && (event.kind === 'disk' || event.kind === 'boot')) {
      said = true;
      emit({ type: 'notice', line: reason });
    }
    emit(event);
  };
}

/** What runs here: another aib may come to another result. */
function ownProgram(): readonly (readonly [string, StatTuple])[] {
  const program = process.argv[1];
  return program === undefined ? [] : [[program, statTuple(program)]];
}

/** The lock decides what is built; the date here only decides whether a line is said. */
function warnAboutAge(project: Project, selected: readonly Selected[]): void {
  const today = new Date().toISOString().slice(0, 10);
  for (const version of new Set(selected.map(({ variant }) => variant.version))) {
    const endOfLife = project.lock.releases[version]?.endOfLife;
    if (endOfLife === undefined || endOfLife === '' || endOfLife >= today) continue;
    notice(`${version} has passed its end of life on ${endOfLife}; the next aib update drops it`);
  }
}

function warnAboutBootloaders(project: Project): void {
  const mapped = project.configs.filter(config => config.mappedBootloader !== undefined);
  const names = new Set(mapped.map(config => config.mappedBootloader));
  if (names.size > 0)
    notice(`bootloader = ${[...names].join(', ')} in ${mapped.length} variants: aib installs GRUB instead`);
}
