/** Difficult places for a store: read-only ones, and unusual names. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { readSnapshot, writeSnapshot } from '../../src/store/sources/snapshot.ts';
import { openStore } from '../../src/store/store.ts';
import { scrub } from '../../src/store/upkeep/scrub.ts';
import { usageOf } from '../../src/store/upkeep/usage.ts';
import { makeReadOnly, mountTmpfs } from './mount.ts';
import { buildOnce, makeFolder } from './rig.ts';
import { ALL } from './synthetic-graph.ts';

test.for([false, true])(
  'a read-only store answers every question and says why it cannot build (log left over: %s)',
  async (log, context) => {
    const folder = makeFolder();
    const mount = mountTmpfs(folder, 'size=64m');
    if (mount === undefined) return context.skip('a file system can be mounted only by root');
    const cache = join(mount, 'cache');
    const graph = { sources: join(folder, 'sources'), seed: 17, layers: 3, width: 3, cache };
    const built = await buildOnce(graph);
    if (log) {
      // The last commits are only in the WAL, as after a kill.
      const reader = new SQLite(join(cache, 'aib.db'));
      reader.exec("UPDATE runs SET command = 'in the log'");
      const files = ['aib.db', 'aib.db-wal'].map(name => [join(cache, name), readFileSync(join(cache, name))] as const);
      reader.close();
      for (const [path, bytes] of files) writeFileSync(path, bytes);
    }
    makeReadOnly(mount);
    const before = readdirSync(cache).sort();
    const opened = openStore(cache, { now: Date.now, onNotice: line => expect.unreachable(line), readOnly: true });
    if (!opened.ok) throw new Error(opened.error.got);
    const store = opened.value;
    expect(store.records.latest(ALL)?.outputs.out?.digest.hash).toBe(built.outputs[`${ALL} out`]);
    expect(store.history.last(ALL)?.status).toBe('done');
    expect(usageOf(store).total.blobs).toBeGreaterThan(9);
    expect((await scrub(store, { deep: true, mend: false, signal: new AbortController().signal })).faults).toEqual([]);
    store.close();
    expect(readdirSync(cache).sort()).toEqual(before);
    expect(await buildOnce(graph)).toMatchObject({ status: 'no store', failures: ['AIB_STORE_READ_ONLY'] });
  },
);

test('a build that has nothing to do says so on a read-only store, however old its snapshot is', context => {
  const mount = mountTmpfs(makeFolder(), 'size=1m');
  if (mount === undefined) return context.skip('a file system can be mounted only by root');
  const now = Date.now();
  writeSnapshot(mount, ['build'], { at: now, read: new Map(), own: new Map(), result: 'done' });
  const daysLater = now + 3 * 86_400_000;
  expect(readSnapshot(mount, ['build'], daysLater)).toBeUndefined();
  makeReadOnly(mount);
  expect(readSnapshot(mount, ['build'], daysLater)).toBe('done');
});

test('names with spaces, quotes and other scripts are names like any other', async () => {
  const folder = join(makeFolder(), "it's a “café”, 日本語 $HOME %20 #?\\n");
  const graph = { seed: 18, layers: 3, width: 4 };
  const odd = await buildOnce({ ...graph, sources: join(folder, 'my sources'), cache: join(folder, 'my cache') });
  const plain = makeFolder();
  const same = await buildOnce({ ...graph, sources: join(plain, 'sources'), cache: join(plain, 'cache') });
  expect(odd).toEqual(same);
  expect(odd.status).toBe('done');
});
