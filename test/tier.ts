/**
 * The amount of testing, from AIB_TIER: the tests that every change must pass; also the tests that take long; or one series of random tests
 * for a long time. Tests that run only with `--full` have the tag `full`. Tests must take the tier only from this file.
 */
const TIMES = { first: 1, full: 4, soak: 100 } as const;

export type Tier = keyof typeof TIMES;

export const tier: Tier = tierOf(process.env.AIB_TIER ?? '');

/** The factor for the rounds of a series, and for their time limit. */
export const times: number = TIMES[tier];

/**
 * The seed of a series: the same each time in the first tier, a new one in the others. It is printed, so that AIB_SEED can repeat a
 * failure.
 */
export function seedOf(series: string, usual: number): number {
  const wanted = process.env.AIB_SEED ?? '';
  const other = tier === 'first' ? usual : Math.floor(Math.random() * 2 ** 31);
  const seed = wanted === '' ? other : Number(wanted);
  process.stdout.write(`seed of ${series}: AIB_SEED=${seed}\n`);
  return seed;
}

function tierOf(name: string): Tier {
  if (name === '') return 'first';
  if (!Object.hasOwn(TIMES, name)) throw new Error(`AIB_TIER is ${name}, and none of ${Object.keys(TIMES).join(', ')}`);
  return name as Tier;
}
