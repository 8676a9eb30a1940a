/** Creates a new lock: the current state of the mirror, and the packages of all images. Writes it in one step, when everything is known. */
import { closurePackages, withClosures } from '../../alpine/locking/closures.ts';
import { type Lock, replaceLock } from '../../alpine/locking/lock.ts';
import type { Label } from '../../engine/model/graph.ts';
import { type Answered, answerRequests, type ClosureSources } from '../../rules/project/lock-closures.ts';
import { lockedNames, lockForPackages, lockForVersions } from '../../rules/project/partial-update.ts';
import type { Project } from '../../rules/project/project.ts';
import type { ClosureRequest } from '../../rules/supply/closure-request.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { solveElsewhere } from './closure-solver.ts';
import { notice } from './messages.ts';
import type { Session } from './session.ts';

export interface UpdateRequest {
  /** Nothing is written. */
  readonly dryRun?: boolean;
  /** Versions, or names of packages, to which the update is limited. */
  readonly words?: readonly string[];
}

type Updating = Pick<Session, 'project' | 'signal'>;

export async function updateLockOf(
  session: Updating,
  { dryRun = false, words = [] }: UpdateRequest = {},
): Promise<Result<Answered>> {
  // A typing error is reported before the mirror is read.
  const part = words.length === 0 ? ok(undefined) : await partOf(session, words);
  if (!part.ok) return part;
  const fresh = await session.project({ update: true });
  if (!fresh.ok) return fresh;
  const { fetched, unanswered, lockPath, lockInFile } = fresh.value;
  const sources: ClosureSources = {
    solver: solveElsewhere,
    readIndexes: async () => ok({ contents: fetched, failures: new Map() }),
    signal: session.signal,
    onNotice: notice,
  };
  const updated =
    part.value === undefined
      ? await answerRequests(fresh.value, unanswered, 'replace', sources)
      : await updatePart(part.value, fresh.value.lock, sources);
  if (!updated.ok || dryRun) return updated;
  const before = part.value?.project.lockInFile ?? lockInFile;
  const written = replaceLock(lockPath, before, updated.value.project.lock);
  return written.ok ? updated : written;
}

/** The part of the lock that the update is limited to. */
interface Part {
  /** With the present lock: the names of images contain the names of releases. */
  readonly project: Project;
  readonly sort: 'versions' | 'packages';
  readonly words: readonly string[];
}

async function partOf(session: Updating, words: readonly string[]): Promise<Result<Part>> {
  const loaded = await session.project({ locked: true });
  if (!loaded.ok) return loaded.error.code === 'AIB_NOT_LOCKED' ? fail(nothingToUpdate(loaded.error)) : loaded;
  const project = loaded.value;
  const known = project.dimensions.find(({ name }) => name === 'version')?.keys ?? [];
  const versions = words.filter(word => known.includes(word));
  if (versions.length === words.length) return ok({ project, sort: 'versions', words });
  if (versions.length > 0)
    return fail({
      code: 'AIB_USAGE',
      what: 'aib update accepts either versions or packages, not both',
      hint: 'run it once for each',
    });
  const names = lockedNames(project.lock);
  const stranger = words.find(word => !names.has(word));
  if (stranger === undefined) return ok({ project, sort: 'packages', words });
  const near = nearest(stranger, [...names, ...known], 3);
  return fail({
    code: 'AIB_NO_PACKAGE',
    what: `No image uses a package ${stranger}`,
    where: project.lockPath,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'name a version, or a package in the lock',
  });
}

function nothingToUpdate({ where = '' }: Failure): Failure {
  const what = 'A part of the lock cannot be updated: the lock does not exist yet';
  return { code: 'AIB_NOT_LOCKED', what, where, hint: 'run aib update without words' };
}

function updatePart({ project, sort, words }: Part, fresh: Lock, sources: ClosureSources): Promise<Result<Answered>> {
  return sort === 'versions'
    ? updateVersions(project, fresh, words, sources)
    : updatePackages(project, fresh, words, sources);
}

async function updateVersions(
  project: Project,
  fresh: Lock,
  versions: readonly string[],
  sources: ClosureSources,
): Promise<Result<Answered>> {
  const missing = versions.find(version => fresh.releases[version] === undefined);
  if (missing !== undefined) {
    return fail({
      code: 'AIB_NO_RELEASE',
      what: `The mirror serves no release of ${missing}`,
      where: project.mirror.spec,
      hint: 'use another mirror with --mirror, or run aib update without words, which removes it',
    });
  }
  const relocked = project.relocked(lockForVersions(project.lock, fresh, versions));
  if (!relocked.ok) return relocked;
  const isOf = ({ key }: ClosureRequest): boolean => versions.some(version => key.startsWith(`${version}/`));
  const wanted = new Map([...relocked.value.unanswered].filter(([, request]) => isOf(request)));
  return answerFreshly(relocked.value, fresh, wanted, sources);
}

async function updatePackages(
  project: Project,
  fresh: Lock,
  words: readonly string[],
  sources: ClosureSources,
): Promise<Result<Answered>> {
  const { lock, pins } = lockForPackages(project.lock, fresh, words);
  const relocked = project.relocked(lock);
  if (!relocked.ok) return relocked;
  const wanted = new Map<Label, ClosureRequest>();
  for (const [label, request] of relocked.value.unanswered) {
    const own = pins.get(request.key);
    if (own !== undefined) wanted.set(label, { ...request, pins: own });
  }
  const answered = await answerFreshly(relocked.value, fresh, wanted, sources);
  if (!answered.ok || answered.value.unsolved.length === 0) return answered;
  // A set that has no solution keeps its old packages.
  const { unsolved } = answered.value;
  const keys = unsolved.flatMap(each => each.keys);
  const stays = withOld(answered.value.project, project.lock, keys);
  return stays.ok ? ok({ project: stays.value, unsolved }) : stays;
}

/** Uses the current state of all indexes of the requests, even if nothing else of their version is updated. */
function answerFreshly(
  project: Project,
  fresh: Lock,
  wanted: ReadonlyMap<Label, ClosureRequest>,
  sources: ClosureSources,
): Promise<Result<Answered>> {
  const { lock } = project;
  const indexes = { ...lock.indexes };
  for (const { path } of [...wanted.values()].flatMap(({ wishes }) => wishes.repositories)) {
    const now = fresh.indexes[path];
    if (now !== undefined) indexes[path] = now;
  }
  const relocked = project.relocked({ ...lock, indexes });
  return relocked.ok ? answerRequests(relocked.value, wanted, 'add', sources) : Promise.resolve(relocked);
}

/** A set that was not in the old lock stays without packages: an empty set would be wrong. */
function withOld(project: Project, old: Lock, keys: readonly string[]): Result<Project> {
  const closures = keys.flatMap(key => {
    const packages = closurePackages(old, key);
    return packages === undefined ? [] : [[key, packages] as const];
  });
  return project.relocked(withClosures(project.lock, new Map(closures), 'add'));
}
