/**
 * --only and --skip, with the meaning that they have in Alpine's own builder: a variant stays if it has all of the one and none of the other.
 * Never guesses a key that no dimension has.
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

/** Whether a variant with these dimension keys stays. */
export function keyFilter(
  { only = [], skip = [] }: KeyFilter,
  dimensions: readonly Dimension[],
): Result<(keys: ReadonlyMap<string, string>) => boolean> {
  const known = new Set(dimensions.flatMap(({ keys }) => keys));
  for (const [option, words] of [
    ['--only', only],
    ['--skip', skip],
  ] as const) {
    // To leave out what is not there is no mistake, unless it is a slip of the pen.
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
    what: `${option} ${word}: no dimension has such a key`,
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `keys are ${[...known].join(', ')}`,
  };
}
