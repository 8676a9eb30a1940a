/** Completes the lock of a project: resolves requests that have no answer yet. Never writes a file, and never fetches anything itself. */
import { withClosures } from '../../alpine/locking/closures.ts';
import type { Label } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { ClosureRequest, ClosureSolver } from '../supply/closure-request.ts';
import type { Project } from './project.ts';

export interface ReadIndexes {
  /** By the path of their repositories. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Why other indexes are not available. */
  readonly failures: ReadonlyMap<string, Failure>;
}

export interface ClosureSources {
  readonly solver: ClosureSolver;
  /** Reads locked indexes. */
  readonly readIndexes: (paths: readonly string[]) => Promise<Result<ReadIndexes>>;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export interface Answered {
  /** With the new lock. */
  readonly project: Project;
  readonly unsolved: readonly Unsolved[];
}

/** Nodes with packages that cannot be resolved for the same reason. */
export interface Unsolved {
  readonly failure: Failure;
  readonly labels: readonly Label[];
  /** The keys of their sets of packages. */
  readonly keys: readonly string[];
}

/** `asked` is by the nodes that need the answers. `replace` removes closures from the lock that the configuration no longer requests. */
export async function answerRequests(
  project: Project,
  asked: ReadonlyMap<Label, ClosureRequest>,
  how: 'add' | 'replace',
  { solver, readIndexes, signal, onNotice }: ClosureSources,
): Promise<Result<Answered>> {
  const all = [...new Map([...asked.values()].map(request => [request.key, request])).values()];
  const pathsOf = ({ wishes }: ClosureRequest): readonly string[] => wishes.repositories.map(({ path }) => path);
  const read = await readIndexes([...new Set(all.flatMap(pathsOf))]);
  if (!read.ok) return read;
  const { contents, failures: unread } = read.value;
  const failures = new Map<string, Failure>();
  for (const request of all) {
    const failure = pathsOf(request).flatMap(path => unread.get(path) ?? [])[0];
    if (failure !== undefined) failures.set(request.key, failure);
  }
  const requests = all.filter(({ key }) => !failures.has(key));
  const { root, foreignKeys } = project;
  const solved = await solver({ requests, indexes: contents, keys: root.keys, foreignKeys }, signal);
  if (!solved.ok) return solved;
  const { closures, failures: unsolvable, parsed } = solved.value;
  for (const [key, failure] of unsolvable) failures.set(key, failure);
  const sets = requests.length === 1 ? '1 set' : `${requests.length} sets`;
  if (requests.length > 0) onNotice(`resolved ${sets} of packages from ${parsed} package indexes`);
  // Without tools nothing can be built, so such a lock would be useless.
  const fault = [...failures.values()].find(({ code }) => code === 'AIB_TOOLBOX');
  if (fault !== undefined) return fail(fault);
  const relocked = project.relocked(withClosures(project.lock, closures, how), failures);
  return relocked.ok ? ok({ project: relocked.value, unsolved: unsolvedOf(asked, failures) }) : relocked;
}

function unsolvedOf(
  asked: ReadonlyMap<Label, ClosureRequest>,
  failures: ReadonlyMap<string, Failure>,
): readonly Unsolved[] {
  const groups = new Map<string, { failure: Failure; labels: Label[]; keys: Set<string> }>();
  for (const [label, { key }] of asked) {
    const failure = failures.get(key);
    if (failure === undefined) continue;
    const same = JSON.stringify(failure);
    const group = groups.get(same) ?? { failure, labels: [], keys: new Set() };
    groups.set(same, group);
    group.labels.push(label);
    group.keys.add(key);
  }
  return [...groups.values()].map(({ failure, labels, keys }) => ({ failure, labels, keys: [...keys] }));
}
