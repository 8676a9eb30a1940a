/**
 * --only and --skip, with the same meaning as in Alpine's own builder: a variant is selected if it has all keys of --only and none of
 * --skip. An unknown key is a failure.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { USUAL_KEYS } from './schema.ts';
import type { Dimension } from './variants.ts';

export interface KeyFilter {
  readonly only?: readonly string[] | undefined;
  readonly skip?: readonly string[] | undefined;
}

/** Whether a variant with these dimension keys is selected. */
export function keyFilter(
  { only = [], skip = [] }: KeyFilter,
  dimensions: readonly Dimension[],
): Result<(keys: ReadonlyMap<string, string>) => boolean> {
  const known = new Set(dimensions.flatMap(({ keys }) => keys));
  for (const [option, words] of [
    ['--only', only],
    ['--skip', skip],
  ] as const) {
    // --skip may name a usual key that the configuration does not have.
    const harmless = (word: string): boolean =>
      option === '--skip' && (USUAL_KEYS.has(word) || /^\d+\.\d+$/.test(word));
    const strange = words.find(word => !known.has(word) && !harmless(word));
    if (strange !== undefined) return fail(unknown(option, strange, known));
  }
  return ok(keys => {
    const own = new Set(keys.values());
    return only.every(key => own.has(key)) && !skip.some(key => own.has(key));
  });
}

function unknown(option: string, word: string, known: ReadonlySet<string>): Failure {
  const near = nearest(word, known, 3);
  return {
    code: 'AIB_USAGE',
    what: `Unknown dimension key: ${option} ${word}`,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `use one of ${[...known].join(', ')}`,
  };
}
