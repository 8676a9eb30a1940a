import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { edge, label, makeRig, type Rig, shell } from '../../../test/engine/rig.ts';
import { makeGraph, type Node } from '../../engine/model/graph.ts';
import { type KnownState, nodeStates } from './state-facts.ts';

//   source ──► made
function nodes(rig: Rig, command: string): readonly Node[] {
  return [rig.source('source', 'one'), shell('made', command, { in: edge('source', 'file') })];
}

async function stateOf(rig: Rig, command: string, name = 'made'): Promise<KnownState | undefined> {
  const graph = makeGraph(nodes(rig, command));
  if (!graph.ok) throw new Error(graph.error.what);
  const states = await nodeStates(graph.value, [{ label: label('made'), outputs: ['out'] }], rig.store, new Set());
  return states.get(label(name));
}

const build = (rig: Rig, command: string) => rig.build(nodes(rig, command), ['made']);

test('a node is missing, built, stale, and built again if the edit is undone', async () => {
  const rig = makeRig();
  expect((await stateOf(rig, 'cp in out'))?.state).toBe('missing');
  expect((await stateOf(rig, 'cp in out', 'source'))?.state).toBe('external');
  await build(rig, 'cp in out');
  expect((await stateOf(rig, 'cp in out'))?.state).toBe('built');
  expect((await stateOf(rig, 'cat in > out'))?.state).toBe('stale');
  expect((await stateOf(rig, 'cp in out'))?.state).toBe('built');
});

test('a node whose bytes are gone is missing', async () => {
  const rig = makeRig();
  const digest = (await build(rig, 'cp in out')).outputs.get(label('made'))?.out?.digest;
  if (digest !== undefined) rmSync(rig.store.blobs.path(digest));
  expect((await stateOf(rig, 'cp in out'))?.state).toBe('missing');
});

test('a node that failed has failed for as long as a build would try it again, and is still said to be built when it was', async () => {
  const rig = makeRig();
  await build(rig, 'cp in out');
  const before = await stateOf(rig, 'cp in out');
  expect(before?.built).toBeDefined();
  await build(rig, 'exit 3');
  expect(await stateOf(rig, 'exit 3')).toMatchObject({ state: 'failed', built: before?.built });
  expect(await stateOf(rig, 'cp in out')).toEqual(before);
});
