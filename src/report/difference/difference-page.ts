/**
 * The differences of two images as one HTML page with both sides next to each other. It has no script, and must show all content of an
 * image as text.
 */
import type { Cause } from '../../verify/diff/causes.ts';
import type { DiskDifference, PartitionDifference } from '../../verify/diff/disks.ts';
import type {
  ContentDifference,
  FactChange,
  FileDifference,
  InsideDifference,
} from '../../verify/diff/file-differences.ts';
import type { OwnedBytes } from '../../verify/diff/owners.ts';
import { shownText } from '../page/markup.ts';
import { pageHeadLines } from '../page/page-head.ts';
import { styleOf } from '../page/page-style.ts';
import { causeWords, insideWords, kindWords, ownersWords, SIGNS, sizeWords } from '../tables/disk-difference-lines.ts';

type Names = readonly [before: string, after: string];

/** `names` are the words that the user typed for the two images. */
export function* differencePage(difference: DiskDifference, names: Names): Generator<string> {
  const style = styleOf('difference/difference-page.css');
  const { verdict, sizes, table, partitions, outside } = difference;
  yield* pageHeadLines({ title: `${names.join(' and ')} · aib diff`, style });
  yield '<body>';
  yield '<header>';
  yield `<h1>${shownText(verdict)}</h1>`;
  yield `<div class="sides"><b>${shownText(names[0])}</b><b>${shownText(names[1])}</b></div>`;
  yield '</header>';
  yield '<main>';
  if (sizes[0] !== sizes[1]) yield* sidesLines('size', `${sizes[0]} bytes`, `${sizes[1]} bytes`);
  if (table.length > 0) {
    yield '<section><h2>Partition table</h2>';
    yield* factLines(table);
    yield '</section>';
  }
  if (outside.length > 0) yield `<section><h2>Outside of partitions</h2>${bytesMarkup(outside)}</section>`;
  for (const partition of partitions) yield* partitionLines(partition);
  yield '</main>';
  yield '</body>';
  yield '</html>';
}

function* partitionLines({ partition, kind, facts, files, bytes }: PartitionDifference): Generator<string> {
  yield `<section><h2>${shownText(`${partition}, ${kindWords(kind, files)}`)}</h2>`;
  yield* factLines(facts);
  for (const file of files) yield* fileLines(file);
  if (bytes.length > 0) yield bytesMarkup(bytes);
  yield '</section>';
}

function bytesMarkup(owners: readonly OwnedBytes[]): string {
  return `<p class="bytes">bytes: ${shownText(ownersWords(owners))}</p>`;
}

function* fileLines({ path, change, facts, content }: FileDifference): Generator<string> {
  const name = `<code>${SIGNS[change]} ${shownText(path)}</code>`;
  if (change !== 'changed') {
    yield change === 'removed'
      ? `<div class="sides alone"><span class="before">${name}</span><span></span></div>`
      : `<div class="sides alone"><span></span><span class="after">${name}</span></div>`;
    return;
  }
  yield `<details open><summary>${name}</summary>`;
  yield* factLines(facts);
  if (content !== undefined) yield* contentLines(content);
  yield '</details>';
}

function* contentLines({ sizes, causes, packages = [], text = [], inside }: ContentDifference): Generator<string> {
  yield `<p>content (${sizeWords(sizes)})${causeMarkup(causes)}</p>`;
  for (const { name, before, after } of packages) yield* sidesLines(name, before, after);
  for (const [before, after] of besides(text))
    yield `<div class="sides"><pre class="before">${shownLines(before)}</pre><pre class="after">${shownLines(after)}</pre></div>`;
  if (inside !== undefined) yield* insideLines(inside);
}

function* insideLines(inside: InsideDifference): Generator<string> {
  yield `<div class="inside"><p>${shownText(insideWords(inside))}</p>`;
  yield* factLines(inside.facts);
  for (const file of inside.files) yield* fileLines(file);
  yield '</div>';
}

function shownLines(lines: readonly string[]): string {
  return lines.map(shownText).join('\n');
}

/** Pairs of removed lines and the lines that replace them. All other lines appear on both sides. */
function* besides(text: readonly string[]): Generator<readonly [before: readonly string[], after: readonly string[]]> {
  let before: string[] = [];
  let after: string[] = [];
  for (const line of text) {
    if (line.startsWith('+')) {
      after.push(line.slice(1));
      continue;
    }
    if (after.length > 0 || !line.startsWith('-')) {
      if (before.length + after.length > 0) yield [before, after];
      [before, after] = [[], []];
    }
    if (line.startsWith('-')) before.push(line.slice(1));
    else yield [[line], [line]];
  }
  if (before.length + after.length > 0) yield [before, after];
}

function* factLines(facts: readonly FactChange[]): Generator<string> {
  for (const { name, before, after, cause } of facts) yield* sidesLines(name, before, after, [cause]);
}

function* sidesLines(
  name: string,
  before: string | undefined,
  after: string | undefined,
  causes: readonly Cause[] = [],
): Generator<string> {
  const side = (value: string | undefined): string => (value === undefined ? '<i>none</i>' : shownText(value));
  yield `<p class="name">${shownText(name)}${causeMarkup(causes)}</p>`;
  yield `<div class="sides"><span class="before">${side(before)}</span><span class="after">${side(after)}</span></div>`;
}

function causeMarkup(causes: readonly Cause[]): string {
  return causeWords(causes)
    .map(words => ` <small>${words}</small>`)
    .join('');
}
