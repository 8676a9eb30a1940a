/** A new lock: what the mirror serves today, and what all images of the configuration take of it. Written in one step, when all is known. */
import { closurePackages, withClosures } from '../../alpine/locking/closures.ts';
import { type Lock, replaceLock } from '../../alpine/locking/lock.ts';
import { type Answered, answerRequests, type ClosureSources } from '../../rules/project/lock-closures.ts';
import { lockedNames, lockForPackages, lockForVersions } from '../../rules/project/partial-update.ts';
import type { Project } from '../../rules/project/project.ts';
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

/** The failures are those of sets of packages that come to nothing. */
export async function updateLockOf(
  session: Updating,
  { dryRun = false, words = [] }: UpdateRequest = {},
): Promise<Result<Answered>> {
  const fresh = await session.project({ update: true });
  if (!fresh.ok) return fresh;
  const { fetched, lockPath, lockInFile } = fresh.value;
  const sources: ClosureSources = {
    solver: solveElsewhere,
    readIndexes: async () => ok(fetched),
    signal: session.signal,
    onNotice: notice,
  };
  const updated =
    words.length === 0
      ? await answerRequests(fresh.value, fresh.value.unanswered.values(), 'replace', sources)
      : await updatePart(session, fresh.value, words, sources);
  if (!updated.ok || dryRun) return updated;
  const written = replaceLock(lockPath, lockInFile, updated.value.project.lock);
  return written.ok ? updated : written;
}

async function updatePart(
  session: Updating,
  fresh: Project,
  words: readonly string[],
  sources: ClosureSources,
): Promise<Result<Answered>> {
  const old = fresh.lockInFile;
  if (old === undefined) {
    return fail({
      code: 'AIB_NOT_LOCKED',
      what: 'There is no lock yet of which a part could be updated',
      where: fresh.lockPath,
      hint: 'run aib update without words',
    });
  }
  const known = fresh.dimensions.find(({ name }) => name === 'version')?.keys ?? [];
  const versions = words.filter(word => known.includes(word));
  if (versions.length > 0 && versions.length < words.length)
    return fail({ code: 'AIB_USAGE', what: 'An update is of versions or of packages', hint: 'run it once for each' });
  // As the old lock has it: names of releases are part of what images are called.
  const project = await session.project();
  if (!project.ok) return project;
  return versions.length > 0
    ? updateVersions(project.value, fresh.lock, versions, sources)
    : updatePackages(project.value, fresh.lock, words, sources);
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
      hint: 'use another mirror with --mirror, or run aib update without words to drop it',
    });
  }
  const relocked = project.relocked(lockForVersions(project.lock, fresh, versions));
  if (!relocked.ok) return relocked;
  const isOf = (key: string): boolean => versions.some(version => key.startsWith(`${version}/`));
  const requests = [...relocked.value.unanswered.values()].filter(({ key }) => isOf(key));
  return answerRequests(relocked.value, requests, 'add', sources);
}

async function updatePackages(
  project: Project,
  fresh: Lock,
  words: readonly string[],
  sources: ClosureSources,
): Promise<Result<Answered>> {
  const known = lockedNames(project.lock);
  const stranger = words.find(word => !known.has(word));
  if (stranger !== undefined) {
    const near = nearest(stranger, [...known], 3);
    return fail({
      code: 'AIB_NO_PACKAGE',
      what: `No image takes a package ${stranger}`,
      where: project.lockPath,
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'name a version, or a package in the lock',
    });
  }
  const { lock, pins } = lockForPackages(project.lock, fresh, words);
  const relocked = project.relocked(lock);
  if (!relocked.ok) return relocked;
  const requests = wanted(relocked.value, project).map(request => ({ ...request, pins: pins.get(request.key) ?? [] }));
  const answered = await answerRequests(relocked.value, requests, 'add', sources);
  if (!answered.ok || answered.value.failures.size === 0) return answered;
  // What cannot move stays as it was.
  const { failures } = answered.value;
  const stays = withOld(answered.value.project, project.lock, failures.keys());
  return stays.ok ? ok({ project: stays.value, failures }) : stays;
}

/** What was answered before and is not any more. */
function wanted(relocked: Project, before: Project) {
  return [...relocked.unanswered].flatMap(([label, request]) => (before.unanswered.has(label) ? [] : [request]));
}

function withOld(project: Project, old: Lock, keys: Iterable<string>): Result<Project> {
  const closures = [...keys].map(key => [key, closurePackages(old, key) ?? []] as const);
  return project.relocked(withClosures(project.lock, new Map(closures), 'add'));
}
