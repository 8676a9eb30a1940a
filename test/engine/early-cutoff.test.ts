/** How far a change propagates: to the nodes that use exactly the changed output, and no further. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Target } from '../../src/engine/build/build.ts';
import type { ActionNode, Edge } from '../../src/engine/model/graph.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen } from './rig.ts';
import { watchStates } from './watch-states.ts';

const copy = (name: string, input: Edge): ActionNode =>
  inProcess(name, name, { in: input }, async ({ in: text = '' }) => ok({ out: text }));

function target(name: string, ...outputs: readonly string[]): Target {
  return { label: label(name), outputs };
}

/** Builds like the next process: it knows nothing about the blobs that the last one checked. */
async function buildAnew(rig: Rig, nodes: readonly ActionNode[], targets: readonly Target[]): Promise<Built> {
  const store = reopen(join(rig.folder, 'cache'));
  try {
    return await rig.build(nodes, [], { store, targets });
  } finally {
    store.close();
  }
}

function lose(rig: Rig, built: Built, name: string, output: string): void {
  rmSync(rig.store.blobs.path(built.outputs.get(label(name))?.[output]?.digest ?? expect.unreachable()));
}

// coin ──out──► user     log is lost, so coin runs again: its log is the same as before
//    └───log
test.each([
  ['changes', ['one', 'two'], ['//coin', '//user']],
  ['does not', ['one', 'one'], ['//coin']],
])('of two outputs one stays and the other %s: what used that one follows it', async (_, texts, started) => {
  const rig = makeRig();
  const left = [...texts];
  const work = async () => ok({ out: left.shift() ?? 'no more', log: 'the same' });
  const nodes = [inProcess('coin', '', {}, work, { outputs: ['out', 'log'] }), copy('user', edge('coin'))];
  const targets = [target('coin', 'log'), target('user', 'out')];
  const first = await buildAnew(rig, nodes, targets);
  lose(rig, first, 'coin', 'log');
  const changes = watchStates();
  const again = await buildAnew(rig, nodes, targets);
  expect(again.started).toEqual(started);
  expect(await rig.text(again, 'user')).toBe(texts.at(-1));
  const resolved = changes.filter(({ name, to }) => name === '//user' && to === 'resolving');
  expect(resolved).toHaveLength(texts[0] === texts[1] ? 1 : 2);
});

test('bytes of which an action reads no more than the digest are not made again', async () => {
  const rig = makeRig();
  const coin = inProcess('coin', '', {}, async () => ok({ out: 'text' }));
  const first = await buildAnew(rig, [coin], [target('coin', 'out')]);
  lose(rig, first, 'coin', 'out');
  const reader = inProcess('reader', 'reader', {}, async () => ok({ out: 'of a digest' }));
  const node: ActionNode = { ...reader, inputs: { in: edge('coin') }, prepare: () => reader.prepare({}) };
  const built = await buildAnew(rig, [coin, node], [target('reader', 'out')]);
  expect(built.started).toEqual(['//reader']);
  expect(await rig.text(built, 'reader')).toBe('of a digest');
});

test('each node is prepared once in a build that has nothing to do', async () => {
  const rig = makeRig();
  const prepared: string[] = [];
  const counted = (node: ActionNode): ActionNode => ({
    ...node,
    prepare: inputs => {
      prepared.push(node.label);
      return node.prepare(inputs);
    },
  });
  const root = inProcess('root', '', {}, async () => ok({ out: 'text' }));
  const nodes = [root, copy('a', edge('root')), copy('b', edge('a'))].map(counted);
  const targets = nodes.map(node => ({ label: node.label, outputs: ['out'] }));
  await buildAnew(rig, nodes, targets);
  prepared.length = 0;
  const again = await buildAnew(rig, nodes, targets);
  expect(again.ran).toBe(0);
  expect(prepared).toEqual(['//root', '//a', '//b']);
});
