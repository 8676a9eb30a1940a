/** Results and bytes that somebody else has: what is asked, what is brought, and what is believed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { Node } from '../../src/engine/model/graph.ts';
import type { Runner } from '../../src/engine/run/runner.ts';
import { digestOf, type Sha256 } from '../../src/store/content/digest.ts';
import { ok } from '../../src/util/result.ts';
import { LossyCache } from './lossy-cache.ts';
import { edge, inProcess, label, makeRig, type Rig, reopen, shell } from './rig.ts';
import { watchStates } from './watch-states.ts';

const TREE = { outputs: { out: { type: 'directory', path: 'tree' } } } as const;

// tree ──► list ──► end
const nodes: readonly Node[] = [
  shell('tree', 'mkdir -p tree/sub; echo a > tree/a; echo b > tree/sub/b; ln -s a tree/link', {}, TREE),
  shell('list', 'find tree | sort > out', { tree: edge('tree') }),
  shell('end', 'cat in in > out', { in: edge('list') }),
];

/** What another machine has built. */
async function filled(): Promise<LossyCache> {
  const rig = makeRig();
  await rig.build(nodes, ['tree', 'list', 'end']);
  const cache = new LossyCache();
  cache.fill(rig.store);
  return cache;
}

/** On this machine, where nothing was built. */
async function build(rig: Rig, cache: LossyCache, targets: readonly string[], options: Partial<BuildRequest> = {}) {
  const built = await rig.build(nodes, targets, { cache, ...options });
  expect([...built.failures]).toEqual([]);
  return built;
}

function countOf(cache: LossyCache, call: string): number {
  return cache.calls.filter(each => each === call).length;
}

test('what others have built is not run, and no more is brought than is wanted', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  const built = await build(rig, cache, ['end']);
  expect(built.started).toEqual([]);
  expect((await rig.text(built, 'end')).split('\n')).toHaveLength(11);
  expect([countOf(cache, 'find'), countOf(cache, 'fetch')]).toEqual([3, 1]);
});

test('nobody is asked for what is here', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  await build(rig, cache, ['end', 'tree']);
  cache.calls.length = 0;
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  const again = await build(rig, cache, ['end', 'tree'], { store });
  expect([again.started, cache.calls]).toEqual([[], []]);
});

test('a folder is brought with all that is in it', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  const built = await build(rig, cache, ['tree']);
  expect(built.started).toEqual([]);
  const artifact = built.outputs.get(label('tree'))?.out ?? expect.unreachable();
  expect(await rig.store.blobs.checkDirectory(artifact.digest)).toBe('present');
});

test('the input of what must run is brought', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  const more = shell('more', 'wc -l < in > out', { in: edge('list') });
  const built = await rig.build([...nodes, more], ['more'], { cache });
  expect(built.started).toEqual(['//more']);
  expect((await rig.text(built, 'more')).trim()).toBe('5');
});

test('a runner that takes its inputs from anywhere has none brought', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  const worker: Runner = {
    wantsInputs: 'anywhere',
    execute: async () => {
      const digest = rig.store.blobs.putBytes('made far away');
      return ok({ outputs: { out: { type: 'file', digest } } });
    },
  };
  const more = shell('more', 'wc -l < in > out', { in: edge('list') });
  const built = await rig.build([...nodes, more], ['more'], { cache, runners: { command: worker } });
  expect(await rig.text(built, 'more')).toBe('made far away');
  expect(countOf(cache, 'fetch')).toBe(0);
});

test.each([
  ['does not have', () => undefined],
  ['has others of', () => Buffer.from('x')],
  ['has too many of', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
])('bytes that the cache %s are made here', async (_, spoil) => {
  const [rig, cache] = [makeRig(), await filled()];
  for (const [hash, bytes] of cache.blobs) {
    const spoilt = spoil(bytes);
    if (spoilt === undefined) cache.blobs.delete(hash);
    else cache.blobs.set(hash, spoilt);
  }
  const built = await build(rig, cache, ['end', 'tree']);
  expect(built.started).toEqual(['//tree', '//list', '//end']);
  expect((await rig.text(built, 'end')).split('\n')).toHaveLength(11);
  for (const name of readdirSync(join(rig.store.folder, 'blobs'), { recursive: true, encoding: 'utf8' }).filter(
    each => each.length > 60,
  )) {
    const bytes = readFileSync(join(rig.store.folder, 'blobs', name));
    expect(name.endsWith(digestOf(bytes).hash)).toBe(true);
  }
  expect(readdirSync(rig.store.temporary)).toEqual([]);
});

test('a folder of which one file is gone there is made here', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  cache.blobs.delete(digestOf('b\n').hash);
  const built = await build(rig, cache, ['tree']);
  expect(built.started).toEqual(['//tree']);
});

test('a result whose digest leads out of the store, or whose outputs are others, is none', async () => {
  const [rig, cache] = [makeRig(), await filled()];
  const [first, second] = [...cache.results.keys()];
  const bad = { type: 'file', path: 'out', digest: { hash: '../../../etc/passwd' as Sha256, size: 1 } } as const;
  cache.results.set(first ?? expect.unreachable(), { out: bad });
  cache.results.set(second ?? expect.unreachable(), {});
  const built = await build(rig, cache, ['end', 'tree', 'list']);
  expect(built.started).toHaveLength(2);
});

test('a cache that does not answer holds up nobody who stops the build', async () => {
  const [rig, stop] = [makeRig(), new AbortController()];
  const cache = new LossyCache();
  cache.find = (_key, signal?: AbortSignal) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      setImmediate(() => stop.abort());
    });
  const built = await rig.build(nodes, ['end'], { cache, signal: stop.signal });
  expect([built.status, built.started]).toEqual(['interrupted', []]);
});

test('an input that comes out different while the cache is asked is asked about again', async () => {
  const rig = makeRig();
  const texts = ['one', 'two'];
  const coin = inProcess('coin', '', {}, async () => ok({ out: texts.shift() ?? 'no more' }));
  const first = await rig.build([coin], ['coin']);
  const lost = first.outputs.get(label('coin'))?.out?.digest ?? expect.unreachable();
  rig.store.blobs.remove([lost.hash]);
  const user = inProcess('user', 'user', { in: edge('coin') }, async ({ in: text = '' }) => ok({ out: `${text}!` }));
  const cache = new LossyCache();
  const asked: string[] = [];
  let ready: () => void = () => undefined;
  const changed = new Promise<void>(resolve => {
    ready = resolve;
  });
  cache.find = async key => {
    asked.push(key);
    if (asked.length === 2) ready();
    else await changed;
    return undefined;
  };
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  const changes = watchStates();
  const built = await rig.build([coin, user], ['coin', 'user'], { store, cache });
  expect(changes).toContainEqual({ name: '//user', from: 'resolving', to: 'resolving' });
  expect(new Set(asked).size).toBe(2);
  expect(built.started).toEqual(['//coin', '//user']);
  expect(await rig.text(built, 'user')).toBe('two!');
});
