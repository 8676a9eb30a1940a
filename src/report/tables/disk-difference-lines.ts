/** What is different in two disks, as lines for people. */
import { UNKNOWN } from '../../verify/diff/disk-content.ts';
import type { DiskDifference, PartitionDifference } from '../../verify/diff/disks.ts';
import type { FactChange, FileDifference } from '../../verify/diff/file-differences.ts';
import { MOVED, type OwnedBytes } from '../../verify/diff/owners.ts';
import { count } from '../text/count.ts';
import { oneLine, visibleControls } from '../text/fit.ts';

/** Owners of bytes that are named one by one; the rest is a number. */
const OWNERS_SHOWN = 12;

export function diskDifferenceLines({ sizes, table, partitions, outside }: DiskDifference): readonly string[] {
  const [before, after] = sizes;
  const lines = [
    ...(before === after ? [] : [`disk: ${before} → ${after} bytes`]),
    ...(table.length === 0 ? [] : ['partition table', ...table.map(change => `  ${factWords(change)}`)]),
    ...(outside.length === 0 ? [] : [`outside of partitions: ${ownersWords(outside)}`]),
    ...partitions.flatMap(partitionLines),
  ];
  return lines.length === 0 ? ['the same, byte for byte'] : lines;
}

function partitionLines({ partition, kind, facts, files, bytes }: PartitionDifference): readonly string[] {
  const [unknown] = bytes.filter(({ owner }) => owner === UNKNOWN);
  if (unknown !== undefined && files.length === 0)
    return [
      `${partition}, ${kind}: ${count(unknown.bytes, 'byte')} different, the first at ${unknown.first}`,
      ...facts.map(change => `  ${factWords(change)}`),
    ];
  // Blocks of a file that is told of below are no news.
  const told = new Set(files.map(({ path }) => path));
  const rest = bytes.filter(({ owner }) => !told.has(owner) && !told.has(owner.replace(/^inode \d+ /, '')));
  return [
    `${partition}, ${kind}: ${filesWords(files)}`,
    ...facts.map(change => `  ${factWords(change)}`),
    ...files.flatMap(fileLines),
    ...(rest.length === 0 ? [] : [`  other bytes: ${ownersWords(rest)}`]),
  ];
}

function filesWords(files: readonly FileDifference[]): string {
  if (files.length === 0) return 'the same files';
  const words = (['changed', 'added', 'removed'] as const).flatMap(change => {
    const number = files.filter(file => file.change === change).length;
    return number === 0 ? [] : [`${number} ${change}`];
  });
  return words.join(', ');
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function fileLines({ path, change, facts, content }: FileDifference): readonly string[] {
  const [before = 0, after = 0] = content?.sizes ?? [];
  const size = before === after ? count(before, 'byte') : `${before} → ${after} bytes`;
  const words = [...(content === undefined ? [] : [`content (${size})`]), ...facts.map(factWords)];
  const head = `  ${SIGNS[change]} ${oneLine(path)}`;
  return [
    words.length === 0 ? head : `${head}: ${words.join('; ')}`,
    ...(content?.text ?? []).map(line => `      ${visibleControls(line)}`),
  ];
}

function factWords({ name, before, after }: FactChange): string {
  return `${oneLine(name)} ${valueWords(before)} → ${valueWords(after)}`;
}

function valueWords(value: string | undefined): string {
  if (value === undefined) return 'none';
  return value === '' ? '""' : oneLine(value);
}

function ownersWords(owners: readonly OwnedBytes[]): string {
  const named = owners.filter(({ owner }) => owner !== MOVED).slice(0, OWNERS_SHOWN);
  const words = named.map(({ owner, bytes }) => `${oneLine(owner)} ${bytes}`);
  const moved = owners.find(({ owner }) => owner === MOVED);
  const more = owners.length - named.length - (moved === undefined ? 0 : 1);
  if (moved !== undefined) words.push(`${moved.bytes} in ${MOVED}`);
  if (more > 0) words.push(`${count(more, 'owner')} more`);
  return words.join('; ');
}
