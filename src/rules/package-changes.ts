/** Compares two lists of packages: removed packages, added packages, and changed versions. */

export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the index that lists it: `v3.20/main/x86_64`; empty if unknown. */
  readonly repository: string;
  /** If known: there may be two builds of the same version. */
  readonly checksum?: string;
}

export interface PackageChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
  readonly repository: string;
}

/** By repository, then by name. A package that moved to another repository is listed as removed and as added. */
export function packageChanges(
  before: Iterable<ListedPackage>,
  after: Iterable<ListedPackage>,
): readonly PackageChange[] {
  const [old, now] = [byPlace(before), byPlace(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap(place => {
    const [was, is] = [old.get(place), now.get(place)];
    const some = is ?? was;
    if (some === undefined || (was?.version === is?.version && was?.checksum === is?.checksum)) return [];
    return [
      {
        name: some.name,
        ...(was === undefined ? {} : { before: was.version }),
        ...(is === undefined ? {} : { after: is.version }),
        repository: some.repository,
      },
    ];
  });
}

function byPlace(packages: Iterable<ListedPackage>): ReadonlyMap<string, ListedPackage> {
  return new Map([...packages].map(entry => [`${entry.repository} ${entry.name}`, entry]));
}
