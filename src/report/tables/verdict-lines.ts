/** What came of building nodes again, as lines for people. */
import type { Explanation } from '../../verify/rebuild/output-difference.ts';
import type { NodeVerdict, RunVerdict } from '../../verify/rebuild/rebuild.ts';
import type { Variation } from '../../verify/rebuild/variations.ts';
import { count } from '../text/count.ts';
import { formatDuration } from '../text/duration.ts';
import { oneLine, visibleControls } from '../text/fit.ts';
import { diskDifferenceLines } from './disk-difference-lines.ts';

/** Files that are told in short. */
const FILES_SHOWN = 20;

/** As soon as a node is done. */
export function verdictLines({ label, kind, outcome, runs }: NodeVerdict): readonly string[] {
  const took = runs.map(({ variation, milliseconds }) => `${variation} ${formatDuration(milliseconds)}`).join(', ');
  return [`${kind} ${label}: ${outcome} (${took})`, ...runs.flatMap(runLines), ...inShort(runs)];
}

/** Of files in disks: what makes each of them differ. What differs whatever was varied comes from chance or from the moment. */
function inShort(runs: readonly RunVerdict[]): readonly string[] {
  const guilty = new Map<string, Set<string>>();
  for (const { variation, differences } of runs) {
    for (const { explanation } of differences) {
      if (explanation.type !== 'disk') continue;
      for (const { files } of explanation.difference.partitions)
        for (const { path } of files) guilty.set(path, (guilty.get(path) ?? new Set()).add(variation));
    }
  }
  if (guilty.size === 0 || runs.length < 2) return [];
  const words = [...guilty].map(([path, variations]) => {
    const by = variations.size === runs.length ? 'each time' : `with another ${[...variations].join(' or ')}`;
    return `    ${oneLine(path)}: ${by}`;
  });
  const more = words.length - FILES_SHOWN;
  return ['  in short', ...words.slice(0, FILES_SHOWN), ...(more > 0 ? [`    … ${more} more`] : [])];
}

function runLines({ variation, outcome, differences, failure }: RunVerdict): readonly string[] {
  if (outcome === 'failed')
    return [`  ${variation}: ${oneLine(failure?.what ?? 'it failed')} [${failure?.code ?? ''}]`];
  return differences.flatMap(({ output, paths, explanation }) => [
    `  ${variation}: ${output} is another`,
    ...explanationLines(explanation).map(line => `    ${line}`),
    `    ${paths[0]}`,
    `    ${paths[1]}`,
  ]);
}

function explanationLines(explanation: Explanation): readonly string[] {
  switch (explanation.type) {
    case 'disk':
      return diskDifferenceLines(explanation.difference);
    case 'text':
      return explanation.lines.map(visibleControls);
    case 'bytes': {
      const [before, after] = explanation.sizes;
      const size = before === after ? count(before, 'byte') : `${before} → ${after} bytes`;
      return [`${size}, from byte ${explanation.first} on`];
    }
    case 'form':
      return ['another list of files, or another right to be executed'];
    default:
      return explanation satisfies never;
  }
}

/** The last lines. */
export function verdictSummary(verdicts: readonly NodeVerdict[], variations: readonly Variation[]): readonly string[] {
  const alike = verdicts.filter(({ outcome }) => outcome === 'bit-identical').length;
  const first = verdicts.find(({ outcome }) => outcome === 'different');
  const notVaried = variations.flatMap(variation => variation.notVaried);
  return [
    `${alike} of ${count(verdicts.length, 'node')} bit-identical`,
    `varied: ${variations.flatMap(({ varied }) => varied).join(', ')}`,
    ...(notVaried.length === 0 ? [] : [`not varied: ${notVaried.join(', ')}`]),
    ...(first === undefined ? [] : [`the first that is not: ${first.label}`]),
  ];
}
