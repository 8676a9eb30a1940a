/** Events, requests and repetitions while a build finds out what must run; the results of builds are tested in test/engine. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LossyCache } from '../../../test/engine/lossy-cache.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen } from '../../../test/engine/rig.ts';
import { fail, ok } from '../../util/result.ts';
import type { Emit } from '../model/events.ts';
import type { ActionNode, Edge } from '../model/graph.ts';

const made = (name: string, inputs: Readonly<Record<string, Edge>> = {}): ActionNode =>
  inProcess(name, name, inputs, async ({ in: text = '' }) => ok({ out: `${name} ${text}` }));

/** Like the next process: it knows nothing about the blobs that this one has checked. */
function anew(rig: Rig) {
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  return { store };
}

function lose(rig: Rig, built: Built, name: string): void {
  rmSync(rig.store.blobs.path(built.outputs.get(label(name))?.out?.digest ?? expect.unreachable()));
}

test('it is told of what is found, under its key if it has one, and actions that need not run are counted', async () => {
  const rig = makeRig();
  const nodes = [rig.source('source', 'text'), made('user', { in: edge('source', 'file') })];
  const found = async () => {
    const { events } = await rig.build(nodes, ['user']);
    return {
      hits: events.flatMap(event => (event.type === 'hit' ? [[event.label, event.key]] : [])),
      counted: events.flatMap(event => (event.type === 'finished' ? [event.hits] : [])),
    };
  };
  const source = ['//source', undefined];
  expect(await found()).toEqual({ hits: [source], counted: [0] });
  const user = ['//user', expect.stringMatching(/^[0-9a-f]{64}$/)];
  expect(await found()).toEqual({ hits: [source, user], counted: [1] });
});

test('what is made again because its bytes were lost, and comes out the same, has not changed', async () => {
  const rig = makeRig();
  lose(rig, await rig.build([made('lost')], ['lost']), 'lost');
  const { events } = await rig.build([made('lost')], ['lost'], anew(rig));
  expect(events.flatMap(event => (event.type === 'ran' ? [event.changed] : []))).toEqual([false]);
});

test('what is made anew from another input, and comes out the same, has not changed', async () => {
  const rig = makeRig();
  const user = inProcess('user', 'user', { in: edge('source', 'file') }, async () => ok({ out: 'the same' }));
  const buildWith = (content: string) => rig.build([rig.source('source', content), user], ['user']);
  const builds = [await buildWith('one'), await buildWith('two')];
  const ends = builds.map(({ events }) => events.flatMap(event => (event.type === 'ran' ? [event.changed] : [])));
  expect(ends).toEqual([[true], [false]]);
});

test('a label stands for what was found for it last', async () => {
  const rig = makeRig();
  const latestWith = async (content: string) => {
    await rig.build([rig.source('source', content), made('user', { in: edge('source', 'file') })], ['user']);
    return rig.store.records.latest(label('user'))?.key;
  };
  const first = await latestWith('one');
  expect(await latestWith('two')).not.toBe(first);
  expect(await latestWith('one')).toBe(first);
});

test('it is told whether bytes are gone or are others', async () => {
  const rig = makeRig();
  const built = await rig.build([made('first'), made('second')], ['first', 'second']);
  lose(rig, built, 'first');
  const path = rig.store.blobs.path(built.outputs.get(label('second'))?.out?.digest ?? expect.unreachable());
  chmodSync(path, 0o644);
  writeFileSync(path, 'others');
  const { events } = await rig.build([made('first'), made('second')], ['first', 'second'], anew(rig));
  const reasons = events.flatMap(event => (event.type === 'running' ? [event.reason] : []));
  expect(reasons.sort()).toEqual(['its output out is damaged', 'its output out is missing']);
});

// coin ──► user     the bytes of coin are gone, and it makes different ones while slow, which is new, still runs
// slow ──┘
test('an input that comes out different has nothing to say to a node that waits for another', async () => {
  const rig = makeRig();
  const texts = ['one', 'two'];
  const coin = inProcess('coin', 'coin', {}, async () => ok({ out: texts.shift() ?? 'no more' }));
  lose(rig, await rig.build([coin], ['coin']), 'coin');
  const { promise: ran, resolve: end } = Promise.withResolvers<void>();
  const slow = inProcess('slow', 'slow', {}, async () => {
    await ran;
    return ok({ out: '' });
  });
  const user = made('user', { in: edge('coin'), more: edge('slow') });
  const emit: Emit = event => {
    if (event.type === 'ran' && event.label === label('coin')) setImmediate(end);
  };
  const built = await rig.build([coin, slow, user], ['coin', 'user'], { ...anew(rig), emit });
  expect(built.started).toHaveLength(3);
  expect(await rig.text(built, 'user')).toBe('user two');
});

