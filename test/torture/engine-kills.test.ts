/** A build that is killed at any moment, again and again: the next one makes the same bytes, and nothing of the killed one remains. */
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { workingIn } from '../processes.ts';
import { seedOf, times } from '../tier.ts';
import { buildInChild, buildOnce, makeFolder, type Outcome, report, wrongBlobs } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const KILLS = 25 * times;
/** Contents of the first source. */
const STATES = ['one', 'two', 'three', 'four'];

test(
  'builds killed anywhere leave nothing that is wrong, and nobody',
  async () => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const sources = join(folder, 'sources');
    // Half of the nodes start a process.
    const graph = { sources, seed: 5, layers: 5, width: 5, commands: 0.5 };
    const setSource = (state: string): void => writeFileSync(join(sources, 's0'), `${state}\n`);
    const undisturbed = new Map<string, Outcome>();
    await buildOnce({ ...graph, cache: join(folder, 'sources-are-written-here') });
    for (const state of STATES) {
      setSource(state);
      undisturbed.set(state, await buildOnce({ ...graph, cache: join(folder, `undisturbed-${state}`) }));
    }
    expect(new Set([...undisturbed.values()].map(({ bytes }) => bytes)).size).toBe(STATES.length);
    const events = await countEvents({ ...graph, cache: join(folder, 'counted') });

    const random = makeRandom(seedOf('kills', 23));
    const counts = {
      'builds killed': 0,
      'of them with a bad cache': 0,
      'before their first action': 0,
      'actions saved from them': 0,
      'files cleared away': 0,
    };
    for (let round = 0; counts['builds killed'] < KILLS; round += 1) {
      const state = STATES[round % STATES.length] ?? '';
      // Four states are built on the results of the previous ones; then the store is removed.
      if (round % STATES.length === 0) rmSync(cache, { recursive: true, force: true });
      setSource(state);
      const moment = Math.floor(random() * events);
      const elsewhere =
        random() < 0.5 ? {} : { elsewhere: { cache: join(folder, `undisturbed-${state}`), seed: round } };
      const started = await killAt(moment, random() * 3, { ...graph, ...elsewhere, cache });
      if (started === undefined) continue;
      counts['builds killed'] += 1;
      counts['of them with a bad cache'] += 'elsewhere' in elsewhere ? 1 : 0;
      if (started === 0) counts['before their first action'] += 1;
      await expect.poll(() => workingIn(cache), { timeout: 10_000, interval: 20 }).toEqual([]);
      counts['files cleared away'] += filesIn(join(cache, 'tmp')).length;
      const whole = undisturbed.get(state) ?? expect.unreachable();
      const next = await buildOnce({ ...graph, cache });
      expect(next, `round ${round}, killed at event ${moment}`).toEqual({ ...whole, ran: next.ran });
      if (round % STATES.length === 0) counts['actions saved from them'] += whole.ran - next.ran;
      expect(wrongBlobs(cache)).toEqual([]);
      expect(filesIn(join(cache, 'tmp'))).toEqual([]);
      if (round % STATES.length === 3) expect(await buildOnce({ ...graph, cache })).toEqual({ ...whole, ran: 0 });
    }
    expect(counts['actions saved from them']).toBeGreaterThan(0);
    report('kills', { ...counts, 'wrong bytes': 0, 'processes left': 0 });
  },
  100_000 * times,
);

type Options = Parameters<typeof buildInChild>[0];

async function countEvents(options: Options): Promise<number> {
  let events = 0;
  await buildInChild(options, () => (events += 1)).outcome;
  expect(events).toBeGreaterThan(40);
  return events;
}

/** Kills a build a moment after the given number of events; returns the number of started actions, undefined if it was done before. */
async function killAt(events: number, afterMs: number, options: Options): Promise<number | undefined> {
  const reached = Promise.withResolvers<void>();
  let seen = 0;
  let started = 0;
  const child = buildInChild(options, event => {
    seen += 1;
    if (event.type === 'running') started += 1;
    if (seen >= events) reached.resolve();
  });
  // At event 0 it may be anywhere in its start.
  if (events === 0) reached.resolve();
  const exit = once(child.process, 'exit');
  await Promise.race([reached.promise, exit]);
  await Promise.race([delay(afterMs), exit]);
  const wasRunning = child.process.exitCode === null;
  child.process.kill('SIGKILL');
  await exit;
  return wasRunning && (await child.outcome) === undefined ? started : undefined;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
