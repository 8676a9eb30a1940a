/**
 * Resolves a list of wishes to packages, on the host. Never fetches anything, and never depends on the order of packages in an index.
 *
 * apk installs the packages later, offline and pinned to this result, so a difference between this resolver and apk's fails the build and
 * never results in a wrong image.
 */
import { compareUtf8 } from '../../util/bytes.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { IndexPackage } from '../package/apkindex.ts';
import { type Dependency, parseDependency } from '../package/dependency.ts';
import { compareVersions } from '../package/version.ts';
import type { Repository } from './candidates.ts';
import { chainTo, explainDeadEnd } from './explain-dead-end.ts';
import { installOrder } from './install-order.ts';
import { type ApkMajor, Solver } from './solver.ts';

export interface ClosureRequest {
  /** As in /etc/apk/world: see dependency.ts. Order and repetition don't matter. */
  readonly world: readonly string[];
  /** If two have the same version, the earlier one wins. */
  readonly repositories: readonly Repository[];
}

export interface Resolved {
  readonly package: IndexPackage;
  /** Name of the repository to fetch it from. */
  readonly repository: string;
  readonly tag?: string;
  /** The chain of dependencies from the world to this package: `['world', 'openssh', 'openssl']`. */
  readonly chain: readonly string[];
}

/**
 * In install order: dependencies first, cycles broken by name. Fails with AIB_NO_PACKAGE,
 * AIB_PACKAGE_CONFLICT, AIB_UNKNOWN_TAG or AIB_BAD_DEPENDENCY.
 */
export function resolveClosure({ world, repositories }: ClosureRequest): Result<readonly Resolved[]> {
  const wishes: { text: string; dependency: Dependency }[] = [];
  for (const text of [...new Set(world)].sort(compareUtf8)) {
    const dependency = parseDependency(text);
    if (!dependency.ok) return dependency;
    const { tag } = dependency.value;
    if (tag !== undefined && !repositories.some(repository => repository.tag === tag))
      return unknownTag(text, repositories);
    wishes.push({ text, dependency: dependency.value });
  }
  const solver = new Solver(repositories, apkOf(repositories));
  const dead = solver.solve(wishes);
  if (dead !== undefined) return fail(explainDeadEnd(dead, solver.universe));
  const selected = new Map(solver.selected.map(candidate => [candidate.entry, candidate]));
  return ok(
    installOrder([...selected.keys()]).flatMap(entry => {
      const candidate = selected.get(entry);
      if (candidate === undefined) return [];
      const { name, tag } = candidate.repository;
      return [{ package: entry, repository: name, ...(tag === undefined ? {} : { tag }), chain: chainTo(candidate) }];
    }),
  );
}

/** The version of apk among the packages, because a release installs its packages with its own apk. */
function apkOf(repositories: readonly Repository[]): ApkMajor {
  const own = repositories.flatMap(({ tag, packages }) => {
    return tag === undefined ? packages.filter(({ name }) => name === 'apk-tools') : [];
  });
  return own.length > 0 && own.every(({ version }) => compareVersions(version, '3_alpha') < 0) ? 2 : 3;
}

function unknownTag(text: string, repositories: readonly Repository[]): Result<never> {
  const tags = repositories.flatMap(({ tag }) => (tag === undefined ? [] : [`@${tag}`]));
  return fail({
    code: 'AIB_UNKNOWN_TAG',
    what: 'A package is requested from a tag that no repository has',
    got: text,
    hint: tags.length > 0 ? `use one of ${tags.join(', ')}` : 'add the tag to a repository, or leave out the tag',
  });
}