test('a leaf that cannot be read fails, and nothing that stands on it is looked up', async () => {
  const rig = makeRig();
  const nodes = [rig.source('source', 'text'), made('user', { in: edge('source', 'file') })];
  rmSync(join(rig.folder, 'source'));
  const built = await rig.build(nodes, ['user'], { onFailure: 'keep-going' });
  expect([...built.failures.keys()]).toEqual(['//source']);
  expect(built.events.filter(({ type }) => type === 'skipped')).toMatchObject([{ label: '//user' }]);
});

test('after a failure no more is looked up', async () => {
  const rig = makeRig();
  const refuses: ActionNode = { ...made('refuses'), prepare: () => fail({ code: 'AIB_COMMAND_FAILED', what: 'no' }) };
  const other = made('other');
  const prepare = vi.fn(other.prepare);
  const built = await rig.build([refuses, { ...other, prepare }], ['refuses', 'other']);
  expect([...built.failures.keys()]).toEqual(['//refuses']);
  expect(prepare).not.toHaveBeenCalled();
});

/** A cache with the outputs of these nodes, which have no inputs, built on another machine. */
async function filled(...names: readonly string[]): Promise<LossyCache> {
  const rig = makeRig();
  await rig.build(
    names.map(name => made(name)),
    names,
  );
  const cache = new LossyCache();
  cache.fill(rig.store);
  return cache;
}

test('after a failure nothing is brought from others any more', async () => {
  const [rig, cache] = [makeRig(), await filled('far')];
  const { promise: failed, resolve: fails } = Promise.withResolvers<void>();
  const find = cache.find.bind(cache);
  let asked = 0;
  cache.find = async key => {
    asked += 1;
    // The first two requests were about the nodes without inputs.
    if (asked === 3) await failed;
    return find(key);
  };
  const bad = inProcess('bad', 'bad', {}, async () => fail({ code: 'AIB_COMMAND_FAILED', what: 'no' }));
  const nodes = [made('far'), made('user', { in: edge('far') }), bad];
  const emit: Emit = ({ type }) => {
    if (type === 'failed') fails();
  };
  const built = await rig.build(nodes, ['user', 'bad'], { cache, emit });
  expect([...built.failures.keys()]).toEqual(['//bad']);
  expect(cache.calls.filter(call => call !== 'find')).toEqual([]);
});

test('after an interruption no more inputs are brought from others', async () => {
  const [rig, cache, stop] = [makeRig(), await filled('one', 'two'), new AbortController()];
  const fetch = cache.fetch.bind(cache);
  cache.fetch = async (digest, file) => {
    stop.abort();
    return fetch(digest, file);
  };
  const nodes = [made('one'), made('two'), made('user', { in: edge('one'), more: edge('two') })];
  const built = await rig.build(nodes, ['user'], { cache, signal: stop.signal });
  expect(built.status).toBe('interrupted');
  expect(cache.calls.filter(call => call === 'fetch')).toHaveLength(1);
});

test('an output that a node does not have, and bytes of a leaf that go once it was read, end the build', async () => {
  const rig = makeRig();
  const nodes = [rig.source('source', 'text'), made('user', { in: edge('source', 'file') })];
  await rig.build(nodes, ['user']);
  const targets = [{ label: label('user'), outputs: ['other'] }];
  await expect(rig.build(nodes, [], { targets })).rejects.toThrow('//user has no output other');
  rig.write('source', 'another text');
  vi.spyOn(rig.store.blobs, 'holds').mockReturnValue(false);
  vi.spyOn(rig.store.blobs, 'check').mockResolvedValue('missing');
  await expect(rig.build(nodes, ['user'])).rejects.toThrow('//source has no action');
});

test('a result of others that there is no room to write down fails its node', async () => {
  const [rig, cache] = [makeRig(), await filled('far')];
  vi.spyOn(rig.store.records, 'commit').mockImplementation(() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  });
  const built = await rig.build([made('far')], ['far'], { cache });
  expect([...built.failures].map(([name, { code }]) => [name, code])).toEqual([['//far', 'AIB_STORE_FULL']]);
});
