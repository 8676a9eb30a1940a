/** A database that becomes damaged, between builds and during a build: no result is lost, and nothing wrong is trusted. */
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { seedOf, times } from '../tier.ts';
import { DAMAGES, type DamageName } from './damage.ts';
import { type BuildOptions, buildOnce, makeFolder, type Outcome, report } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const ROUNDS = 40 * times;
const ROUNDS_UNDER_WAY = 10 * times;
const names = Object.keys(DAMAGES) as DamageName[];

test(
  'whatever happens to the database between builds, the next one finds everything that was built',
  async () => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const graph = { sources: join(folder, 'sources'), seed: 5, layers: 5, width: 8, cache };
    const undisturbed = await buildOnce(graph);
    const random = makeRandom(seedOf('database between builds', 21));
    const counts = { 'databases damaged': 0, 'spoken of': 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round % 3 === 0) leaveLog(cache);
      const files = ['aib.db', 'aib.db-wal'].map(name => join(cache, name)).filter(existsSync);
      const path = files[Math.floor(random() * files.length)] ?? expect.unreachable();
      DAMAGES[names[round % names.length] ?? 'deleted'](path, random);
      counts['databases damaged'] += 1;
      const built = await buildOnce(graph);
      expect(built.notices.length, built.notices.join('\n')).toBeLessThanOrEqual(1);
      expect(built, `round ${round}`).toEqual({ ...undisturbed, ran: 0, notices: built.notices });
      counts['spoken of'] += built.notices.length;
    }
    expect(counts['spoken of']).toBeGreaterThan(ROUNDS / 4);
    report('database between builds', { ...counts, 'records lost': 0, 'builds wrong': 0 });
  },
  60_000 * times,
);

test(
  'whatever happens to the database under a running build, that build and the next one are right',
  async () => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const graph: BuildOptions = {
      sources: join(folder, 'sources'),
      seed: 6,
      layers: 5,
      width: 6,
      padding: 6_000,
      cache,
    };
    const edit = (round: number): void => writeFileSync(join(graph.sources, `s${round % 5}`), `edit ${round}\n`);
    await buildOnce(graph);
    const random = makeRandom(seedOf('database under way', 22));
    const counts = { 'bytes flipped': 0, 'files cut': 0, 'actions run': 0, 'mended under way': 0 };
    for (let round = 0; round < ROUNDS_UNDER_WAY; round += 1) {
      edit(round);
      const built = await buildOnce(graph, ({ type }) => {
        if (type !== 'running' || random() > 0.3) return;
        const path = join(cache, 'aib.db');
        if (!existsSync(path)) return;
        if (random() < 0.2) {
          truncateSync(path, Math.floor(random() * statSync(path).size));
          counts['files cut'] += 1;
        } else {
          counts['bytes flipped'] += flip(path, random);
        }
      });
      const clean = await buildOnce({ ...graph, cache: join(folder, 'clean') });
      expectSame(built, clean, `round ${round}`);
      const again = await buildOnce(graph);
      expectSame(again, clean, `after round ${round}`);
      expect(again.ran, `after round ${round}`).toBe(0);
      counts['actions run'] += built.ran;
      counts['mended under way'] += built.notices.length;
    }
    expect(counts['mended under way']).toBeGreaterThan(0);
    report('database under way', { ...counts, 'records lost': 0, 'builds wrong': 0 });
  },
  60_000 * times,
);

/** Simulates a process that dies with the database open: its last commits are only in the WAL. */
function leaveLog(cache: string): void {
  const database = new SQLite(join(cache, 'aib.db'));
  database.exec("UPDATE runs SET command = 'in the log'");
  const files = ['aib.db', 'aib.db-wal'].map(name => [join(cache, name), readFileSync(join(cache, name))] as const);
  database.close();
  for (const [path, bytes] of files) writeFileSync(path, bytes);
}

/** In place, so that processes that have it open see the change. */
function flip(path: string, random: () => number): number {
  const { size } = statSync(path);
  const file = openSync(path, 'r+');
  const count = 1 + Math.floor(random() * 200);
  for (let index = 0; index < count; index += 1)
    writeSync(file, Buffer.of(Math.floor(random() * 256)), 0, 1, Math.floor(random() * size));
  closeSync(file);
  return count;
}

function expectSame(built: Outcome, clean: Outcome, when: string): void {
  const { ran: _ran, notices: _notices, ...facts } = built;
  expect(facts, when).toEqual({
    status: clean.status,
    outputs: clean.outputs,
    bytes: clean.bytes,
    failures: clean.failures,
  });
}
