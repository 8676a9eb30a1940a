/** The differences of two disks, as lines for users. */
import type { PackageChange } from '../../rules/package-changes.ts';
import type { Cause } from '../../verify/diff/causes.ts';
import type { DiskDifference, PartitionDifference } from '../../verify/diff/disks.ts';
import type {
  ContentDifference,
  FactChange,
  FileDifference,
  InsideDifference,
} from '../../verify/diff/file-differences.ts';
import { UNKNOWN } from '../../verify/diff/open-disk.ts';
import { MOVED, type OwnedBytes } from '../../verify/diff/owners.ts';
import { holdsFiles } from '../../verify/diff/verdict.ts';
import { count } from '../text/count.ts';
import { oneLine, visibleControls } from '../text/fit.ts';

/** Number of owners of bytes that are named; the others are counted. */
const OWNERS_SHOWN = 12;

/** The verdict is the first line. */
export function diskDifferenceLines({ verdict, sizes, table, partitions, outside }: DiskDifference): readonly string[] {
  const [before, after] = sizes;
  return [
    verdict,
    ...(before === after ? [] : [`disk: ${before} → ${after} bytes`]),
    ...(table.length === 0 ? [] : ['partition table', ...table.map(change => `  ${factLine(change)}`)]),
    ...(outside.length === 0 ? [] : [`outside of partitions: ${ownersWords(outside)}`]),
    ...partitions.flatMap(partitionLines),
  ];
}

function partitionLines({ partition, kind, facts, files, bytes }: PartitionDifference): readonly string[] {
  const [unknown] = bytes.filter(({ owner }) => owner === UNKNOWN);
  if (unknown !== undefined && bytes.length === 1 && files.length === 0)
    return [
      `${partition}, ${kind}: ${count(unknown.bytes, 'byte')} different, the first at ${unknown.first}`,
      ...facts.map(change => `  ${factLine(change)}`),
    ];
  // The blocks of a file that is listed below are not listed again.
  const listed = new Set(files.map(({ path }) => path));
  const rest = bytes.filter(({ owner }) => !listed.has(owner) && !listed.has(owner.replace(/^inode \d+ /, '')));
  return [
    `${partition}, ${kindWords(kind, files)}`,
    ...facts.map(change => `  ${factLine(change)}`),
    ...files.flatMap(file => fileLines(file, '  ')),
    ...(rest.length === 0 ? [] : [`  other bytes: ${ownersWords(rest)}`]),
  ];
}

/** Mentions files only for a kind that can contain files. */
export function kindWords(kind: string, files: readonly FileDifference[]): string {
  return files.length > 0 || holdsFiles(kind) ? `${kind}: ${filesWords(files)}` : kind;
}

function filesWords(files: readonly FileDifference[]): string {
  if (files.length === 0) return 'the same files';
  const words = (['changed', 'added', 'removed'] as const).flatMap(change => {
    const number = files.filter(file => file.change === change).length;
    return number === 0 ? [] : [`${number} ${change}`];
  });
  return words.join(', ');
}

export const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function fileLines({ path, change, facts, content }: FileDifference, indent: string): readonly string[] {
  const words = [...(content === undefined ? [] : [contentWords(content)]), ...factsWords(facts)];
  const head = `${indent}${SIGNS[change]} ${oneLine(path)}`;
  const deeper = `${indent}    `;
  return [
    words.length === 0 ? head : `${head}: ${words.join('; ')}`,
    ...(content?.packages ?? []).map(each => `${deeper}${packageWords(each)}`),
    ...(content?.text ?? []).map(line => `${deeper}${visibleControls(line)}`),
    ...(content?.inside === undefined ? [] : insideLines(content.inside, deeper)),
  ];
}

function insideLines(inside: InsideDifference, indent: string): readonly string[] {
  return [
    `${indent}${insideWords(inside)}`,
    ...inside.facts.map(change => `${indent}  ${factLine(change)}`),
    ...inside.files.flatMap(file => fileLines(file, `${indent}  `)),
  ];
}

export function insideWords({ kind, isRead, facts, files }: InsideDifference): string {
  if (!isRead) return kind;
  return `${kind}: ${facts.length + files.length === 0 ? 'the same content' : filesWords(files)}`;
}

export function sizeWords([before, after]: readonly [before: number, after: number]): string {
  return before === after ? count(before, 'byte') : `${before} → ${after} bytes`;
}

function contentWords({ sizes, causes }: ContentDifference): string {
  return [`content (${sizeWords(sizes)})`, ...causeWords(causes)].join(', ');
}

/** Facts with the same cause together, so that the cause is printed once. */
function factsWords(facts: readonly FactChange[]): readonly string[] {
  const telling = new Set(facts.map(({ cause }) => cause).filter(cause => cause !== 'content'));
  return [
    ...facts.filter(({ cause }) => cause === 'content').map(factWords),
    ...[...telling].map(cause =>
      [...facts.filter(fact => fact.cause === cause).map(factWords), ...causeWords([cause])].join(', '),
    ),
  ];
}

/** No words if no specific cause was found. */
export function causeWords(causes: readonly Cause[]): readonly string[] {
  return causes.every(cause => cause === 'content') ? [] : [`possible cause: ${causes.join(', ')}`];
}

function packageWords({ name, before, after }: PackageChange): string {
  if (before === undefined) return `+ ${oneLine(name)} ${oneLine(after ?? '')}`;
  if (after === undefined) return `- ${oneLine(name)} ${oneLine(before)}`;
  return `~ ${oneLine(name)} ${oneLine(before)} → ${oneLine(after)}`;
}

/** A fact on a separate line. */
function factLine(change: FactChange): string {
  return [factWords(change), ...causeWords([change.cause])].join(', ');
}

function factWords({ name, before, after }: FactChange): string {
  return `${oneLine(name)} ${valueWords(before)} → ${valueWords(after)}`;
}

function valueWords(value: string | undefined): string {
  if (value === undefined) return 'none';
  return value === '' ? '""' : oneLine(value);
}

export function ownersWords(owners: readonly OwnedBytes[]): string {
  const named = owners.filter(({ owner }) => owner !== MOVED).slice(0, OWNERS_SHOWN);
  const words = named.map(({ owner, bytes }) => `${oneLine(owner)} ${bytes}`);
  const moved = owners.find(({ owner }) => owner === MOVED);
  const more = owners.length - named.length - (moved === undefined ? 0 : 1);
  if (moved !== undefined) words.push(`${moved.bytes} in ${MOVED}`);
  if (more > 0) words.push(`${count(more, 'owner')} more`);
  return words.join('; ');
}
