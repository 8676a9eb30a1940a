/**
 * The packages in apk's database of an image, and the differences of two databases. A file without packages must not count as a database.
 */
import { type ListedPackage, type PackageChange, packageChanges } from '../../rules/package-changes.ts';

/** The path since apk 2, also with a merged /usr. */
const DATABASE = /^(\.?\/)?(usr\/)?lib\/apk\/db\/installed$/;
/** Limit for reading a database at once; far larger than that of any image. */
export const LONGEST_DATABASE = 32 << 20;

export function isPackageDatabase(path: string): boolean {
  return DATABASE.test(path);
}

/** The stanza of each package, by name and version (`P:` and `V:`); a blank line ends a package. */
function stanzas(database: string): ReadonlyMap<string, string> {
  const found = database.split('\n\n').flatMap((stanza): readonly (readonly [string, string])[] => {
    const [, name] = /^P:(.*)$/m.exec(stanza) ?? [];
    const [, version] = /^V:(.*)$/m.exec(stanza) ?? [];
    return name === undefined || version === undefined ? [] : [[`${name} ${version}`, stanza.trim()]];
  });
  return new Map(found);
}

/** Sorted lines `name version`. */
export function installedPackages(database: string): readonly string[] {
  return [...stanzas(database).keys()].sort();
}

export function installedChanges(before: string, after: string): readonly PackageChange[] {
  return packageChanges(listed(before), listed(after));
}

function listed(database: string): readonly ListedPackage[] {
  return installedPackages(database).map(each => {
    const [name = '', version = ''] = each.split(' ', 2);
    return { name, version, repository: '' };
  });
}

/**
 * The stanzas of packages that both have in the same version, in the order of each side: differences that a list of packages does not show.
 */
export function ofSamePackages(before: string, after: string): readonly [before: string, after: string] {
  const [was, is] = [stanzas(before), stanzas(after)];
  const rest = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string =>
    [...own].flatMap(([key, stanza]) => (other.has(key) ? [`${stanza}\n`] : [])).join('\n');
  return [rest(was, is), rest(is, was)];
}
