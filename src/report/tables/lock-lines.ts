/** The changes of an update, as lines for a terminal or as Markdown for a merge request. */
import type { Lock } from '../../alpine/locking/lock.ts';
import type { LockChanges, LockedChange } from '../../rules/project/lock-changes.ts';
import { columns } from '../text/columns.ts';

export interface LockDifference extends LockChanges {
  /** Undefined if there was no lock. */
  readonly before: Lock | undefined;
  readonly after: Lock;
  /** Some images have no solution, which is reported elsewhere. */
  readonly isPartial?: boolean;
}

export function lockTextLines(difference: LockDifference, form: 'text' | 'markdown'): readonly string[] {
  const heads = headLines(difference);
  const { packages, first } = difference;
  const news =
    first.length === 0
      ? []
      : [`${imagesWords(first, form)} ${first.length === 1 ? 'is' : 'are'} locked for the first time`];
  if (heads.length + news.length + packages.length === 0) return difference.isPartial === true ? [] : ['no changes'];
  const lines = [...heads, ...news];
  const table = [['package', 'before', 'after', 'images'], ...packages.map(change => rowOf(change, form))];
  if (form === 'text') return packages.length === 0 ? lines : [...lines, ...columns(table)];
  const rows = table.map(row => `| ${row.join(' | ')} |`);
  return [
    ...lines.map(line => `- ${line}`),
    ...(packages.length === 0 ? [] : ['', ...rows.slice(0, 1), '| --- | --- | --- | --- |', ...rows.slice(1)]),
  ];
}

function rowOf(
  { name, before = '-', after = '-', images }: LockedChange,
  form: 'text' | 'markdown',
): readonly string[] {
  return [name, before, after, imagesWords(images, form)];
}

/** Few images by name, many by number; Markdown lists all. */
function imagesWords(images: readonly string[], form: 'text' | 'markdown'): string {
  if (images.length <= 2) return images.join(', ');
  if (form === 'text') return `${images.length} images`;
  return `<details><summary>${images.length} images</summary>${images.join('<br>')}</details>`;
}

/** Releases, ISOs and indexes. */
function headLines({ before, after }: LockDifference): readonly string[] {
  const lines: string[] = [];
  for (const [version, { release, date, endOfLife }] of Object.entries(after.releases)) {
    const old = before?.releases[version]?.release;
    if (old === undefined)
      lines.push(`${version}: ${release} of ${date}${endOfLife === '' ? '' : `, until ${endOfLife}`}`);
    else if (old !== release) lines.push(`${version}: ${old} → ${release} of ${date}`);
  }
  for (const version of Object.keys(before?.releases ?? {})) {
    if (after.releases[version] === undefined)
      lines.push(`${version}: removed, because it is no longer served or past its end of life`);
  }
  for (const key of Object.keys(before?.iso ?? {})) {
    if (after.iso[key] === undefined) lines.push(`${key}: removed, because the mirror has no ISO for it`);
  }
  for (const [path, { hash }] of Object.entries(after.indexes)) {
    const old = before?.indexes[path]?.hash;
    if (old !== undefined && old !== hash) lines.push(`${path}: new package index`);
  }
  return lines;
}
