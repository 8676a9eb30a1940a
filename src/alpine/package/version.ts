/**
 * Compares apk versions exactly as apk does; never as text and never as floating point ('3.9' comes before '3.18').
 *
 *     version := digits ('.' digits)* [letter [digits]] ('_' suffix [digits])* ['~' hex+] ['-r' digits]
 *     suffix  := alpha | beta | pre | rc | cvs | svn | git | hg | p
 *
 * The first component is a number. A later component is a number, too, unless either side starts with 0: then both are text, so that
 * 1.09 < 1.1. If one version ends first, the longer one is greater, unless it continues with a pre-release suffix.
 *
 * Only apk 2 supports digits behind the letter (7.4.0p1); Alpine's packages for apk 3 have none.
 */
import { compareUtf8 } from '../../util/bytes.ts';

export type VersionOperator = '=' | '<' | '<=' | '>' | '>=' | '~' | '<~' | '>~';

/** A parsed version: its tokens from left to right. Made by `parseVersion` only. */
export interface Version {
  readonly tokens: readonly Token[];
}

interface Token {
  readonly kind: number;
  /** Digits, letter, hash; empty for a suffix. */
  readonly text: string;
  /** The index of a suffix in SUFFIXES; 0 for other kinds. */
  readonly rank: number;
}

/** If the first differing tokens are of different kinds, the version with the smaller kind is greater. */
const KIND = { first: 0, digits: 1, letter: 2, suffix: 3, suffixNumber: 4, hash: 5, revision: 6, end: 7 } as const;

/** In ascending order; the empty name stands for a version without suffix. */
const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const NO_SUFFIX = SUFFIXES.indexOf('');

const SHAPE =
  /^(\d+)((?:\.\d+)*)(?:([a-z])(\d*))?((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~([0-9a-fA-F]+))?(?:-r(\d+))?$/;

const END: Token = { kind: KIND.end, text: '', rank: 0 };

/** Undefined if the text is not a version. */
export function parseVersion(text: string): Version | undefined {
  const shape = SHAPE.exec(text);
  if (shape === null) return undefined;
  const [, first = '', more = '', letter = '', afterLetter = '', suffixes = '', hash, revision] = shape;
  const tokens: Token[] = [{ kind: KIND.first, text: first, rank: 0 }];
  for (const digits of more.split('.').slice(1)) tokens.push({ kind: KIND.digits, text: digits, rank: 0 });
  if (letter !== '') tokens.push({ kind: KIND.letter, text: letter, rank: 0 });
  if (afterLetter !== '') tokens.push({ kind: KIND.digits, text: afterLetter, rank: 0 });
  for (const [, name = '', number = ''] of suffixes.matchAll(/_([a-z]+)(\d*)/g)) {
    tokens.push({ kind: KIND.suffix, text: '', rank: SUFFIXES.indexOf(name) });
    if (number !== '') tokens.push({ kind: KIND.suffixNumber, text: number, rank: 0 });
  }
  if (hash !== undefined) tokens.push({ kind: KIND.hash, text: hash, rank: 0 });
  if (revision !== undefined) tokens.push({ kind: KIND.revision, text: revision, rank: 0 });
  return { tokens };
}

/** Negative, 0 or positive. Text that is not a version comes before every version, in byte order. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === undefined || right === undefined) {
    if (left !== undefined) return 1;
    return right !== undefined ? -1 : compareUtf8(a, b);
  }
  return compareParsed(left, right);
}

/** For callers that compare often and keep their parsed versions. */
export function compareParsed(a: Version, b: Version): number {
  return compareTokens(a.tokens, b.tokens, false);
}

/**
 * Whether `version op wanted` is true. Texts that are not versions are equal if they are identical; otherwise every comparison is false.
 */
export function satisfies(version: string, op: VersionOperator, wanted: string): boolean {
  if (version === wanted) return op !== '<' && op !== '>';
  const left = parseVersion(version);
  const right = parseVersion(wanted);
  if (left === undefined || right === undefined) return false;
  // `~1.2` means "starts with 1.2": tokens behind those of the wanted version are ignored.
  const order = compareTokens(left.tokens, right.tokens, op.endsWith('~'));
  switch (op) {
    case '=':
    case '~':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
    case '<~':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
    case '>~':
      return order >= 0;
  }
}

/** True for versions such as 1.2_rc1, which come before the release that they name. */
export function isPreRelease(version: string): boolean {
  const tokens = parseVersion(version)?.tokens ?? [];
  return tokens.some(token => token.kind === KIND.suffix && token.rank < NO_SUFFIX);
}

function compareTokens(a: readonly Token[], b: readonly Token[], prefix: boolean): number {
  for (let at = 0; ; at += 1) {
    const left = a[at] ?? END;
    const right = b[at] ?? END;
    if (prefix && right.kind === KIND.end) return 0;
    if (left.kind === right.kind) {
      if (left.kind === KIND.end) return 0;
      const order = compareToken(left, right);
      if (order !== 0) return order;
      continue;
    }
    if (left.kind === KIND.suffix && left.rank < NO_SUFFIX) return -1;
    if (right.kind === KIND.suffix && right.rank < NO_SUFFIX) return 1;
    return right.kind - left.kind;
  }
}

function compareToken(a: Token, b: Token): number {
  switch (a.kind) {
    case KIND.letter:
    case KIND.hash:
      return compareUtf8(a.text, b.text);
    case KIND.suffix:
      return a.rank - b.rank;
    case KIND.digits:
      if (a.text.startsWith('0') || b.text.startsWith('0')) return compareUtf8(a.text, b.text);
      return compareNumbers(a.text, b.text);
    default:
      return compareNumbers(a.text, b.text);
  }
}

/** As text, because dates with times (20210530193627123456) exceed 2^53. */
function compareNumbers(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}
