/**
 * Validates the text of a lock file, since people merge it and a merge may leave anything behind. Reports the line of each fault. Never
 * accepts a value that it has not checked.
 */
import { type JsonKeys, JsonMismatch, JsonReader } from '../../util/json-reader.ts';

/** Checks the result of JSON.parse; throws JsonMismatch. */
export function checkLock(value: unknown): void {
  const lock = new JsonReader(value);
  lock.at('root').text(/^[\w-]+$/, 'the name of a trust root');
  lock.at('updated').text(DATE, DATE_WORDS);
  lock.at('builder').text(VERSION, VERSION_WORDS);
  for (const [, release] of lock.at('releases').entries()) {
    release.at('release').text(/^[\w.-]+$/, 'a release, such as 3.20.3');
    release.at('date').text(DATE, DATE_WORDS);
    release.at('endOfLife').text(/^(\d{4}-\d\d-\d\d)?$/, `${DATE_WORDS}, or empty`);
    if (release.at('notes').present) release.at('notes').text(/./, 'an address');
  }
  for (const [, iso] of lock.at('iso').entries()) {
    iso.at('path').text(PATH, PATH_WORDS);
    iso.at('size').count();
    iso.at('sha256').text(/^[0-9a-f]{64}$/, 'a SHA-256');
    iso.at('sha512').text(/^[0-9a-f]{128}$/, 'a SHA-512');
    if (iso.at('signature').present) iso.at('signature').text(/./, 'a signature');
  }
  for (const [path, index] of lock.at('indexes').entries()) {
    checkPlace(path, index);
    index.at('hash').text(/^[0-9a-f]{64}$/, 'a SHA-256');
    index.at('size').count();
    if (index.at('description').present) index.at('description').text(/^v\d[\w.-]*$/, 'such as v3.20.3-14-g5a1b2c3');
    if (index.at('built').present) index.at('built').count();
  }
  for (const [, file] of lock.at('secdb').present ? lock.at('secdb').entries() : []) {
    file.at('hash').text(/^[0-9a-f]{64}$/, 'a SHA-256');
    file.at('size').count();
  }
  for (const [path, names] of lock.at('packages').entries()) {
    checkPlace(path, names);
    for (const [, entry] of names.entries()) {
      entry.at('version').text(NAME, 'a version');
      entry.at('checksum').text(/^Q1[A-Za-z0-9+/]{27}=$/, "apk's checksum of a package");
      entry.at('size').count();
      entry.at('origin').text(NAME, 'a source package');
      entry.at('license').text(/^/, 'a licence');
    }
  }
  for (const [, closure] of lock.at('closures').entries()) {
    for (const [path, names] of closure.at('packages').entries()) {
      checkPlace(path, names);
      checkNames(names);
    }
    for (const list of ['noScripts', 'base']) if (closure.at(list).present) checkNames(closure.at(list));
  }
  if (lock.at('releaseKey').present) lock.at('releaseKey').text(/./, 'a public key');
  if (lock.at('repositoryKeys').present)
    for (const [, key] of lock.at('repositoryKeys').entries())
      key.text(PEM, 'a public key, -----BEGIN PUBLIC KEY-----…');
}

/** For the name of a member that becomes a path on a mirror. */
function checkPlace(path: string, { keys }: JsonReader): void {
  if (!PLACE.test(path)) throw new JsonMismatch(new JsonReader(path, keys), 'named after the path of an index');
}

/** There are tens of thousands of names, so each gets a reader of its own only if one is wrong. */
function checkNames(names: JsonReader): void {
  if (Array.isArray(names.value) && names.value.every(name => typeof name === 'string' && NAME.test(name))) return;
  for (const name of names.items()) name.text(NAME, 'the name of a package');
}

/** Becomes part of a path. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+~=-]*$/;
const DATE = /^\d{4}-\d\d-\d\d$/;
const DATE_WORDS = 'a day, YYYY-MM-DD';
const VERSION = /^\d+\.\d+$/;
const VERSION_WORDS = 'a version, such as 3.20';
const PEM = /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]+\n-----END PUBLIC KEY-----\n$/;
/** A path on Alpine's mirror, or an address; without `..`. */
const PLACE = /^(?:https?:\/\/|\/)?(?:(?!\.{1,2}\/)[^/\\\0]+\/)*(?!\.{1,2}$)[^/\\\0]+$/;
/** No address, because an address would be used instead of the mirror. */
const PATH = /^(?!.*:\/\/)(?:(?!\.{1,2}\/)[^/\\\0]+\/)*(?!\.{1,2}$)[^/\\\0]+$/;
const PATH_WORDS = 'a path in the mirror';

/** The fault of a lock text, as "line 7: …"; undefined for other errors. */
export function faultInLock(text: string, error: unknown): string | undefined {
  if (error instanceof JsonMismatch) {
    const line = findMember(text, error.keys);
    return `line ${line}: ${error.message}, but is ${error.got}`;
  }
  if (!(error instanceof SyntaxError)) return undefined;
  const marker = text.split('\n').findIndex(line => /^(<{7}|={7}|>{7})( |$)/.test(line));
  if (marker !== -1) return `line ${marker + 1}: unresolved conflict of a merge`;
  const [, line] = /line (\d+) column \d+/.exec(error.message) ?? [];
  return line === undefined ? 'it is not JSON' : `line ${line}: it is not JSON`;
}

/** The line of a duplicate member, as after a merge that kept both sides; JSON.parse silently takes the second. */
export function findDouble(text: string, value: unknown): number | undefined {
  // A fast check first: each name has a colon behind its quote, and other quotes hardly ever have one.
  if ((text.match(/"\s*:/g)?.length ?? 0) === countMembers(value)) return undefined;
  const seen = new Set<string>();
  for (const { keys, line } of members(text)) {
    const name = JSON.stringify(keys);
    if (seen.has(name)) return line;
    seen.add(name);
  }
  return undefined;
}

function countMembers(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  const inner = Object.values(value).reduce((sum: number, each) => sum + countMembers(each), 0);
  return Array.isArray(value) ? inner : inner + Object.keys(value).length;
}

/** The line of the member that the keys lead to, or of its innermost parent that exists. */
function findMember(text: string, keys: JsonKeys): number {
  let found = 1;
  let depth = 0;
  for (const member of members(text)) {
    const isOnTheWay = member.keys.length > depth && member.keys.every((key, index) => key === keys[index]);
    if (!isOnTheWay) continue;
    depth = member.keys.length;
    found = member.line;
  }
  return found;
}

/** Every member of every object in a JSON text, with the line of its name. */
function* members(text: string): Generator<{ readonly keys: JsonKeys; readonly line: number }> {
  const path: (string | number)[] = [];
  /** The current line. */
  let line = 1;
  let last = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|\n/g)) {
    const innermost = path.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{') path.push('');
    else if (token === '[') path.push(0);
    else if (token === '}' || token === ']') path.pop();
    else if (token === ',' && typeof innermost === 'number') path[path.length - 1] = innermost + 1;
    else if (token === ':') {
      path[path.length - 1] = JSON.parse(last) as string;
      yield { keys: [...path], line };
    }
    if (token.startsWith('"')) last = token;
  }
}
