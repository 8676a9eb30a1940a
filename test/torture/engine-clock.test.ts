/** Clocks that jump back and forth, files from the past and from the future: every edit is detected nevertheless. */
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build } from '../../src/engine/build/build.ts';
import { makeGraph } from '../../src/engine/model/graph.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { openStore } from '../../src/store/store.ts';
import { label } from '../engine/rig.ts';
import { seedOf, times } from '../tier.ts';
import { makeFolder, report } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const ROUNDS = 120 * times;
const DAY = 86_400_000;

test(
  'whatever the clock and the times of files say, a build is of what is there',
  async () => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const path = join(folder, 'source');
    const random = makeRandom(seedOf('clocks', 31));
    const counts = { builds: 0, 'clock set back': 0, edits: 0, 'of the same size and time': 0 };
    let clock = Date.now();
    let content = 'first';
    let time = Date.now();
    writeFileSync(path, content);
    const nodes = [
      sourceNode({ label: label('source'), path }),
      commandNode({
        label: label('copy'),
        arguments: ['sh', '-euc', 'cat in > out'],
        inputs: { in: { label: label('source'), output: 'file' } },
        outputs: { out: { type: 'file', path: 'out' } },
      }),
    ];
    const graph = makeGraph(nodes);
    if (!graph.ok) throw new Error(graph.error.what);
    const built = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = clock;
      clock += Math.floor((random() - 0.5) * 20 * DAY);
      if (clock < before) counts['clock set back'] += 1;
      if (random() < 0.7) {
        // Mostly the same size; only 26 contents, so that some are repeated.
        content = String.fromCodePoint(97 + Math.floor(random() * 26)).repeat(random() < 0.8 ? 5 : 6);
        writeFileSync(path, content);
        counts.edits += 1;
      }
      // Its old time, or a time in the past, in the future, or at the moment of the build.
      const choice = random();
      if (choice < 0.3) counts['of the same size and time'] += 1;
      else if (choice < 0.5) time = clock - Math.floor(random() * 400 * DAY);
      else if (choice < 0.7) time = clock + Math.floor(random() * 400 * DAY);
      else time = clock;
      utimesSync(path, time / 1_000, time / 1_000);

      const opened = openStore(cache, { now: () => clock, onNotice: line => expect.unreachable(line) });
      if (!opened.ok) throw new Error(opened.error.what);
      const store = opened.value;
      const result = await build({
        graph: graph.value,
        targets: [{ label: label('copy'), outputs: ['out'] }],
        store,
        runners: { command: localRunner(store) },
        capacity: { cpu: 1 },
        onFailure: 'stop',
        signal: new AbortController().signal,
        run: store.history.begin('test', store.now()),
        emit: () => {},
      });
      expect(result.status).toBe('done');
      const out = result.outputs.get(label('copy'))?.out ?? expect.unreachable();
      expect((await store.blobs.read(out.digest)).toString(), `round ${round}`).toBe(content);
      // A content that was built once is never built again, and a touch is not mistaken for an edit.
      expect(result.ran).toBe(built.has(content) ? 0 : 1);
      built.add(content);
      for (const { duration, memory } of store.history.estimates().values()) {
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(duration).toBeLessThan(60_000);
        expect(memory ?? 0).toBeGreaterThanOrEqual(0);
      }
      store.close();
      counts.builds += 1;
    }
    expect(counts['clock set back']).toBeGreaterThan(20);
    report('clocks', { ...counts, 'edits missed': 0 });
  },
  60_000 * times,
);
