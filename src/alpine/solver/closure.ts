/**
 * The packages that a list of wishes comes to, worked out on the host; never fetches anything, and never depends on the order of packages
 * in an index.
 *
 * apk itself still installs them, offline and pinned to this result, so a difference between this resolver and apk's is an error of that
 * build and no wrong image.
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
  /** Earlier ones win where two have the same version. */
  readonly repositories: readonly Repository[];
}

export interface Resolved {
  readonly package: IndexPackage;
  /** Name of the repository to fetch it from. */
  readonly repository: string;
  readonly tag?: string;
  /** How the world came to it, itself last: `['world', 'openssh', 'openssl']`. */
  readonly chain: readonly string[];
}

/**
 * In an order in which they can be installed: dependencies first, cycles broken by name. Fails with AIB_NO_PACKAGE,
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

/** That of the packages themselves: the release that they belong to installs them with its own. */
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
    what: 'A package is asked for from a tagged repository, but no repository has that tag',
    got: text,
    hint: tags.length > 0 ? `Use one of ${tags.join(', ')}` : 'Give a repository that tag, or leave the tag out',
  });
}
