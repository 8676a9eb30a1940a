/** Collection beside builds: the newest results stay complete, with any limit and wherever the collecting process dies. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/store.ts';
import { collect } from '../../src/store/upkeep/collect.ts';
import { storeContents } from '../../src/store/upkeep/store-contents.ts';
import { blobFiles, buildInChild, buildOnce, makeFolder, type Outcome, report, wrongBlobs } from './rig.ts';

const KILLS = 14;

function makeGraph(seed: number) {
  const folder = makeFolder();
  const graph = {
    sources: join(folder, 'sources'),
    seed,
    layers: 4,
    width: 5,
    commands: 0,
    cache: join(folder, 'cache'),
  };
  const edit = (text: string): void => writeFileSync(join(graph.sources, 's1'), text);
  return { folder, graph, edit, cache: graph.cache };
}

async function withStore<T>(folder: string, work: (store: Store) => Promise<T> | T, readOnly = false): Promise<T> {
  const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line), readOnly });
  if (!opened.ok) throw new Error(opened.error.what);
  try {
    return await work(opened.value);
  } finally {
    opened.value.close();
  }
}

const same = (outcome: Outcome, other: Outcome): void => expect(outcome).toEqual({ ...other, ran: outcome.ran });
/** As if this process had started now, so that no blob belongs to it. */
const now = (): number => Date.now() + 1_000;

test('of two states of a graph the older one goes, and can be built again', async () => {
  const { graph, edit, cache } = makeGraph(8);
  await buildOnce(graph);
  edit('first');
  const first = await buildOnce(graph);
  edit('second');
  const second = await buildOnce(graph);
  const before = blobFiles(cache).length;
  const dry = await withStore(cache, store => collect(store, { maxBytes: 0, dryRun: true, began: now() }), true);
  expect(blobFiles(cache)).toHaveLength(before);
  const collected = await withStore(cache, store => collect(store, { maxBytes: 0, began: now() }));
  expect(dry.records.map(({ record }) => record.key)).toEqual(collected.records.map(({ record }) => record.key));
  expect(collected.records.length).toBeGreaterThan(0);
  expect(blobFiles(cache)).toHaveLength(before - collected.blobs.length);
  expect(await buildOnce(graph)).toEqual({ ...second, ran: 0 });
  // Nothing removable is left.
  const again = await withStore(cache, store => collect(store, { maxBytes: 0, began: now() }));
  expect(again).toMatchObject({ records: [], blobs: [], freed: 0 });
  edit('first');
  const rebuilt = await buildOnce(graph);
  same(rebuilt, first);
  expect(rebuilt.ran).toBeGreaterThan(0);
});

test('what the last build needs to run again is kept: its sources are, and nothing runs when an output is lost', async () => {
  const { graph, cache } = makeGraph(9);
  const built = await buildOnce(graph);
  await withStore(cache, store => collect(store, { maxBytes: 0, began: now() }));
  const { records, blobs } = await withStore(cache, storeContents, true);
  for (const { outputs, inputs } of records)
    for (const hash of [...outputs, ...inputs]) expect(blobs.has(hash)).toBe(true);
  expect(records).toHaveLength(built.ran);
});

test('leftovers go, too: blobs without a record, databases moved aside, links and snapshots that lead nowhere', async () => {
  const { graph, cache } = makeGraph(10);
  await buildOnce(graph);
  const [blob] = blobFiles(cache);
  await withStore(cache, store => void store.blobs.putBytes('nobody needs this'));
  writeFileSync(join(cache, 'aib.db.bad-123'), '');
  const image = (name: string, target: string): void => {
    mkdirSync(join(cache, 'images/aws', name), { recursive: true });
    symlinkSync(target, join(cache, 'images/aws', name, 'image.vhd'));
  };
  image('alive', blob ?? expect.unreachable());
  image('dead', '../../../blobs/00/none');
  for (const written of ['image.vhd.sha512', 'image.provenance.json'])
    writeFileSync(join(cache, 'images/aws/dead', written), '');
  const young = await withStore(cache, store => collect(store, { maxBytes: 1e9, began: 0 }));
  expect(young.blobs).toEqual([]);
  const collected = await withStore(cache, store => collect(store, { maxBytes: 1e9, began: now() }));
  expect(collected).toMatchObject({ records: [], orphans: 1 });
  expect(young.leftovers).toEqual(['aib.db.bad-123', 'images/aws/dead']);
  expect(readdirSync(join(cache, 'images/aws'))).toEqual(['alive']);
  expect(existsSync(join(cache, 'aib.db.bad-123'))).toBe(false);
});

test('of a folder of images only what leads nowhere goes, if somebody keeps something of his own there', async () => {
  const { graph, cache } = makeGraph(12);
  await buildOnce(graph);
  const [blob = expect.unreachable()] = blobFiles(cache);
  const links = {
    latest: '../blobs/00/none',
    'aws/latest': '../../blobs/00/none',
    'aws/x/x.vhd': blob,
    'aws/y/y.vhd': 'none',
  };
  for (const [name, target] of Object.entries(links)) {
    mkdirSync(join(cache, 'images', name, '..'), { recursive: true });
    symlinkSync(target, join(cache, 'images', name));
  }
  writeFileSync(join(cache, 'images/aws/y/notes'), 'of mine');
  const collected = await withStore(cache, store => collect(store, { maxBytes: 1e9, began: 0 }));
  expect(collected.leftovers.toSorted()).toEqual(['images/aws/latest', 'images/aws/y/y.vhd', 'images/latest']);
  expect(readdirSync(join(cache, 'images'), { recursive: true }).toSorted()).toEqual([
    'aws',
    'aws/x',
    'aws/x/x.vhd',
    'aws/y',
    'aws/y/notes',
  ]);
});

test('a collecting process may be killed at any file that it removes', async () => {
  const { folder, graph, edit, cache } = makeGraph(11);
  await buildOnce(graph);
  const counts = { kills: 0, 'blobs left over': 0 };
  for (let round = 1; round <= KILLS; round += 1) {
    edit(`round ${round}`);
    const outcome = await buildInChild({ ...graph, collectTo: 0, dieAtRemoval: round * 3 }).outcome;
    counts.kills += outcome === undefined ? 1 : 0;
    expect(wrongBlobs(cache)).toEqual([]);
    const clean = await buildOnce({ ...graph, cache: join(folder, 'clean') });
    // Nothing that the last build needs was removed.
    const built = await buildOnce(graph);
    expect(built, `round ${round}`).toEqual({ ...clean, ran: 0 });
    const { blobs, records } = await withStore(cache, storeContents, true);
    for (const { outputs } of records) for (const hash of outputs) expect(blobs.has(hash), `round ${round}`).toBe(true);
    const collected = await withStore(cache, store => collect(store, { maxBytes: 0, began: now() }));
    counts['blobs left over'] += collected.blobs.length;
    expect(await buildOnce(graph)).toMatchObject({ ran: 0, bytes: clean.bytes });
  }
  expect(counts.kills).toBeGreaterThan(KILLS / 2);
  expect(counts['blobs left over']).toBeGreaterThan(0);
  report('collection', { ...counts, 'results lost': 0, 'builds wrong': 0 });
}, 120_000);
