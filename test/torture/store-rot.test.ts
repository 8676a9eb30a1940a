/** Blobs and record files that become damaged between builds: the next build must make the same bytes, whatever was damaged. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seedOf, times } from '../tier.ts';
import { DAMAGES, type DamageName } from './damage.ts';
import { blobFiles, buildOnce, makeFolder, report } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const ROUNDS = 60 * times;

test(
  'whatever happens to blobs and record files, the next build is right, byte for byte',
  async () => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const graph = { sources: join(folder, 'sources'), seed: 7, layers: 5, width: 5, cache };
    const undisturbed = await buildOnce(graph);
    const random = makeRandom(seedOf('rot', 11));
    const names = Object.keys(DAMAGES) as DamageName[];
    const counts = { 'files damaged': 0, 'actions run again': 0, 'databases taken away': 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const files = [...blobFiles(cache), ...recordFiles(cache)];
      // From one file to all of them.
      const share = round % 10 === 9 ? 1 : random() * 0.2;
      const hit = files.filter((_, index) => index === round % files.length || random() < share);
      for (const path of hit) DAMAGES[names[Math.floor(random() * names.length)] ?? 'deleted'](path, random);
      counts['files damaged'] += hit.length;
      if (round % 4 === 3) {
        // Then everything is read from the record files, including damaged ones.
        for (const name of readdirSync(cache)) if (name.startsWith('aib.db')) rmSync(join(cache, name));
        counts['databases taken away'] += 1;
      }
      const built = await buildOnce(graph);
      expect(built, `round ${round}`).toEqual({ ...undisturbed, ran: built.ran });
      counts['actions run again'] += built.ran;
    }
    expect(counts['actions run again']).toBeGreaterThan(ROUNDS);
    report('rot', { ...counts, 'builds wrong': 0 });
  },
  60_000 * times,
);

function recordFiles(cache: string): readonly string[] {
  return readdirSync(join(cache, 'records'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}
