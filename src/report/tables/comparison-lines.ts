/**
 * The comparison of an image with that of another builder, as lines for users. Must not print text of their record unescaped: its author is
 * not trusted.
 */
import type { Comparison, Parting } from '../../attest/checking/compare-provenance.ts';
import { count } from '../text/count.ts';
import { oneLine } from '../text/fit.ts';

/** Maximum length of each list. */
const SHOWN = 10;

export function comparisonLines(place: string, comparison: Comparison): readonly string[] {
  const { same, images, settings, builder, inputs, steps } = comparison;
  const [first] = steps;
  if (same) return [`the image is the same as in ${oneLine(place)}`, ...partingLines('built with', builder)];
  return [
    `the image differs from ${oneLine(place)}`,
    ...partingLines('image', images),
    ...(first === undefined ? [] : [`  first different step: ${oneLine(first.label)} ${first.why}`]),
    ...(steps.length < 2 ? [] : [`  later: ${count(steps.length - 1, 'other different step')}`]),
    ...partingLines('settings', settings),
    ...partingLines('inputs', inputs),
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

/** Shortens digests to the part that users compare. */
function words(value: string | undefined): string {
  if (value === undefined) return 'none';
  const short = oneLine(value).replaceAll(/\b[0-9a-f]{24,}\b/g, digest => `${digest.slice(0, 12)}…`);
  return short.length > 60 ? `${short.slice(0, 60)}…` : short;
}
