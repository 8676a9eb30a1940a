/** What a CycloneDX document of ours says, for tables. */

export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** As Alpine has it; empty if it has none. */
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

export interface PackageDifference {
  readonly name: string;
  /** Versions; left out where the package is not there. */
  readonly before?: string;
  readonly after?: string;
}

/** By name: what went, what came, and what has another version. */
export function packageDifferences(
  before: readonly ListedPackage[],
  after: readonly ListedPackage[],
): readonly PackageDifference[] {
  const [old, now] = [before, after].map(list => new Map(list.map(({ name, version }) => [name, version])));
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  return names.flatMap(name => {
    const [was, is] = [old?.get(name), now?.get(name)];
    if (was === is) return [];
    return [{ name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}
