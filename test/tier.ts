/**
 * How much is tried, from AIB_TIER: what every change must pass, that and what takes long, or one series of random tries for as long as
 * somebody likes. Tests that belong to `--full` alone carry the tag `full`; no test asks for more than this file tells.
 */
const TIMES = { first: 1, full: 4, soak: 100 } as const;

export type Tier = keyof typeof TIMES;

export const tier: Tier = tierOf(process.env.AIB_TIER ?? '');

/** What a series multiplies its rounds by, and their time limit. */
export const times: number = TIMES[tier];

/** What decides a series: the same each time in the first tier, a new one in the others. Said, so that AIB_SEED can repeat what failed. */
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
