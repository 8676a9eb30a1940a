/**
 * The words of WHEN and EXCLUDE: keys of dimensions, or ranges of versions. Words are separated by spaces; one match is enough. Reads only
 * the words, and does not need the list of versions.
 *
 *     >=3.18   >3.17   <=3.19   <3.20   3.18..3.20     first and last, both included
 *
 * Alpine's own builder has no ranges, and none of its words looks like one. `edge` is later than every numbered version.
 */

/** The keys of one variant, which include its version. */
export interface VariantKeys {
  readonly all: ReadonlySet<string>;
  readonly version: string | undefined;
}

const conditions = new Map<string, readonly string[]>();

/** The words of a WHEN key; one match is enough. */
export function conditionWords(condition: string): readonly string[] {
  const known = conditions.get(condition);
  if (known !== undefined) return known;
  const words = condition.split(/\s+/).filter(word => word !== '');
  conditions.set(condition, words);
  return words;
}

export function matchesWord(word: string, keys: VariantKeys): boolean {
  if (keys.all.has(word)) return true;
  if (!isRange(word) || keys.version === undefined) return false;
  return rangeOf(word)?.(keys.version) ?? false;
}

/** Whether the word looks like a range, valid or not. */
export function isRange(word: string): boolean {
  return /[<>=≤≥~^]|\.\.|\d[+-]$/.test(word);
}

/** A hint for an invalid range; undefined if it is valid. */
export function rangeFault(word: string): string | undefined {
  if (rangeOf(word) !== undefined) return undefined;
  const versions = word.match(/\d+(?:\.\d+)*/g) ?? [];
  const [first = '3.18', second] = versions.map(version => version.split('.').slice(0, 2).join('.'));
  if (/^[<>=]+$/.test(word)) return `write the version without a space: "${word}3.18"`;
  if (word.includes('edge'))
    return 'edge is later than every numbered version: write it as a separate word, or write ">=3.18"';
  if (second !== undefined && word.includes('..') && isTwoPart(first) && isTwoPart(second)) {
    if (compare(first, second) > 0) return `write the earlier version first: "${second}..${first}"`;
  }
  if (versions.some(version => version.split('.').length > 2)) {
    return `write branches such as 3.18, not releases: "${word.replaceAll(/(\d+\.\d+)(?:\.\d+)+/g, '$1')}"`;
  }
  if (!isTwoPart(first)) return 'write the whole version, in quotes: ">=3.18"';
  return `write ">=${first}" for ${first} and later, "<${first}" for all before it, or the first and the last version: "3.18..3.20"`;
}

type Range = (version: string) => boolean;

const ranges = new Map<string, Range | null>();

function rangeOf(word: string): Range | undefined {
  let range = ranges.get(word);
  if (range === undefined) {
    range = readRange(word) ?? null;
    ranges.set(word, range);
  }
  return range ?? undefined;
}

function readRange(word: string): Range | undefined {
  const [, from, to] = /^(\d+\.\d+)\.\.(\d+\.\d+)$/.exec(word) ?? [];
  if (from !== undefined && to !== undefined) {
    return compare(from, to) > 0 ? undefined : version => compare(version, from) >= 0 && compare(version, to) <= 0;
  }
  const [, sign = '', bound] = /^(>=|>|<=|<)(\d+\.\d+)$/.exec(word) ?? [];
  if (bound === undefined) return undefined;
  return version => {
    const order = compare(version, bound);
    return order === 0 ? sign.endsWith('=') : order > 0 === sign.startsWith('>');
  };
}

/** Compares the parts as numbers: 3.9 is before 3.18. A version that is not a number is after all numbers. */
function compare(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)];
  return a[0] === b[0] ? a[1] - b[1] : a[0] - b[0];
}

function parts(version: string): readonly [number, number] {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(version) ?? [];
  return major === undefined ? [Number.MAX_SAFE_INTEGER, 0] : [Number(major), Number(minor)];
}

function isTwoPart(version: string): boolean {
  return /^\d+\.\d+$/.test(version);
}
