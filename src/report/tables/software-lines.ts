/** Reads the packages of a CycloneDX document that aib wrote, for tables. */
import { type PackageChange, packageChanges } from '../../rules/package-changes.ts';

export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** As in Alpine's package; empty if it has none. */
  readonly license: string;
  readonly purl: string;
}

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly name: string } }[];
}

/** By name. */
export function packagesIn(document: string): readonly ListedPackage[] {
  const { components } = JSON.parse(document) as { readonly components: readonly Component[] };
  return components.map(({ name, version, purl, licenses }) => {
    const [first] = licenses ?? [];
    return { name, version, license: first?.expression ?? first?.license?.name ?? '', purl };
  });
}

/** By name: packages that were removed, added, or have another version. */
export function packageDifferences(
  before: readonly ListedPackage[],
  after: readonly ListedPackage[],
): readonly Omit<PackageChange, 'repository'>[] {
  const [old = [], now = []] = [before, after].map(list => list.map(each => ({ ...each, repository: '' })));
  return packageChanges(old, now).map(({ repository: _, ...change }) => change);
}
