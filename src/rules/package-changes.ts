/** What is different between two lists of packages: what went, what came, and what has another version. */

export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** Path of the index that lists it: `v3.20/main/x86_64`; empty where that is not known. */
  readonly repository: string;
  /** Where it is known: of the same version there may have been two builds. */
  readonly checksum?: string;
}

export interface PackageChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
  readonly repository: string;
}

/** By repository, then by name. One that moved from one repository to another went from there and came here. */
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
