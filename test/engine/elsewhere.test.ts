/** Results and bytes in a remote cache: what is requested, what is fetched, and what is trusted. */
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { Node } from '../../src/engine/model/graph.ts';
import type { Runner } from '../../src/engine/run/runner.ts';
import { digestOf, type Sha256 } from '../../src/store/content/digest.ts';
import { encodeTree } from '../../src/store/content/directory.ts';
import { ok } from '../../src/util/result.ts';
import { LossyCache } from './lossy-cache.ts';
import { edge, inProcess, label, makeRig, type Rig, reopen, shell } from './rig.ts';
import { untilChanged, watchStates } from './watch-states.ts';

const TREE = { outputs: { out: { type: 'directory', path: 'tree' } } } as const;

// tree ──► list ──► end
const nodes: readonly Node[] = [
  shell('tree', 'mkdir -p tree/sub; echo a > tree/a; echo b > tree/sub/b; ln -s a tree/link', {}, TREE),
  shell('list', 'find tree | sort > out', { tree: edge('tree') }),
  shell('end', 'cat in in > out', { in: edge('list') }),
];

/** A cache with the results of another machine. */
async function filled(): Promise<LossyCache> {
  const rig = makeRig();
  await rig.build(nodes, ['tree', 'list', 'end']);
  const cache = new LossyCache();
  cache.fill(rig.store);
  return cache;
}

/** Builds on this machine, with an empty store. */
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

test.each(['find', 'contains', 'fetch'] as const)(
  'a cache that never answers %s, and heeds no signal, holds up nobody who stops the build',
  async call => {
    const [rig, stop, cache] = [makeRig(), new AbortController(), await filled()];
    const silence = () => {
      setImmediate(() => stop.abort());
      return new Promise(() => undefined);
    };
    Object.assign(cache, { [call]: silence });
    const built = await rig.build(nodes, ['end'], { cache, signal: stop.signal });
    expect([built.status, built.started]).toEqual(['interrupted', []]);
    expect(readdirSync(rig.store.temporary)).toEqual([]);
  },
);

test.each([
  ['the right hash and another size', (size: number) => size + 1],
  ['no size', () => 0],
])('a result that says %s is one of bytes that nobody has', async (_, sizeOf) => {
  const [rig, cache] = [makeRig(), await filled()];
  for (const [key, { out }] of cache.results)
    if (out?.type === 'file')
      cache.results.set(key, { out: { ...out, digest: { ...out.digest, size: sizeOf(out.digest.size) } } });
  const built = await build(rig, cache, ['end', 'list']);
  expect(built.started).toEqual(['//list', '//end']);
  for (const name of ['list', 'end']) {
    const { digest } = built.outputs.get(label(name))?.out ?? expect.unreachable();
    expect(digest).toEqual(digestOf(await rig.store.blobs.read(digest)));
  }
  const again = await build(rig, new LossyCache(), ['end', 'list']);
  expect([again.started, again.outputs]).toEqual([[], built.outputs]);
});

test.each([
  ['nothing', (file: string) => file],
  ['a folder', (file: string) => mkdirSync(file)],
  ['a link', (file: string) => symlinkSync(import.meta.filename, file)],
  ['an empty file', (file: string) => writeFileSync(file, '')],
])('where the cache leaves %s in place of the bytes, they are made here', async (_, leave) => {
  const [rig, cache] = [makeRig(), await filled()];
  const { mode } = statSync(import.meta.filename);
  cache.fetch = async (_digest, file) => {
    leave(file);
    return true;
  };
  const built = await build(rig, cache, ['end']);
  expect(built.started).toEqual(['//tree', '//list', '//end']);
  expect(statSync(import.meta.filename).mode).toBe(mode);
  expect(readdirSync(rig.store.temporary)).toEqual([]);
});

test.each([[null], [{ out: null }], [{ out: { type: 'file', path: 'out' } }], ['text']])(
  'the answer %j to a question for a result is none',
  async said => {
    const [rig, cache] = [makeRig(), await filled()];
    cache.find = async () => said as never;
    const built = await build(rig, cache, ['end']);
    expect(built.started).toEqual(['//tree', '//list', '//end']);
  },
);

test('what one node has made here goes before what the cache says of its twin', async () => {
  const [rig, cache] = [makeRig(), new LossyCache()];
  const twins = ['one', 'two'].map(name => shell(name, 'echo made here > out'));
  const lie = { type: 'file', path: 'out', digest: digestOf('made up') } as const;
  let asked = 0;
  const changes = watchStates();
  cache.find = async () => {
    asked += 1;
    if (asked === 1) return undefined;
    await untilChanged(changes, 'one', 'settled');
    return { outputs: { out: lie } };
  };
  const built = await rig.build(twins, ['one', 'two'], { cache });
  expect([asked, built.started]).toEqual([2, ['//one']]);
  expect(await rig.text(built, 'two')).toBe('made here\n');
});

test('a folder that names another many times over is looked through once', async () => {
  const [rig, cache] = [makeRig(), new LossyCache()];
  let inner = encodeTree(new Map([['file', { type: 'file', digest: digestOf('x'), executable: false }]]));
  cache.blobs.set(digestOf('x').hash, Buffer.from('x'));
  for (let depth = 0; depth < 40; depth += 1) {
    for (const { digest, bytes } of inner.messages) cache.blobs.set(digest.hash, bytes);
    const entry = { type: 'directory', digest: inner.root } as const;
    inner = encodeTree(
      new Map([
        ['a', entry],
        ['b', entry],
      ]),
    );
  }
  for (const { digest, bytes } of inner.messages) cache.blobs.set(digest.hash, bytes);
  cache.find = async () => ({ outputs: { out: { type: 'directory', path: 'tree', digest: inner.root } } });
  const deep = shell('deep', 'mkdir tree', {}, TREE);
  const built = await rig.build([deep], ['deep'], { cache });
  expect([built.status, built.started]).toEqual(['done', []]);
  expect(countOf(cache, 'fetch')).toBe(42);
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
  cache.find = async ({ key }) => {
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
