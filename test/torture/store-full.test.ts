/**
 * A disk that becomes full at any point of a build: the build reports it, nothing wrong remains, and with free space the next build is
 * correct.
 */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seedOf, times } from '../tier.ts';
import { mountTmpfs } from './mount.ts';
import { buildOnce, makeFolder, report, wrongBlobs } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const ROUNDS = 10 * times;

test(
  'a disk that fills up at any point of a build costs that build, and nothing else',
  async context => {
    const folder = makeFolder();
    const mount = mountTmpfs(folder, 'size=8m');
    if (mount === undefined) return context.skip('a small tmpfs can be mounted only by root');
    const graph = { sources: join(folder, 'sources'), seed: 15, layers: 4, width: 5, bytes: 20_000 };
    const undisturbed = await buildOnce({ ...graph, cache: join(folder, 'roomy') });
    const cache = join(mount, 'cache');
    const random = makeRandom(seedOf('full disk', 41));
    const counts = { 'disks full': 0, 'builds that failed': 0, 'builds that had no store': 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      rmSync(cache, { recursive: true, force: true });
      const { bavail, bsize } = statfsSync(mount);
      // From no space at all to nearly enough.
      const ballast = join(mount, 'ballast');
      writeFileSync(
        ballast,
        Buffer.alloc(Math.max(0, bavail * bsize - Math.floor(random() * 2_000_000) * (round % 5 === 0 ? 0.1 : 1))),
      );
      const built = await buildOnce({ ...graph, cache });
      counts['disks full'] += 1;
      if (built.status === 'done') expect(built).toEqual(undisturbed);
      else
        for (const code of built.failures)
          expect(['AIB_STORE_FULL', 'AIB_STORE_OPEN', 'AIB_COMMAND_FAILED']).toContain(code);
      counts['builds that failed'] += built.status === 'failed' ? 1 : 0;
      counts['builds that had no store'] += built.status === 'no store' ? 1 : 0;
      if (built.status === 'failed') expect(wrongBlobs(cache)).toEqual([]);
      rmSync(ballast);
      const again = await buildOnce({ ...graph, cache });
      expect(again, `round ${round}`).toEqual({ ...undisturbed, ran: again.ran });
      expect(again.ran).toBeLessThanOrEqual(undisturbed.ran);
      expect(await buildOnce({ ...graph, cache })).toEqual({ ...undisturbed, ran: 0 });
    }
    expect(counts['builds that failed']).toBeGreaterThan(ROUNDS / 4);
    report('full disk', { ...counts, 'builds wrong': 0 });
  },
  60_000 * times,
);

test(
  'a disk that fills up under a store that holds something takes nothing of it',
  async context => {
    const folder = makeFolder();
    const mount = mountTmpfs(folder, 'size=8m');
    if (mount === undefined) return context.skip('a small tmpfs can be mounted only by root');
    const cache = join(mount, 'cache');
    const graph = {
      sources: join(folder, 'sources'),
      seed: 16,
      layers: 4,
      width: 4,
      bytes: 10_000,
      commands: 0,
      cache,
    };
    const first = await buildOnce(graph);
    const source = join(graph.sources, 's0');
    const ballast = join(mount, 'ballast');
    const random = makeRandom(seedOf('full disk under a store', 42));
    let failed = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      writeFileSync(source, `edit ${round}`);
      const { bavail, bsize } = statfsSync(mount);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - Math.floor(random() * 60_000))));
      failed += (await buildOnce(graph)).status === 'done' ? 0 : 1;
      rmSync(ballast);
      writeFileSync(source, 'source 0\n');
      // The earlier results still exist; a database that could not be opened on a full disk does not count as damaged.
      expect(await buildOnce(graph), `round ${round}`).toEqual({ ...first, ran: 0 });
    }
    expect(failed).toBeGreaterThan(ROUNDS / 5);
    report('full disk under a store', { 'disks full': ROUNDS, 'builds that failed': failed, 'results lost': 0 });
  },
  60_000 * times,
);
