/** A project whose lock says which packages its images take: what is not answered yet is worked out. Writes nothing, and fetches nothing itself. */
import { withClosures } from '../../alpine/locking/closures.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { ClosureRequest, ClosureSolver } from '../supply/closure-request.ts';
import type { Project } from './project.ts';

export interface ClosureSources {
  readonly solver: ClosureSolver;
  /** Their bytes, by the path of their repositories; of those that the lock has. */
  readonly readIndexes: (paths: readonly string[]) => Promise<Result<ReadonlyMap<string, Uint8Array>>>;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface Answered {
  /** With the new lock. */
  readonly project: Project;
  /** Why a set of packages comes to nothing, by its key. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/** `replace` leaves out of the lock what the configuration does not ask for any more. */
export async function answerRequests(
  project: Project,
  asked: Iterable<ClosureRequest>,
  how: 'add' | 'replace',
  { solver, readIndexes, signal, onNotice }: ClosureSources,
): Promise<Result<Answered>> {
  const requests = [...new Map([...asked].map(request => [request.key, request])).values()];
  const paths = new Set(requests.flatMap(({ wishes }) => wishes.repositories.map(({ path }) => path)));
  const contents = await readIndexes([...paths]);
  if (!contents.ok) return contents;
  const { root, foreignKeys } = project;
  const solved = await solver({ requests, indexes: contents.value, keys: root.keys, foreignKeys }, signal);
  if (!solved.ok) return solved;
  const { closures, failures, parsed } = solved.value;
  if (requests.length > 0)
    onNotice(
      `worked out ${requests.length} ${requests.length === 1 ? 'set' : 'sets'} of packages from ${parsed} package indexes`,
    );
  // Without tools nothing can be built, so such a lock is of no use to anybody.
  const fault = [...failures.values()].find(({ code }) => code === 'AIB_TOOLBOX');
  if (fault !== undefined) return fail(fault);
  const relocked = project.relocked(withClosures(project.lock, closures, how), failures);
  return relocked.ok ? ok({ project: relocked.value, failures }) : relocked;
}
