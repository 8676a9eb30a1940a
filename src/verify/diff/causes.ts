/**
 * What a difference looks like, from what differs alone: a guess, by the rules that docs/diff.md tells. Never says more than one look at both sides
 * can tell, so whatever no rule is met by is `content`.
 */
import { isHostPath, type LinePair } from './host-path.ts';
import { isNear, masked } from './written-times.ts';

export type Cause = 'time' | 'random' | 'order' | 'locale' | 'host path' | 'size' | 'content';

const ORDER: readonly Cause[] = ['time', 'random', 'order', 'locale', 'host path', 'size', 'content'];

/** Each once, and always in the same order. */
export function inOneOrder(causes: Iterable<Cause>): readonly Cause[] {
  const found = new Set(causes);
  return ORDER.filter(cause => found.has(cause));
}

const TIME_NAMES =
  /(^| )(modified|changed|accessed|created|recorded|expires|effective|TimeDateStamp|last (mounted|written|checked))( of member \d+)?$/;
const RANDOM_NAMES = /(^| )(UUID|hash seed|generation|id)$/;
/** Of an archive. */
const IN_ORDER = 'in order of path';
const SIZE_NAMES = /(^| )sizes?( |$)/;
/** Files that hold what was drawn by chance, whatever it looks like. */
const RANDOM_PATHS = /(^|\/)(machine-id|random-seed|seed\.(no-)?credit|ssh_host_[^/]+_key(\.pub)?)$/;

/** Of a fact about a file or a filesystem. */
export function causeOfFact(name: string, before: string | undefined, after: string | undefined): Cause {
  if (TIME_NAMES.test(name)) return 'time';
  if (RANDOM_NAMES.test(name)) return 'random';
  if (name === IN_ORDER) return 'order';
  if (SIZE_NAMES.test(name)) return 'size';
  // A hash says nothing of how what it is of differs.
  if (before === undefined || after === undefined || before.startsWith('SHA-256 ')) return 'content';
  const [cause = 'content'] = causesOfPairs([{ before, after }], false);
  return cause;
}

/** Of the same things in two orders. */
export function causeOfOrder(before: readonly string[], after: readonly string[]): Cause {
  const sortings = [before, after].map(names => SORTINGS.map(compare => isSorted(names, compare)));
  const [[wasPlain, wasFolded] = [], [isPlain, isFolded] = []] = sortings;
  return (wasPlain === true && isFolded === true) || (wasFolded === true && isPlain === true) ? 'locale' : 'order';
}

type Compare = (one: string, other: string) => boolean;

/** As the locale C has it, and as most others do. */
const SORTINGS: readonly Compare[] = [(one, other) => one <= other, (one, other) => folded(one) <= folded(other)];

/** Other locales also pass over punctuation. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

function isSorted(names: readonly string[], inOrder: Compare): boolean {
  return names.every((name, index) => index === 0 || inOrder(names[index - 1] ?? '', name));
}

/** Of two texts that differ; the path may tell what they are. */
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

/** Of two contents that are no texts, or the starts of long ones. */
export function causeOfBytes(path: string, before: Buffer, after: Buffer): Cause {
  if (RANDOM_PATHS.test(path)) return 'random';
  if (isPadded(before, after)) return 'size';
  return isRandom(before, after) ? 'random' : 'content';
}

/** A newline at the end makes no line of its own. */
function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}

/** What a file is filled up with: zeros, bytes of an erased chip, blanks, newlines. */
const FILLS: ReadonlySet<number | undefined> = new Set([0x00, 0xff, 0x20, 0x0a]);

/** The longer one goes on with one byte over and over. */
function isPadded(before: Buffer, after: Buffer): boolean {
  const [short, long] = before.byteLength < after.byteLength ? [before, after] : [after, before];
  if (short.byteLength === long.byteLength || !long.subarray(0, short.byteLength).equals(short)) return false;
  const fill = long.at(-1);
  return FILLS.has(fill) && long.subarray(short.byteLength).every(byte => byte === fill);
}

const FEWEST_RANDOM = 16;
/** Compressed data looks the same, and is longer. */
const MOST_RANDOM = 4_096;

/** Of equal length, different in nearly all places, and with as many different bytes as chance gives, or nearly so. */
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

/** Word by word, and then by their parts. */
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
  // Digits alone are a number more often than they are drawn.
  if (both.every(word => DIGITS.test(word))) return both.some(word => /[a-f]/i.test(word.replace(/^0x/, '')));
  return both.every(word => BASE64.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word));
}

/** Chance gives the same character in few places. */
function areUnlike(one: string, other: string): boolean {
  const same = [...one].filter((character, at) => character === other[at]).length;
  return same <= one.length / 2;
}
