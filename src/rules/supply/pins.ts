/**
 * Repositories with some packages pinned to their old versions, so that only others are updated. Only the facts in the lock are known of an
 * old version; its dependencies and provided names are taken from the version that is now in the index. apk checks them again when the
 * image is built, so a difference fails there and never results in a wrong image.
 */
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import { formatDependency, parseDependency } from '../../alpine/package/dependency.ts';
import { compareVersions } from '../../alpine/package/version.ts';
import type { Repository } from '../../alpine/solver/candidates.ts';

export function pinned(repositories: readonly Repository[], pins: readonly ClosurePackage[]): readonly Repository[] {
  if (pins.length === 0) return repositories;
  const old = new Map(pins.map(pin => [pin.name, pin]));
  const now = nowOf(repositories, old);
  return repositories.map(repository => {
    const others = repository.packages.filter(({ name }) => !old.has(name));
    const kept = pins.filter(({ index }) => index === repository.name).map(pin => asItWas(pin, old, now));
    return { ...repository, packages: [...others, ...kept] };
  });
}

/** Whether the dependencies of the package are known. */
export function isKnown({ arch }: IndexPackage): boolean {
  return arch !== NOTHING.arch;
}

/** The current entry of each pinned package: in its own repository the pinned version or the newest; in others only if its own has none. */
function nowOf(
  repositories: readonly Repository[],
  old: ReadonlyMap<string, ClosurePackage>,
): ReadonlyMap<string, IndexPackage> {
  const found = new Map<string, { readonly entry: IndexPackage; readonly rank: number }>();
  for (const { name: place, packages } of repositories) {
    for (const entry of packages) {
      const pin = old.get(entry.name);
      if (pin === undefined) continue;
      const rank = pin.index !== place ? 0 : pin.version !== entry.version ? 1 : 2;
      const known = found.get(entry.name);
      if (known === undefined || (rank - known.rank || compareVersions(entry.version, known.entry.version)) > 0)
        found.set(entry.name, { entry, rank });
    }
  }
  return new Map([...found].map(([name, { entry }]) => [name, entry]));
}

function asItWas(
  pin: ClosurePackage,
  pins: ReadonlyMap<string, ClosurePackage>,
  now: ReadonlyMap<string, IndexPackage>,
): IndexPackage {
  const { name, version, checksum, size, origin, license } = pin;
  const known = now.get(name) ?? NOTHING;
  // Packages from one source package require each other in exactly their own version.
  const asWanted = (text: string): string => {
    const dependency = parseDependency(text);
    if (!dependency.ok) return text;
    const { constraint } = dependency.value;
    const other = pins.get(dependency.value.name);
    const isThat = constraint?.kind === 'version' && constraint.version === now.get(dependency.value.name)?.version;
    if (other === undefined || !isThat) return text;
    return formatDependency({ ...dependency.value, constraint: { ...constraint, version: other.version } });
  };
  const [depends, installIf] = [known.depends.map(asWanted), known.installIf.map(asWanted)];
  return { ...known, name, version, checksum, size, origin, license, depends, installIf };
}

/** For a package that is no longer in the index. */
const NOTHING: IndexPackage = {
  name: '',
  version: '',
  arch: '',
  size: 0,
  installedSize: 0,
  description: '',
  url: '',
  license: '',
  origin: '',
  maintainer: '',
  commit: '',
  buildTime: 0,
  checksum: '',
  depends: [],
  provides: [],
  installIf: [],
  replaces: [],
  providerPriority: 0,
};
