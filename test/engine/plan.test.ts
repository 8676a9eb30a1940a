/** A plan must predict the next build, and change nothing. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Estimates } from '../../src/engine/build/estimates.ts';
import { forecast } from '../../src/engine/build/forecast.ts';
import { type Plan, plan } from '../../src/engine/build/plan.ts';
import { type Label, makeGraph, type Node } from '../../src/engine/model/graph.ts';

import { reasonText } from '../../src/engine/model/reason.ts';
import { LookingIntake } from '../../src/store/sources/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { makeRandom, syntheticGraph } from '../torture/synthetic-graph.ts';
import { edge, inProcess, label, makeRig, type Rig, reopen, shell } from './rig.ts';

async function planOf(nodes: readonly Node[], targets: readonly string[], store: Store | undefined): Promise<Plan> {
  const graph = makeGraph(nodes);
  if (!graph.ok) throw new Error(graph.error.what);
  const wanted = targets.map(name => ({ label: label(name), outputs: ['out'] }));
  return plan({ graph: graph.value, targets: wanted, store, intake: new LookingIntake(store?.sources) });
}

/** Lines `name outlook: reason` for the nodes that are not up to date. */
function summary(planned: Plan): readonly string[] {
  return [...planned.values()]
    .filter(({ outlook }) => outlook !== 'current')
    .map(({ node, outlook, reason }) => {
      const why = reason === undefined ? '' : `: ${reasonText(reason)}`;
      return `${node.label.slice(2)} ${outlook}${why}`;
    });
}

//   source ──► length ──► double
//          └─► copy ───────┘
function nodes(rig: Rig, text: string, salt = 'x'): readonly Node[] {
  return [
    rig.source('source', text),
    shell('length', 'wc -c < in > out', { in: edge('source', 'file') }),
    shell('copy', 'cp in out', { in: edge('source', 'file') }),
    inProcess('double', salt, { a: edge('length'), b: edge('copy') }, async texts => ({
      ok: true,
      value: { out: `${texts.a}${texts.b}` },
    })),
  ];
}

