/** apk's database of what is installed, as an image has it: which packages it lists, and how two differ. Never takes a file for one that says nothing of packages. */
import { type ListedPackage, type PackageChange, packageChanges } from '../../rules/package-changes.ts';

/** As apk has it from 2 on, and with /usr merged. */
const DATABASE = /^(\.?\/)?(usr\/)?lib\/apk\/db\/installed$/;
/** Of one that is read as a whole, which is far more than any image has. */
export const LONGEST_DATABASE = 32 << 20;

export function isPackageDatabase(path: string): boolean {
  return DATABASE.test(path);
}

/** What it says of each package, by name and version: `P:` and `V:`; a blank line ends a package. */
function stanzas(database: string): ReadonlyMap<string, string> {
  const found = database.split('\n\n').flatMap((stanza): readonly (readonly [string, string])[] => {
    const [, name] = /^P:(.*)$/m.exec(stanza) ?? [];
    const [, version] = /^V:(.*)$/m.exec(stanza) ?? [];
    return name === undefined || version === undefined ? [] : [[`${name} ${version}`, stanza.trim()]];
  });
  return new Map(found);
}

/** `name version`, in order of these. */
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

/** What is said of packages that both have in the same version, in the order of each: here is what a list of packages does not tell. */
export function ofSamePackages(before: string, after: string): readonly [before: string, after: string] {
  const [was, is] = [stanzas(before), stanzas(after)];
  const rest = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string =>
    [...own].flatMap(([key, stanza]) => (other.has(key) ? [`${stanza}\n`] : [])).join('\n');
  return [rest(was, is), rest(is, was)];
}
