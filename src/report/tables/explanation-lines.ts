/** An explanation as lines for users. Adds no facts to it. */
import { relative } from 'node:path';
import type { Cause, Explanation, FileChange, InputCause, ParameterCause } from '../../query/why/explanation.ts';
import { formatFailure } from '../../util/failure.ts';
import { elideAround, visibleControls } from '../text/fit.ts';

export interface ExplanationStyle {
  /** Paths below it are shown relative to it. */
  readonly folder: string;
}

/** Longer values are cut where they agree with the compared value. */
const MAX_VALUE = 120;
/** Number of packages, and of files of a folder, that are named; the others are counted. */
const MAX_NAMED = 20;

export function explanationLines(explanation: Explanation, style: ExplanationStyle): readonly string[] {
  return [headline(explanation), ...explanation.causes.flatMap(cause => indented(causeLines(cause, style)))];
}

function headline({ label, verdict, reason }: Explanation): string {
  const because = reason === '' ? '' : ` because ${reason}`;
  switch (verdict) {
    case 'current':
      return `${label} is up to date`;
    case 'runs':
      return `${label} is made${because}`;
    case 'unsure':
      return `${label} may be made${because}`;
    case 'broken':
      return `${label} cannot be made${because}`;
    case 'ran':
      return `${label} was made${because}`;
    default:
      return verdict satisfies never;
  }
}

function causeLines(cause: Cause, style: ExplanationStyle): readonly string[] {
  switch (cause.type) {
    case 'parameter':
      return parameterLines(cause, style);
    case 'input':
      return inputLines(cause, style);
    case 'packages':
      return packagesLines(cause);
    case 'dependency':
      return explanationLines(cause.by, style);
    case 'failure':
      return formatFailure(cause.failure).split('\n');
    default:
      return cause satisfies never;
  }
}

function parameterLines(cause: ParameterCause, style: ExplanationStyle): readonly string[] {
  const { name, words, before, after, added, removed, reordered, places } = cause;
  const where = places.length === 0 ? '' : `  (${places.map(place => shortPath(place, style)).join(', ')})`;
  const isList = added.length + removed.length > 0;
  const went = isList ? removed : before === undefined ? [] : [before];
  const came = isList ? added : after === undefined ? [] : [after];
  const changes = [
    ...went.map(item => `- ${shown(oneLine(item), came.map(oneLine))}`),
    ...came.map(item => `+ ${shown(oneLine(item), went.map(oneLine))}`),
    ...(isList && reordered ? ['and the order of the others changed'] : []),
  ];
  return [`${name}, ${words}${where}`, ...indented(changes)];
}

function inputLines(cause: InputCause, style: ExplanationStyle): readonly string[] {
  const { input, change, from, by, files } = cause;
  const how = { added: 'is new', removed: 'was removed', content: 'changed', mode: 'changed its mode' }[change];
  const source = from === undefined ? '' : `, from ${from}`;
  return [
    `input ${input} ${how}${source}`,
    ...indented(files.slice(0, MAX_NAMED).flatMap(file => fileLines(file, style))),
    ...(files.length > MAX_NAMED ? [`  and ${files.length - MAX_NAMED} more files`] : []),
    ...indented(by === undefined ? [] : explanationLines(by, style)),
  ];
}

function fileLines({ path, change, lines, diff }: FileChange, style: ExplanationStyle): readonly string[] {
  const words = {
    added: 'is new',
    removed: 'was removed',
    text: lineWords(lines),
    binary: 'has different content',
    mode: 'changed its mode',
    link: 'has a different target',
  };
  return [`${visibleControls(shortPath(path, style))} ${words[change]}`, ...indented(diffLines(diff))];
}

function diffLines(diff: readonly string[]): readonly string[] {
  const bare = diff.map(line => line.slice(1));
  return diff.map(line => {
    const [sign = '', text] = [line[0], line.slice(1)];
    const others = bare.filter((_, place) => diff[place]?.[0] !== sign);
    return sign === '-' || sign === '+' ? `${sign}${shown(text, others)}` : line;
  });
}

function lineWords(lines: FileChange['lines']): string {
  const ranges = lines.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`));
  return `line${ranges.length === 1 && !ranges[0]?.includes('–') ? '' : 's'} ${ranges.join(', ')}`;
}

function packagesLines({ packages }: Extract<Cause, { type: 'packages' }>): readonly string[] {
  const named = packages.slice(0, MAX_NAMED).map(({ name, before, after, repository }) => {
    const change =
      before === undefined
        ? `is new: ${after}`
        : after === undefined
          ? `${before} was removed`
          : `${before} → ${after}`;
    return `package ${name} ${change}  (${repository})`;
  });
  const more = packages.length - named.length;
  return more > 0 ? [...named, `and ${more} more packages`] : named;
}

/** The part of a long text where it starts to differ from all others. */
function shown(text: string, others: readonly string[]): string {
  const place = Math.max(0, ...others.map(other => commonStart(text, other)));
  return visibleControls(elideAround(text, place, MAX_VALUE));
}

function commonStart(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let length = 0;
  while (length < shorter && a[length] === b[length]) length += 1;
  return length;
}

function oneLine(value: string): string {
  return value === '' ? '(empty)' : value.replaceAll('\n', '\\n');
}

function shortPath(path: string, { folder }: ExplanationStyle): string {
  if (!path.startsWith('/')) return path;
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map(line => `  ${line}`);
}
