/**
 * Guesses the cause of a difference from the differing texts or bytes alone, by the rules in docs/diff.md. If no rule matches, the cause is
 * `content`; it never guesses more.
 */
import { isHostPath, type LinePair } from './host-path.ts';
import { isNear, masked } from './written-times.ts';

export type Cause = 'time' | 'random' | 'order' | 'locale' | 'host path' | 'size' | 'content';

const ORDER: readonly Cause[] = ['time', 'random', 'order', 'locale', 'host path', 'size', 'content'];

/** Each cause once, in a fixed order. */
export function inOneOrder(causes: Iterable<Cause>): readonly Cause[] {
  const found = new Set(causes);
  return ORDER.filter(cause => found.has(cause));
}

const TIME_NAMES =
  /(^| )(modified|changed|accessed|created|recorded|expires|effective|TimeDateStamp|last (mounted|written|checked))( of member \d+)?$/;
const RANDOM_NAMES = /(^| )(UUID|hash seed|generation|id)$/;
/** Name of the fact of an archive. */
const IN_ORDER = 'in order of path';
const SIZE_NAMES = /(^| )sizes?( |$)/;
/** Files with random content. */
const RANDOM_PATHS = /(^|\/)(machine-id|random-seed|seed\.(no-)?credit|ssh_host_[^/]+_key(\.pub)?)$/;

/** The cause of a difference in a fact about a file or a filesystem. */
export function causeOfFact(name: string, before: string | undefined, after: string | undefined): Cause {
  if (TIME_NAMES.test(name)) return 'time';
  if (RANDOM_NAMES.test(name)) return 'random';
  if (name === IN_ORDER) return 'order';
  if (SIZE_NAMES.test(name)) return 'size';
  // A hash says nothing about how the hashed data differs.
  if (before === undefined || after === undefined || before.startsWith('SHA-256 ')) return 'content';
  const [cause = 'content'] = causesOfPairs([{ before, after }], false);
  return cause;
}

/** The cause of two different orders of the same things. */
export function causeOfOrder(before: readonly string[], after: readonly string[]): Cause {
  const sortings = [before, after].map(names => SORTINGS.map(compare => isSorted(names, compare)));
  const [[wasPlain, wasFolded] = [], [isPlain, isFolded] = []] = sortings;
  return (wasPlain === true && isFolded === true) || (wasFolded === true && isPlain === true) ? 'locale' : 'order';
}

type Compare = (one: string, other: string) => boolean;

/** The sort orders of the locale C and of most other locales. */
const SORTINGS: readonly Compare[] = [(one, other) => one <= other, (one, other) => folded(one) <= folded(other)];

/** Other locales ignore case and punctuation. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function isSorted(names: readonly string[], inOrder: Compare): boolean {
  return names.every((name, index) => index === 0 || inOrder(names[index - 1] ?? '', name));
}

/** The causes of two different texts; the path may identify the file. */
export function causesOfTexts(path: string, before: string, after: string): readonly Cause[] {
  if (RANDOM_PATHS.test(path)) return ['random'];
  if (isPadded(Buffer.from(before), Buffer.from(after))) return ['size'];
  const [was, is] = [linesOf(before), linesOf(after)];
  if (was.length === is.length && was.length > 1 && was.toSorted().join('\n') === is.toSorted().join('\n'))
    return [causeOfOrder(was, is)];
  if (was.length !== is.length) return ['content'];
  const pairs = was.flatMap((line, index): readonly LinePair[] =>
    line === is[index] ? [] : [{ before: line, after: is[index] ?? '' }],
  );
  return causesOfPairs(pairs, /(^|\/)shadow-?$/.test(path));
}

function causesOfPairs(pairs: readonly LinePair[], isShadow: boolean): readonly Cause[] {
  return isHostPath(pairs) ? ['host path'] : inOneOrder(pairs.flatMap(pair => causesOfLines(pair, isShadow)));
}

/** The cause of two different binary contents, or of the starts of long ones. */
export function causeOfBytes(path: string, before: Buffer, after: Buffer): Cause {
  if (RANDOM_PATHS.test(path)) return 'random';
  if (isPadded(before, after)) return 'size';
  return isRandom(before, after) ? 'random' : 'content';
}

/** A final newline does not start another line. */
function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** Padding bytes: zeros, erased flash, blanks, newlines. */
const FILLS: ReadonlySet<number | undefined> = new Set([0x00, 0xff, 0x20, 0x0a]);

/** True if the rest of the longer one repeats one padding byte. */
function isPadded(before: Buffer, after: Buffer): boolean {
  const [short, long] = before.byteLength < after.byteLength ? [before, after] : [after, before];
  if (short.byteLength === long.byteLength || !long.subarray(0, short.byteLength).equals(short)) return false;
  const fill = long.at(-1);
  return FILLS.has(fill) && long.subarray(short.byteLength).every(byte => byte === fill);
}

const FEWEST_RANDOM = 16;
/** Longer contents are probably compressed data, which looks random too. */
const MOST_RANDOM = 4_096;

/** True if both have the same length, differ in nearly all places, and have nearly as many different byte values as random data. */
function isRandom(before: Buffer, after: Buffer): boolean {
  const size = before.byteLength;
  if (size !== after.byteLength || size < FEWEST_RANDOM || size > MOST_RANDOM) return false;
  const others = before.reduce((count, byte, at) => count + (byte === after[at] ? 0 : 1), 0);
  const expected = 256 * (1 - (255 / 256) ** size);
  return others > size * 0.9 && [before, after].every(bytes => new Set(bytes).size > expected * 0.8);
}

function causesOfLines({ before, after }: LinePair, isShadow: boolean): readonly Cause[] {
  const [was, is] = [masked(before, isShadow), masked(after, isShadow)];
  if (was.times.length !== is.times.length || !was.times.every((time, index) => isNear(time, is.times[index])))
    return ['content'];
  const isTime = was.times.some((time, index) => time !== is.times[index]);
  const others = was.rest === is.rest ? [] : causesOfWords(was.rest, is.rest, SEPARATORS);
  return [...(isTime ? (['time'] as const) : []), ...others];
}

const SEPARATORS = /[\s"'=,;()[\]<>]+/;
const FINER = /[:/.@|-]+/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DIGITS = /^(0x)?[0-9a-f]{8,}$/i;
const BASE64 = /^[\w+/-]{16,}$/;

/** Compares word by word, and then the parts of words. */
function causesOfWords(before: string, after: string, separators: RegExp): readonly Cause[] {
  const [was, is] = [before.split(separators), after.split(separators)];
  if (was.length !== is.length) return ['content'];
  return was.flatMap((word, index) => {
    const other = is[index] ?? '';
    if (word === other) return [];
    if (looksDrawn(word, other)) return ['random'];
    return separators === SEPARATORS ? causesOfWords(word, other, FINER) : ['content'];
  });
}

function looksDrawn(one: string, other: string): boolean {
  const both = [one, other];
  if (both.every(word => UUID.test(word))) return true;
  if (one.length !== other.length || !areUnlike(one, other)) return false;
  // Digits alone are more often a number than a random value.
  if (both.every(word => DIGITS.test(word))) return both.some(word => /[a-f]/i.test(word.replace(/^0x/, '')));
  return both.every(word => BASE64.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word));
}

/** Two random words have the same character in few places. */
function areUnlike(one: string, other: string): boolean {
  const same = [...one].filter((character, at) => character === other[at]).length;
  return same <= one.length / 2;
}
