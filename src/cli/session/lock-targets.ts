/**
 * The first step of a build: selects the packages of requested sets that the lock does not contain, and adds them to the lock. With
 * --locked that is a failure. Does not overwrite changes that another process made to the lock meanwhile.
 */
import { replaceLock } from '../../alpine/locking/lock.ts';
import { build, type Target } from '../../engine/build/build.ts';
import type { Emit } from '../../engine/model/events.ts';
import { type Label, reachable } from '../../engine/model/graph.ts';
import type { Runners } from '../../engine/run/runner.ts';
import { indexLabel } from '../../rules/labels.ts';
import { answerRequests, type ReadIndexes } from '../../rules/project/lock-closures.ts';
import type { Project } from '../../rules/project/project.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import type { Store } from '../../store/store.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { solveElsewhere } from './closure-solver.ts';
import { machineCapacity } from './machine-capacity.ts';
import { notice } from './messages.ts';
import type { Session } from './session.ts';

export interface LockContext {
  readonly session: Pick<Session, 'options' | 'signal'>;
  readonly store: Store;
  readonly runners: Runners;
  readonly emit: Emit;
}

/** Returns the project with a lock that contains the packages of the targets. A target without a solution fails later, when it is built. */
export async function lockTargets(
  project: Project,
  targets: readonly Target[],
  context: LockContext,
): Promise<Result<Project>> {
  const { graph, unanswered, lockPath, lockInFile } = project;
  const { signal, options } = context.session;
  const wanted = reachable(
    graph,
    targets.map(({ label }) => label),
  ).filter(({ label }) => unanswered.has(label));
  if (wanted.length === 0) return ok(project);
  if (options.locked === true)
    return fail(
      mayNotAdd(
        lockPath,
        wanted.map(({ label }) => label),
      ),
    );
  const asked = new Map(
    wanted.flatMap(({ label }) => {
      const request = unanswered.get(label);
      return request === undefined ? [] : [[label, request] as const];
    }),
  );
  const answered = await answerRequests(project, asked, 'add', {
    solver: solveElsewhere,
    readIndexes: paths => buildIndexes(project, paths, context),
    signal,
    onNotice: notice,
  });
  if (!answered.ok) return answered;
  const relocked = answered.value.project;
  const written = replaceLock(lockPath, lockInFile, relocked.lock);
  // `aib update` does not wait for builds, and its lock is newer.
  if (!written.ok) notice(formatFailure(written.error));
  return ok({ ...relocked, files: new Map([...relocked.files, [lockPath, statTuple(lockPath)]]) });
}

/**
 * Reads the indexes from the store or the mirror, with a separate build of their nodes; only events of its nodes are reported. A missing
 * index is reported by the request that needs it.
 */
async function buildIndexes(
  { graph }: Project,
  paths: readonly string[],
  { session, store, runners, emit }: LockContext,
): Promise<Result<ReadIndexes>> {
  const labels = paths.map(indexLabel);
  const { outputs, failures } = await build({
    graph,
    targets: labels.map(label => ({ label, outputs: ['index'] })),
    store,
    runners,
    capacity: machineCapacity(session.options.jobs),
    onFailure: 'keep-going',
    signal: session.signal,
    emit: event => {
      if (!['started', 'finished', 'failed'].includes(event.type)) emit(event);
    },
    run: store.history.begin(`package indexes for: ${process.argv.slice(2).join(' ')}`, store.now()),
  });
  if (session.signal.aborted) return fail({ code: 'AIB_CANCELLED', what: 'Interrupted' });
  const contents = new Map<string, Uint8Array>();
  const missing = new Map<string, Failure>();
  for (const path of paths) {
    const label = indexLabel(path);
    const artifact = outputs.get(label)?.index;
    if (artifact !== undefined) contents.set(path, await store.blobs.read(artifact.digest));
    else missing.set(path, failures.get(label) ?? { code: 'AIB_NOT_LOCKED', what: `Package index not found: ${path}` });
  }
  return ok({ contents, failures: missing });
}

function mayNotAdd(lockPath: string, labels: readonly Label[]): Failure {
  const some = labels.slice(0, 3).join(', ');
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not contain the packages of ${some}${labels.length > 3 ? ` and ${labels.length - 3} more` : ''}, and --locked was given`,
    where: lockPath,
    hint: 'run aib update, or aib build without --locked, and commit the lock with the configuration',
  };
}
