/** What each wish of /etc/apk/world costs: the packages that would go away without it. Never guesses why a package is there that no wish leads to. */
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import { parseDependency } from '../../alpine/package/dependency.ts';
import { partFor } from '../../alpine/solver/part.ts';
import { satisfyingIn } from '../../alpine/solver/satisfying.ts';

export interface PackageGroup {
  /** Bytes on disk of all of them. */
  readonly bytes: number;
  /** Names. */
  readonly packages: readonly string[];
}

export interface WishSize {
  /** As it stands in the world: `openssh`, `foo@edge`. */
  readonly wish: string;
  /** Where the configuration says it, as far as that is known. */
  readonly place?: string;
  /** Bytes on disk of the package that was asked for. */
  readonly itself: number;
  /** What would go away without the wish. What comes because of two together would go without either, and counts for both. */
  readonly own: PackageGroup;
}

export interface WishSizes {
  /** The largest first. */
  readonly wishes: readonly WishSize[];
  /** What stays, whichever single wish is taken back. */
  readonly shared: PackageGroup;
  /** What is there, and no wish leads to it. */
  readonly unasked: PackageGroup;
}

interface WishFacts {
  /** On disk, by the name of a package. */
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