describe('a plan', () => {
  test('without a store makes everything', async () => {
    const rig = makeRig();
    expect(summary(await planOf(nodes(rig, 'one'), ['double'], undefined))).toEqual([
      'length runs: never built here',
      'copy runs: never built here',
      'double runs: never built here',
    ]);
  });

  test('of what was built has nothing to do', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig, 'one'), ['double']);
    expect(summary(await planOf(nodes(rig, 'one'), ['double'], rig.store))).toEqual([]);
  });

  test('tells what runs for certain from what depends on the outcome, where a build may be cut off early', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig, 'one'), ['double']);
    const planned = await planOf(nodes(rig, 'two'), ['double'], rig.store);
    expect(summary(planned)).toEqual(['length runs: input in changed', 'copy runs: input in changed', 'double unsure']);
    expect(planned.get(label('double'))?.waitsFor).toEqual([label('length'), label('copy')]);
  });

  test('says of a node that waits for others what has changed of itself', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig, 'one'), ['double']);
    expect(summary(await planOf(nodes(rig, 'two', 'y'), ['double'], rig.store))).toContain(
      'double unsure: text changed',
    );
  });

  test('says so, too, of a node that depends on something new', async () => {
    const rig = makeRig();
    const read = { in: edge('source', 'file') };
    const two = [rig.source('source', 'one'), shell('a', 'cp in out', read), shell('b', 'cp a out', { a: edge('a') })];
    await rig.build(two, ['b']);
    const three = [...two.slice(0, 2), shell('new', 'wc -c < in > out', read)];
    const b = shell('b', 'cat a new > out', { a: edge('a'), new: edge('new') });
    expect(summary(await planOf([...three, b], ['b'], rig.store))).toEqual([
      'new runs: never built here',
      'b unsure: argument 2, input new changed',
    ]);
  });

  test('does not take an executable input for another one', async () => {
    const rig = makeRig();
    const graph = (text: string): readonly Node[] => [
      rig.source('source', text),
      shell('other', 'wc -c < in > out', { in: edge('source', 'file') }),
      shell('tool', 'echo true > out; chmod 755 out'),
      shell('uses', 'cat tool other > out', { tool: edge('tool'), other: edge('other') }),
    ];
    await rig.build(graph('one'), ['uses']);
    expect(summary(await planOf(graph('three'), ['uses'], rig.store))).toEqual([
      'other runs: input in changed',
      'uses unsure',
    ]);
  });

  test('makes lost bytes again where they are asked for, and only there', async () => {
    const rig = makeRig();
    const built = await rig.build(nodes(rig, 'one'), ['double']);
    const lose = (name: string): void => {
      const digest = built.outputs.get(label(name))?.out?.digest;
      if (digest !== undefined) rmSync(rig.store.blobs.path(digest));
    };
    lose('copy');
    expect(summary(await planOf(nodes(rig, 'one'), ['double'], rig.store))).toEqual([]);
    expect(summary(await planOf(nodes(rig, 'one', 'y'), ['double'], rig.store))).toEqual([
      'copy runs: its output out is missing',
      'double runs: text changed',
    ]);
    lose('double');
    expect(summary(await planOf(nodes(rig, 'one'), ['double'], rig.store))).toEqual([
      'copy runs: its output out is missing',
      'double runs: its output out is missing',
    ]);
  });

  test('names what cannot be read, and what cannot be made for it', async () => {
    const rig = makeRig();
    const all = nodes(rig, 'one');
    rmSync(join(rig.folder, 'source'));
    const planned = await planOf(all, ['double'], rig.store);
    expect(summary(planned)).toEqual(['source broken', 'length broken', 'copy broken', 'double broken']);
    expect(planned.get(label('source'))?.failure?.code).toBe('AIB_SOURCE');
    expect(planned.get(label('double'))?.waitsFor).toEqual([label('length'), label('copy')]);
  });

  test('changes nothing in the store', async () => {
    const rig = makeRig();
    await rig.build(nodes(rig, 'one'), ['double']);
    const contents = (): readonly string[] =>
      readdirSync(rig.store.folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile() && !entry.name.endsWith('-shm'))
        .map(entry => `${entry.name} ${readFileSync(join(entry.parentPath, entry.name)).toString('base64')}`);
    const before = contents();
    await planOf(nodes(rig, 'two', 'y'), ['double'], rig.store);
    expect(contents()).toEqual(before);
  });

  test.each([1, 2, 3, 4, 5, 6])('of a graph after edits and losses is what the build does (seed %d)', async seed => {
    const rig = makeRig();
    const random = makeRandom(seed);
    const options = { sources: join(rig.folder, 'sources'), seed, layers: 5, width: 6 };
    const all = [...syntheticGraph(options)];
    const first = await rig.build(all, ['all']);
    for (let round = 0; round < 4; round += 1) {
      rig.write(`sources/s${Math.floor(random() * 5)}`, String(random()));
      for (const { out } of first.outputs.values())
        if (out !== undefined && random() < 0.2) rmSync(rig.store.blobs.path(out.digest), { force: true });
      // Like another process, because this one has checked the blobs already.
      const store = reopen(rig.store.folder);
      const planned = await planOf(all, ['all'], store);
      const built = await rig.build(all, ['all'], { store });
      store.close();
      for (const started of built.started) expect(['runs', 'unsure']).toContain(planned.get(started as Label)?.outlook);
      for (const { node, outlook } of planned.values())
        if (outlook === 'runs') expect(built.started).toContain(node.label);
    }
  });
});

describe('a forecast', () => {
  test('is the longest chain where there is room for all, and the sum where there is room for one', async () => {
    const rig = makeRig();
    const all = nodes(rig, 'one');
    const planned = await planOf(all, ['double'], undefined);
    // Each node that never ran counts as one second.
    const estimates = new Estimates(all, undefined);
    expect(forecast(planned, estimates, {})).toEqual({
      duration: 2_000,
      work: 3_000,
      criticalPath: [
        { label: label('length'), duration: 1_000 },
        { label: label('double'), duration: 1_000 },
      ],
    });
    expect(forecast(planned, estimates, { cpu: 1 }).duration).toBe(3_000);
  });

  test('of nothing to do takes no time', async () => {
    const rig = makeRig();
    const all = nodes(rig, 'one');
    await rig.build(all, ['double']);
    const planned = await planOf(all, ['double'], rig.store);
    expect(forecast(planned, new Estimates(all, rig.store.history), {})).toEqual({
      duration: 0,
      work: 0,
      criticalPath: [],
    });
  });

  test('takes what ran here for as long as it took', async () => {
    const rig = makeRig();
    const all = nodes(rig, 'one');
    const run = rig.store.history.begin('test', 0);
    const execution = {
      kind: 'command',
      key: 'k' as never,
      started: 0,
      status: 'done',
      reason: '',
      queued: 0,
      slot: 0,
      resources: {},
      after: [],
    } as const;
    rig.store.history.add(run, { ...execution, label: label('length'), duration: 50_000 });
    rig.store.history.add(run, { ...execution, label: label('copy'), duration: 10_000 });
    const planned = await planOf(all, ['double'], undefined);
    const { criticalPath, duration } = forecast(planned, new Estimates(all, rig.store.history), { cpu: 2 });
    expect(criticalPath[0]).toEqual({ label: label('length'), duration: 50_000 });
    expect(duration).toBeGreaterThanOrEqual(50_000);
  });
});
