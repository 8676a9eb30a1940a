/** Which packages apk's databases of two images list: what was added, removed, or has another version. Never takes a file for one that says nothing of packages. */
export interface PackageChange {
  readonly name: string;
  /** Versions; undefined where there is none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

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

export function packageChanges(before: string, after: string): readonly PackageChange[] {
  const [was, is] = [versions(before), versions(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap(name => {
    const change = { name, before: was.get(name), after: is.get(name) };
    return change.before === change.after ? [] : [change];
  });
}

/** Where several of one name are listed, all of their versions. */
function versions(database: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of installedPackages(database)) {
    const [word = '', version = ''] = name.split(' ', 2);
    found.set(word, [found.get(word), version].filter(each => each !== undefined).join(', '));
  }
  return found;
}

/** What is said of packages that both have in the same version, in the order of each: here is what a list of packages does not tell. */
export function ofSamePackages(before: string, after: string): readonly [before: string, after: string] {
  const [was, is] = [stanzas(before), stanzas(after)];
  const rest = (own: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string =>
    [...own].flatMap(([key, stanza]) => (other.has(key) ? [`${stanza}\n`] : [])).join('\n');
  return [rest(was, is), rest(is, was)];
}
