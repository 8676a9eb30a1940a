/**
 * Parses Alpine's security database: which version of a source package fixed which vulnerabilities, one file for each branch and
 * repository. Its source is comments that people write, so small errors are tolerated; never accepts another document as a database without
 * fixes.
 *
 *     { distroversion: "v3.20" | "edge", reponame: "main", packages: [
 *       { pkg: { name, secfixes: { "3.3.1-r1": ["CVE-2024-5535", "CVE-2018-7540 XSA-252"], "0": ["CVE-2023-0466"] } } } ] }
 *
 * Alpine's program writes an empty list as {} and an empty table as [].
 */

import { JsonMismatch, JsonReader } from '../../util/json-reader.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export interface Secdb {
  /** The branch's folder on a mirror: 'v3.20' or 'edge'. */
  readonly folder: string;
  /** 'main' or 'community' */
  readonly repository: string;
  /** By the name of the source package, in the order of the file: a vulnerability can be there several times. */
  readonly fixes: ReadonlyMap<string, readonly Fix[]>;
  /** A line for each invalid fix. */
  readonly passedOver: readonly string[];
}

export interface Fix {
  /** The name of one vulnerability, followed by its other names: ['CVE-2018-7540', 'XSA-252']. */
  readonly ids: Ids;
  /** The first version without it, possibly not a valid version: '4.10-1-r1'. NEVER_AFFECTED if no version had it. */
  readonly version: string;
}

export type Ids = readonly [string, ...string[]];

export const NEVER_AFFECTED = '0';

/** `where` is the URL or path of the text. */
export function parseSecdb(text: string, where: string): Result<Secdb> {
  try {
    return ok(readSecdb(new JsonReader(JSON.parse(text))));
  } catch (error) {
    if (error instanceof JsonMismatch) return bad(where, error.message, error.got);
    if (error instanceof SyntaxError) return bad(where, 'it is not JSON', error.message);
    throw error;
  }
}

function readSecdb(document: JsonReader): Secdb {
  const folder = document.at('distroversion').text(/^(v\d+\.\d+|edge)$/, 'v and a version such as v3.20, or edge');
  const repository = document.at('reponame').text(PLAIN, 'the name of a repository');
  const packages = document.at('packages');
  // Inner lists may be missing. A file without this list is another document.
  if (packages.value === undefined) throw new JsonMismatch(packages, 'an array');
  const fixes = new Map<string, readonly Fix[]>();
  const passedOver: string[] = [];
  for (const entry of itemsOf(packages)) {
    const pkg = entry.at('pkg');
    const name = pkg.at('name').text(PLAIN, 'the name of a package');
    const own = readFixes(pkg.at('secfixes'), line => passedOver.push(`${name} ${line}`));
    fixes.set(name, [...(fixes.get(name) ?? []), ...own]);
  }
  return { folder, repository, fixes, passedOver };
}

function readFixes(secfixes: JsonReader, passOver: (line: string) => void): readonly Fix[] {
  if (isEmpty(secfixes)) return [];
  return secfixes.entries().flatMap(([key, list]) => {
    // With the path of its parent: its own path could contain unprintable characters.
    const reader = new JsonReader(key, secfixes.keys);
    const version = reader.text(PRINTABLE, 'an object of versions such as 1.2.3-r0').trim();
    return itemsOf(list).flatMap(item => {
      const words = item.text(/^/, NAMES);
      const [id, ...others] = readIds(words);
      if (id !== undefined) return [{ ids: [id, ...others], version }];
      if (words.trim() !== '') passOver(`${version}: ${new JsonMismatch(item, NAMES).got} names no vulnerability`);
      return [];
    });
  });
}

const NAMES = 'names of vulnerabilities such as CVE-2024-5535';
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.+~-]*$/;
/** The text of a version is shown to users, so it must be printable. */
const PRINTABLE = /^ *[!-~][ -~]*$/;

/** Items that are null are ignored. */
function itemsOf(list: JsonReader): readonly JsonReader[] {
  return isEmpty(list) ? [] : list.items().filter(item => item.present);
}

function isEmpty({ present, value }: JsonReader): boolean {
  return !present || (typeof value === 'object' && Object.keys(value as object).length === 0);
}

/** Many projects assign names: XSA-252, GHSA-h6cc-rc6q-23j4, GNUTLS-SA-2020-03-31, VSV00010, wnpa-sec-2017-18. */
const ID = /^[A-Z][A-Z0-9]*(?:[-_:][A-Za-z0-9]+)+$|^[A-Z]+\d+$|^[a-z]+(?:-[a-z]+)*(?:-\d+){2}$/;

/**
 * Alpine's lists have 'CVE-2017-2616 (+ regression fix)', 'CVE_2019-2426', 'CVE 2018-16859', 'CVE-2021-35940.patch', 'CVE-2017-17434-1' and
 * 'CVE-????-????? TS-2024-005'.
 */
function readIds(words: string): readonly string[] {
  const ids = words
    .replace(/\([^)]*(?:\)|$)/g, ' ')
    .replace(/\bCVE[-_ ](\d{4}-\d+)[^\s,;]*/gi, 'CVE-$1')
    .split(/[\s,;]+/)
    .filter(word => ID.test(word));
  return [...new Set(ids)];
}

function bad(where: string, problem: string, got: string): Result<never> {
  return fail({
    code: 'AIB_BAD_SECDB',
    what: `Alpine's security database is invalid: ${problem}`,
    where,
    got,
  });
}
