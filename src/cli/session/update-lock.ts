/** A new lock: what the mirror serves today, and what all images of the configuration take of it. Written in one step, when all is known. */
import { replaceLock } from '../../alpine/locking/lock.ts';
import { answerRequests } from '../../rules/project/lock-closures.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Failure } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import { solveElsewhere } from './closure-solver.ts';
import { notice } from './messages.ts';
import type { Session } from './session.ts';

export interface Updated {
  readonly project: Project;
  /** Why images have no packages in the lock, by set. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/** With `dryRun` nothing is written. */
export async function updateLockOf(
  session: Pick<Session, 'project' | 'signal'>,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Result<Updated>> {
  const fresh = await session.project({ update: true });
  if (!fresh.ok) return fresh;
  const { unanswered, fetched, lockPath, lockInFile } = fresh.value;
  const answered = await answerRequests(fresh.value, unanswered.values(), 'replace', {
    solver: solveElsewhere,
    readIndexes: async () => ok(fetched),
    signal: session.signal,
    onNotice: notice,
  });
  if (!answered.ok) return answered;
  const { project, failures } = answered.value;
  if (dryRun) return ok({ project, failures });
  const written = replaceLock(lockPath, lockInFile, project.lock);
  return written.ok ? ok({ project, failures }) : written;
}
