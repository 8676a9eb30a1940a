/** Compares the solver with Alpine's own apk, with Alpine's own indexes: the package sets of the official images, and random worlds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveClosure } from '../src/alpine/solver/closure.ts';
import { randomWorlds } from './random-worlds.ts';
import { type RealApk, realApk, whyNoOracle } from './real-apk.ts';
import { tier } from './tier.ts';

const missing = whyNoOracle();
const isShort = tier === 'first';
/** Of 300; apk takes most of a second for each. */
const RANDOM = isShort ? 24 : 300;
const SEED = 20;

/** Worlds of this seed for which the two find different sets, each with the heading in docs/solver.md that explains the reason. */
const EXPLAINED: ReadonlyMap<string, string> = new Map([['messagelib', 'Bare providers without a priority']]);

let apk: RealApk;
beforeAll(async () => {
  if (missing === undefined) apk = await realApk('3.19', 'x86_64');
});
afterAll(() => {
  if (missing === undefined) apk.close();
});

/** A description of the difference, with the world; undefined if there is none. */
function difference(world: readonly string[], refusal: 'may be' | 'must be found' = 'may be'): string | undefined {
  const theirs = apk.add(world);
  const resolved = resolveClosure({ world, repositories: apk.repositories });
  const name = world.join(' ');
  if ('refused' in theirs)
    return resolved.ok || refusal === 'must be found' ? `${name}: apk refuses it: ${theirs.refused}` : undefined;
  if (!resolved.ok) return `${name}: only aib refuses it: ${resolved.error.what}`;
  const ours = resolved.value.map(({ package: entry }) => `${entry.name}-${entry.version}`);
  const more = ours.filter(each => !theirs.includes(each));
  const less = theirs.filter(each => !ours.includes(each));
  return more.length + less.length === 0 ? undefined : `${name}: aib has ${more.join(' ')}, apk ${less.join(' ')}`;
}

describe('the solver finds what apk finds', () => {
  test('for the official images', { timeout: 1_800_000 }, context => {
    if (missing !== undefined) return context.skip(missing);
    const sets = JSON.parse(
      readFileSync(join(process.env.AIB_INDEXES ?? '', 'worlds-official.json'), 'utf8'),
    ) as readonly (readonly [string, readonly string[]])[];
    expect(sets.length).toBeGreaterThan(30);
    // Any selection is good enough, because neighbours are similar.
    const tried = sets.filter((_, index) => !isShort || index % 5 === 0);
    // If both refuse, that does not count as a difference.
    expect(tried.flatMap(([, world]) => difference(world, 'must be found') ?? [])).toEqual([]);
  });

  test(`for ${RANDOM} worlds made by chance`, { timeout: 3_600_000 }, context => {
    if (missing !== undefined) return context.skip(missing);
    const worlds = randomWorlds(apk.repositories, 300, SEED);
    // The short tier includes those that are known to differ.
    const tried = worlds.filter((world, index) => index < RANDOM || EXPLAINED.has(world.join(' ')));
    const found = tried.flatMap(world => (EXPLAINED.has(world.join(' ')) ? [] : (difference(world) ?? [])));
    expect(found).toEqual([]);
    // A difference that no longer exists must be removed from the list.
    for (const name of EXPLAINED.keys()) expect(difference(name.split(' ')), name).toBeDefined();
  });

  test('and the differences that there are stand in docs/solver.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../docs/solver.md'), 'utf8');
    for (const reason of EXPLAINED.values()) expect(page).toContain(`## ${reason}`);
  });
});
