/**
 * The size of each wish in /etc/apk/world: the packages that would be removed without it. Never guesses why a package without a wish is
 * installed.
 */
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import { parseDependency } from '../../alpine/package/dependency.ts';
import { partFor } from '../../alpine/solver/part.ts';
import { satisfyingIn } from '../../alpine/solver/satisfying.ts';

export interface PackageGroup {
  /** Total bytes on disk. */
  readonly bytes: number;
  /** Names. */
  readonly packages: readonly string[];
}

export interface WishSize {
  /** As written in /etc/apk/world: `openssh`, `foo@edge`. */
  readonly wish: string;
  /** Its place in the configuration, if known. */
  readonly place?: string;
  /** Bytes on disk of the requested package. */
  readonly itself: number;
  /** The packages that would be removed without the wish. A package that needs two wishes together counts for both. */
  readonly own: PackageGroup;
}

export interface WishSizes {
  /** The largest first. */
  readonly wishes: readonly WishSize[];
  /** The packages that remain if any single wish is removed. */
  readonly shared: PackageGroup;
  /** Installed packages that no wish requires. */
  readonly unasked: PackageGroup;
}

interface WishFacts {
  /** Bytes on disk, by package name. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly placeOf: (name: string) => string | undefined;
}

export function wishSizes(
  packages: readonly IndexPackage[],
  world: readonly string[],
  { bytes, placeOf }: WishFacts,
): WishSizes {
  const satisfying = satisfyingIn(packages);
  const group = (those: readonly IndexPackage[]): PackageGroup => ({
    bytes: those.reduce((sum, { name }) => sum + (bytes.get(name) ?? 0), 0),
    packages: those.map(({ name }) => name),
  });
  const all = partFor(packages, world);
  const owned = new Set<IndexPackage>();
  const wishes = world.flatMap((wish): readonly WishSize[] => {
    const dependency = parseDependency(wish);
    if (!dependency.ok || dependency.value.conflict) return [];
    const place = placeOf(dependency.value.name);
    const [given] = satisfying(wish);
    const others = world.filter(other => other !== wish);
    const left = new Set(partFor(packages, others));
    const own = all.filter(entry => !left.has(entry));
    for (const entry of own) owned.add(entry);
    const itself = bytes.get(given?.name ?? '') ?? 0;
    return [{ wish, ...(place === undefined ? {} : { place }), itself, own: group(own) }];
  });
  const asked = new Set(all);
  return {
    wishes: wishes.sort((a, b) => b.own.bytes - a.own.bytes || b.itself - a.itself),
    shared: group(all.filter(entry => !owned.has(entry))),
    unasked: group(packages.filter(entry => !asked.has(entry))),
  };
}
