/** Which of several providers of a name apk prefers; never checks whether a provider can be installed. */
import { compareUtf8 } from '../../util/bytes.ts';
import { compareParsed, parseVersion } from '../package/version.ts';
import type { Candidate, Name, Provider } from './candidates.ts';

/**
 * The preferred provider, by apk's criteria: a repository that the world requests, the newest version of the name, of the package, the
 * declared priority, the earliest repository. The package name decides in cases where apk depends on the order of its hash table.
 */
export function preferred(name: Name, providers: readonly Provider[]): Provider | undefined {
  const pinned = new Set<string>();
  for (const need of name.required) {
    if (need.from === undefined && need.dependency.tag !== undefined) pinned.add(need.dependency.tag);
  }
  if (providers.length <= 1) return providers[0];
  // Versions and bare names cannot be compared with each other, so the result depends on the order of comparisons: fix that order.
  const sorted = providers.toSorted(
    (a, b) => compareUtf8(a.candidate.entry.name, b.candidate.entry.name) || a.candidate.order - b.candidate.order,
  );
  return sorted.reduce<Provider | undefined>((best, next) => {
    return best === undefined || compare(next, best, pinned) > 0 ? next : best;
  }, undefined);
}

/** Positive if `a` is better. */
function compare(a: Provider, b: Provider, pinned: ReadonlySet<string>): number {
  const left = a.candidate;
  const right = b.candidate;
  return (
    Number(isWantedPlace(left, pinned)) - Number(isWantedPlace(right, pinned)) ||
    compareIfVersions(a.version, b.version) ||
    (left.entry.name === right.entry.name ? compareIfVersions(left.entry.version, right.entry.version) : 0) ||
    left.entry.providerPriority - right.entry.providerPriority ||
    right.order - left.order
  );
}

function isWantedPlace(candidate: Candidate, pinned: ReadonlySet<string>): boolean {
  const { tag } = candidate.repository;
  return pinned.size === 0 ? tag === undefined : tag !== undefined && pinned.has(tag);
}

/** 0 if one is a bare name or an invalid version. */
function compareIfVersions(a: string | undefined, b: string | undefined): number {
  const left = a === undefined ? undefined : parseVersion(a);
  const right = b === undefined ? undefined : parseVersion(b);
  return left !== undefined && right !== undefined ? compareParsed(left, right) : 0;
}
