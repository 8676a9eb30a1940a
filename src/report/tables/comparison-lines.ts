/** What an image that was built here has in common with somebody else's, as lines for people. Shows nothing of their record as it is: whoever wrote it chose the text. */
import type { Comparison, Parting } from '../../attest/checking/compare-provenance.ts';
import { count } from '../text/count.ts';
import { oneLine } from '../text/fit.ts';

/** Of each list. */
const SHOWN = 10;

export function comparisonLines(place: string, comparison: Comparison): readonly string[] {
  const { same, images, settings, builder, inputs, steps } = comparison;
  const [first] = steps;
  if (same) return [`the same image as in ${oneLine(place)}`, ...partingLines('built with', builder)];
  return [
    `another image than in ${oneLine(place)}`,
    ...partingLines('image', images),
    ...(first === undefined ? [] : [`  the first step that parts: ${oneLine(first.label)} ${first.why}`]),
    ...(steps.length < 2 ? [] : [`  and after it: ${count(steps.length - 1, 'other step')}`]),
    ...partingLines('settings', settings),
    ...partingLines('from outside', inputs),
    ...partingLines('built with', builder),
  ];
}

function partingLines(title: string, partings: readonly Parting[]): readonly string[] {
  if (partings.length === 0) return [];
  const lines = partings.map(
    ({ name, theirs, ours }) => `    ${oneLine(name)}: theirs ${words(theirs)}, ours ${words(ours)}`,
  );
  const more = lines.length - SHOWN;
  return [`  ${title}`, ...lines.slice(0, SHOWN), ...(more > 0 ? [`    … ${more} more`] : [])];
}

/** Of a digest as much as people compare. */
function words(value: string | undefined): string {
  if (value === undefined) return 'none';
  const short = oneLine(value).replaceAll(/\b[0-9a-f]{24,}\b/g, digest => `${digest.slice(0, 12)}…`);
  return short.length > 60 ? `${short.slice(0, 60)}…` : short;
}
