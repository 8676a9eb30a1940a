/** The packages that provide each name in one repository, computed once per index; ignores versions, tags and conflicts. */
import type { IndexPackage } from '../package/apkindex.ts';

export interface PackageTable {
  /** Packages with that name, and packages that provide it. */
  readonly providers: Listing;
  /** Packages whose install_if mentions the name. */
  readonly triggered: Listing;
}

/** Nearly all of a hundred thousand names have one package, so a single package is stored without an array. */
type Listing = ReadonlyMap<string, IndexPackage | readonly IndexPackage[]>;

/** The table is cached for each array, so an index must not change after it was read. */
export function packageTable(packages: readonly IndexPackage[]): PackageTable {
  const known = TABLES.get(packages);
  if (known !== undefined) return known;
  const providers = new Map<string, IndexPackage | IndexPackage[]>();
  const triggered = new Map<string, IndexPackage | IndexPackage[]>();
  for (const entry of packages) {
    add(providers, entry.name, entry);
    for (const text of entry.provides) add(providers, nameOf(text), entry);
    for (const text of entry.installIf) add(triggered, nameOf(text.startsWith('!') ? text.slice(1) : text), entry);
  }
  const table = { providers, triggered };
  TABLES.set(packages, table);
  return table;
}

export function listed(listing: Listing, name: string): readonly IndexPackage[] {
  const found = listing.get(name);
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found as IndexPackage];
}

const TABLES = new WeakMap<readonly IndexPackage[], PackageTable>();

/** The name before the operator or tag. */
function nameOf(dependency: string): string {
  const end = dependency.search(/[<>=~@]/);
  return end < 0 ? dependency : dependency.slice(0, end);
}

/** A package that provides its own name again, or one name twice, is added once: its entries come one after the other. */
function add(listing: Map<string, IndexPackage | IndexPackage[]>, name: string, entry: IndexPackage): void {
  const found = listing.get(name);
  if (found === undefined) listing.set(name, entry);
  else if (!Array.isArray(found)) {
    if (found !== entry) listing.set(name, [found, entry]);
  } else if (found.at(-1) !== entry) found.push(entry);
}
