/** What is told, asked and done again while a build finds out what must run; which outcomes there are is tested in test/engine. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LossyCache } from '../../../test/engine/lossy-cache.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen } from '../../../test/engine/rig.ts';
import { watchStates } from '../../../test/engine/watch-states.ts';
import { fail, ok } from '../../util/result.ts';
import type { ActionNode, Edge } from '../model/graph.ts';

const made = (name: string, inputs: Readonly<Record<string, Edge>> = {}): ActionNode =>
  inProcess(name, name, inputs, async ({ in: text = '' }) => ok({ out: `${name} ${text}` }));

/** As the next aib would: nothing is known of blobs that the last one saw. */
function anew(rig: Rig) {
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  return { store };
}

function lose(rig: Rig, built: Built, name: string): void {
  rmSync(rig.store.blobs.path(built.outputs.get(label(name))?.out?.digest ?? expect.unreachable()));
}

test('of what is found it is told under which key, unless it has none', async () => {
  const rig = makeRig();
  const nodes = [rig.source('source', 'text'), made('user', { in: edge('source', 'file') })];
  await rig.build(nodes, ['user']);
  const { events } = await rig.build(nodes, ['user']);
  const hits = events.flatMap(event => (event.type === 'hit' ? [[event.label, event.key]] : []));
  expect(hits).toEqual([
    ['//source', undefined],
    ['//user', expect.stringMatching(/^[0-9a-f]{64}$/)],
  ]);
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

test('after a failure no more is looked up', async () => {
  const rig = makeRig();
  const refuses: ActionNode = { ...made('refuses'), prepare: () => fail({ code: 'AIB_COMMAND_FAILED', what: 'no' }) };
  const other = made('other');
  const prepare = vi.fn(other.prepare);
  const built = await rig.build([refuses, { ...other, prepare }], ['refuses', 'other']);
  expect([...built.failures.keys()]).toEqual(['//refuses']);
  expect(prepare).not.toHaveBeenCalled();
});

test('what is found, and whose bytes nobody wants, makes nobody look for them twice', async () => {
  const rig = makeRig();
  await rig.build([made('first')], ['first']);
  const changes = watchStates();
  await rig.build([made('first'), made('user', { in: edge('first') })], ['user']);
  const prepared = changes.filter(({ name, to }) => name === '//user' && to === 'preparing');
  expect(prepared).toHaveLength(1);
});

test('a result of others that there is no room to write down fails its node', async () => {
  const [rig, other] = [makeRig(), makeRig()];
  await other.build([made('far')], ['far']);
  const cache = new LossyCache();
  cache.fill(other.store);
  vi.spyOn(rig.store.records, 'commit').mockImplementation(() => {
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  });
  const built = await rig.build([made('far')], ['far'], { cache });
  expect([...built.failures].map(([name, { code }]) => [name, code])).toEqual([['//far', 'AIB_STORE_FULL']]);
});
