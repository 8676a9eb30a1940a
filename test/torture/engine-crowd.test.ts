/** Several builds of one store at the same time: one builds, the others wait and find hits; no work is done twice. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildInChild, buildOnce, makeFolder, report, wrongBlobs } from './rig.ts';

const GRAPH = { seed: 9, layers: 5, width: 5, commands: 0.3 };

describe('a crowd of builds', () => {
  test.each([2, 4])(
    '%i at a time come to the same bytes, and each action runs once',
    async size => {
      const folder = makeFolder();
      const sources = join(folder, 'sources');
      const rounds = 3;
      const counts = { builds: 0, 'actions run': 0 };
      await buildOnce({ ...GRAPH, sources, cache: join(folder, 'sources-are-written-here') });
      const cache = join(folder, 'cache');
      for (let round = 0; round < rounds; round += 1) {
        // All dependents of the first source must be built again.
        writeFileSync(join(sources, 's0'), `round ${round}\n`);
        const whole = await buildOnce({ ...GRAPH, sources, cache: join(folder, `undisturbed-${round}`) });
        const all = await Promise.all(
          Array.from({ length: size }, () => buildInChild({ ...GRAPH, sources, cache }).outcome),
        );
        for (const outcome of all) expect(outcome).toEqual({ ...whole, ran: outcome?.ran });
        // One did all of the work, the others none: no other build got the lock in between.
        expect(all.filter(outcome => outcome?.ran !== 0)).toHaveLength(1);
        counts.builds += size;
        counts['actions run'] += all.reduce((sum, outcome) => sum + (outcome?.ran ?? 0), 0);
      }
      expect(wrongBlobs(cache)).toEqual([]);
      report(`${size} builds of one store`, { ...counts, 'actions run twice': 0 });
    },
    120_000,
  );

  test('of which the one that builds is killed goes on with the next one', async () => {
    const folder = makeFolder();
    const graph = { ...GRAPH, sources: join(folder, 'sources'), cache: join(folder, 'cache') };
    const whole = await buildOnce({ ...graph, cache: join(folder, 'undisturbed') });
    const reached = Promise.withResolvers<void>();
    let ran = 0;
    const first = buildInChild(graph, event => {
      ran += Number(event.type === 'ran');
      if (ran === 5) reached.resolve();
    });
    await reached.promise;
    const others = [buildInChild(graph), buildInChild(graph)];
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const outcomes = await Promise.all(others.map(({ outcome }) => outcome));
    for (const outcome of outcomes) expect(outcome).toEqual({ ...whole, ran: outcome?.ran });
    const after = outcomes.reduce((sum, outcome) => sum + (outcome?.ran ?? 0), 0);
    expect(after).toBeLessThanOrEqual(whole.ran - 5);
  }, 120_000);
});
