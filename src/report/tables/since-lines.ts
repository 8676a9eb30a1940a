/** What changed since a revision, for a terminal or as a comment on a pull request. Images with the same causes are one group. */
import type { ImageChange } from '../../query/since/image-changes.ts';
import type { PackageChange } from '../../rules/package-changes.ts';
import { formatBytes } from '../../util/bytes.ts';
import { columns } from '../text/columns.ts';
import { count } from '../text/count.ts';

export interface SinceReport {
  readonly revision: string;
  readonly commit: string;
  readonly hasOwnLock: boolean;
  readonly changes: readonly ImageChange[];
}

interface Group {
  readonly state: ImageChange['state'];
  readonly images: readonly string[];
  readonly causes: readonly string[];
  readonly packages: readonly PackageChange[];
  readonly download: number | undefined;
}

/** GitHub refuses longer comments; some are left for the words around this one. */
const LONGEST = 60_000;
const CUTOFF = 'An image whose inputs change can still have the same bytes; the build then stops there.';

export function sinceText(report: SinceReport): readonly string[] {
  const groups = groupsOf(report.changes);
  const lines = groups.flatMap(group => [
    `${group.state}: ${imagesIn(group.images)}`,
    ...group.causes.map(cause => `  because ${cause}`),
    ...packageRows(group).map(line => `  ${line}`),
    ...(group.download === undefined || group.download === 0 ? [] : [`  download ${signed(group.download)}`]),
  ]);
  return [...headOf(report), ...lines, ...(groups.some(({ state }) => state === 'changed') ? [CUTOFF] : [])];
}

/** The tables come first, the names of all images last, where they can be cut off. */
export function sinceMarkdown(report: SinceReport): readonly string[] {
  const groups = groupsOf(report.changes);
  const [head = '', ...notes] = headOf(report);
  const table = groups.map(({ state, images, causes, download }) => {
    const why = causes.map(inMarkdown).join('<br>');
    const size = download === undefined || download === 0 ? '' : signed(download);
    return `| ${state} | ${images.length} | ${why} | ${size} |`;
  });
  const rows = [...new Set(groups.flatMap(({ packages }) => packages.map(packageRow)))];
  const lines = [
    `**${head}**`,
    ...notes.flatMap(note => ['', note]),
    ...(table.length === 0 ? [] : ['', '| | images | because | download |', '| --- | ---: | --- | ---: |', ...table]),
    ...(rows.length === 0 ? [] : ['', '| package | before | after |', '| --- | --- | --- |', ...rows]),
    ...(groups.some(({ state }) => state === 'changed') ? ['', CUTOFF] : []),
  ];
  const details = groups.flatMap(({ state, images }) => [
    '',
    `<details><summary>${state}: ${count(images.length, 'image')}</summary>`,
    '',
    ...images.map(image => `- \`${image}\``),
    '',
    '</details>',
  ]);
  return shortened(lines, details);
}

export function sinceRecord({ revision, commit, hasOwnLock, changes }: SinceReport): unknown {
  const changed = changes.filter(({ state }) => state !== 'unchanged');
  return { since: revision, commit, ownLock: hasOwnLock, changes: changed, unchanged: changes.length - changed.length };
}

function headOf({ revision, commit, hasOwnLock, changes }: SinceReport): readonly string[] {
  const of = (state: ImageChange['state']): number => changes.filter(each => each.state === state).length;
  const parts = (['changed', 'added', 'removed', 'not locked'] as const).flatMap(state =>
    of(state) === 0 ? [] : [`${of(state)} ${state}`],
  );
  const words = parts.length === 0 ? 'no image changes' : `images: ${parts.join(', ')}`;
  const name = commit.startsWith(revision) ? commit.slice(0, 12) : `${revision} (${commit.slice(0, 12)})`;
  return [
    `since ${name}: ${words}; ${of('unchanged')} unchanged`,
    ...(hasOwnLock
      ? []
      : ['It has no lock: its packages are taken from the current lock, so only other changes are shown.']),
  ];
}

function groupsOf(changes: readonly ImageChange[]): readonly Group[] {
  const groups = new Map<string, Group & { readonly images: string[] }>();
  for (const { image, state, causes, packages, download } of changes) {
    if (state === 'unchanged') continue;
    const key = JSON.stringify([state, causes, packages]);
    const group = groups.get(key) ?? { state, images: [], causes, packages, download };
    group.images.push(image);
    groups.set(key, group);
  }
  return [...groups.values()].sort((one, other) => other.images.length - one.images.length);
}

function imagesIn(images: readonly string[]): string {
  if (images.length <= 3) return images.join(', ');
  return `${images.length} images: ${images.slice(0, 2).join(', ')} and ${images.length - 2} more`;
}

function packageRows({ packages }: Group): readonly string[] {
  return columns(packages.map(({ name, before = '-', after = '-' }) => [name, before, '→', after]));
}

function packageRow({ name, before = '-', after = '-' }: PackageChange): string {
  return `| ${inMarkdown(name)} | ${before} | ${after} |`;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}`;
}

/** Names of files may contain anything. */
function inMarkdown(words: string): string {
  return words.replaceAll(/[\\`*_[\]<>|]/g, sign => `\\${sign}`).replaceAll('\n', ' ');
}

function shortened(lines: readonly string[], details: readonly string[]): readonly string[] {
  const length = (all: readonly string[]): number => all.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  if (length([...lines, ...details]) <= LONGEST) return [...lines, ...details];
  const kept: string[] = [];
  let left = LONGEST - 200;
  for (const line of lines) {
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return [...kept, '', 'The list of images was left out, because it is too long: see `aib plan --since`.'];
}
