/** Prints at the end of a build which nodes were skipped, and of which images. Names each cause once, even if it affects many nodes. */
import type { BuildStatus } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { isSharedLabel, variantOf } from '../../rules/labels.ts';
import { count } from '../text/count.ts';

/** Up to this number all images are named; of more, the first two. */
const MOST_NAMED = 3;

export function skippedLines(
  skipped: ReadonlyMap<Label | 'stopped', readonly Label[]>,
  { status, verbose }: { readonly status: BuildStatus; readonly verbose: boolean },
): readonly string[] {
  const lines: string[] = [];
  // Nodes that depend on a failure are more important than nodes that the stopped build did not reach.
  const causes = [...skipped].toSorted(([a], [b]) => Number(a === 'stopped') - Number(b === 'stopped'));
  for (const [because, labels] of causes) {
    // After Ctrl-C the user knows that the rest was not built.
    if (because === 'stopped' && status === 'interrupted' && !verbose) continue;
    const cause = because === 'stopped' ? 'the build stopped' : `of ${because}`;
    lines.push(`${count(labels.length, 'node')}${imagesOf(labels)} skipped because ${cause}`);
    if (verbose) lines.push(...labels.map(label => `  ${label}`));
  }
  return lines;
}

/** ` of //aws/x86_64/uefi/tiny@3.20`; empty if all nodes are shared, because these belong to no image. */
function imagesOf(labels: readonly Label[]): string {
  const images = [...new Set(labels.filter(label => !isSharedLabel(label)).map(variantOf))];
  const [only] = images;
  if (only === undefined) return '';
  if (images.length === 1) return ` of ${only}`;
  const named = images.length <= MOST_NAMED ? images : images.slice(0, MOST_NAMED - 1);
  const more = images.length - named.length;
  return ` of ${images.length} images (${named.join(', ')}${more === 0 ? '' : ` and ${more} more`})`;
}
