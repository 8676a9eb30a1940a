/** Objects of the outside world in a build: when they are looked up, created, trusted and waited for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import { Estimates } from '../../src/engine/build/estimates.ts';
import { forecast } from '../../src/engine/build/forecast.ts';
import type { Step } from '../../src/engine/model/external.ts';
import { type Label, makeGraph, type Node, OBJECT } from '../../src/engine/model/graph.ts';
import { nodeStates } from '../../src/query/graph/state-facts.ts';
import { Explainer } from '../../src/query/why/explain.ts';
import { LookingIntake } from '../../src/store/sources/intake.ts';
import { fail, ok } from '../../src/util/result.ts';
import { type Built, edge, label, makeRig, type Rig, reopen, shell } from '../engine/rig.ts';
import { Account } from './account.ts';
import { buildAll, forget, makeWorld, objectNode, planOf, typesOf, withoutBlob } from './object-rig.ts';
import { importNode, poolOf } from './provider.ts';
import { OBJECTS } from './world.ts';

describe('an object', () => {
  it('is made once, and then believed: a null build asks nothing', async () => {
    const { rig, account, nodes, build } = makeWorld();
    const first = await build();
    expect(first).toMatchObject({ status: 'done', ran: 4 });
    expect(typesOf(first, 'import').slice(0, 3)).toEqual(['asking', 'absent', 'running']);
    expect(typesOf(first, 'import').at(-1)).toBe('made');
    expect(account.items.map(({ type, region }) => `${type} ${region}`).sort()).toEqual([
      'image east',
      'image home',
      'image west',
      'snapshot home',
    ]);
    expect(account.items.every(({ type, sharedWith }) => type === 'snapshot' || sharedWith[0] === 'everybody')).toBe(
      true,
    );
    const { calls, items } = account;

    const second = await build();
    expect(second).toMatchObject({ status: 'done', ran: 0 });
    expect(account.calls).toBe(calls);
    expect(account.items).toEqual(items);
    expect(typesOf(second, 'import')).toEqual(['known']);
    expect(second.outputs).toEqual(first.outputs);
    expect(rig.store.history.last(label('import'))).toMatchObject({ status: 'done', changed: true });
    expect(await statesOf(rig, nodes)).toEqual({ import: 'known', 'copy/east': 'known', 'copy/west': 'known' });
  });

  it('is not asked for by a plan or a query, which say what is remembered', async () => {
    const { rig, account, nodes, build } = makeWorld();
    expect(await statesOf(rig, nodes)).toEqual({ import: 'unknown', 'copy/east': 'unknown', 'copy/west': 'unknown' });
    await build({}, ['import']);
    const { calls } = account;
    const planned = await planOf(rig, nodes, ['import', 'copy/east']);
    expect(planned.get(label('import'))).toMatchObject({ outlook: 'current', known: { facts: { region: 'home' } } });
    expect(planned.get(label('copy/east'))).toMatchObject({ outlook: 'runs', reason: { type: 'unknown' } });
    expect(account.calls).toBe(calls);
  });

  it('that many others wait beside takes no longer by the plan, for it needs no processor', async () => {
    const rig = makeRig();
    const names = ['a', 'b', 'c'];
    const nodes = names.map(name => objectNode(name, {}));
    const planned = await planOf(rig, nodes, names);
    const { duration, work } = forecast(planned, new Estimates(nodes, undefined), { cpu: 1 });
    expect([duration, work]).toEqual([1_000, 3_000]);
  });

  it('that has yet to be asked for is no change of what reads it', async () => {
    const rig = makeRig();
    const nodes = [objectNode('thing', {}), shell('reader', 'cat thing > out', { thing: edge('thing', OBJECT) })];
    await rig.build(nodes, ['reader']);
    expect((await planOf(rig, nodes, ['reader'], 'out')).get(label('reader'))?.outlook).toBe('current');
    forget(rig, 1);
    const reader = (await planOf(rig, nodes, ['reader'], 'out')).get(label('reader'));
    expect(reader).toMatchObject({ outlook: 'unsure', waitsFor: [label('thing')] });
    expect(reader).not.toHaveProperty('reason');
  });

  it('that waits for another is explained by that, and not as one that was never made', async () => {
    const { rig, nodes, build } = makeWorld();
    await build();
    forget(rig);
    const graph = makeGraph(nodes);
    if (!graph.ok) return expect.unreachable();
    const explainer = new Explainer({
      graph: graph.value,
      plan: await planOf(rig, nodes, ['copy/east']),
      store: rig.store,
      intake: new LookingIntake(rig.store.sources),
      originsOf: () => expect.unreachable(),
      wishesOf: () => undefined,
    });
    const why = await explainer.now(label('copy/east'));
    expect(why).toMatchObject({ verdict: 'unsure', reason: 'a dependency must be built first' });
    expect(why.causes).toMatchObject([{ by: { label: label('import'), reason: 'it has not been looked up yet' } }]);
  });

  it('that is made of something else is planned without that', async () => {
    const { rig, nodes, build } = makeWorld();
    withoutBlob(rig, await build({}, ['import']), 'disk');
    // A copy is made from the import. Only an import that must be created reads the disk.
    expect((await planOf(rig, nodes, ['copy/east'])).get(label('disk'))).toMatchObject({ outlook: 'current' });
    forget(rig, 1);
    expect((await planOf(rig, nodes, ['copy/east'])).get(label('disk'))).toMatchObject({ outlook: 'unsure' });
  });

  it('is found when the memory is lost, by another store, without the disk that it was made from', async () => {
    const { rig, account, nodes, build } = makeWorld();
    const first = await build();
    const { items } = account;
    const disk = first.outputs.get(label('disk'))?.out?.digest;
    if (disk === undefined) return expect.unreachable();
    forget(rig);
    rmSync(rig.store.blobs.path(disk));

    const again = await build();
    expect(again).toMatchObject({ status: 'done', ran: 0 });
    expect(typesOf(again, 'import')).toEqual(['asking', 'found']);
    expect(again.started).toEqual([]);
    expect(again.outputs.get(label('import'))).toEqual(first.outputs.get(label('import')));
    expect(account.items).toEqual(items);

    const elsewhere = reopen(join(rig.folder, 'elsewhere'));
    const other = await buildAll(rig, nodes, { store: elsewhere });
    elsewhere.close();
    expect(other.started).toEqual([label('disk')]);
    expect(account.items).toEqual(items);
  });

  it('that somebody removed is believed to be there, until it is asked for again', async () => {
    const { account, build } = makeWorld();
    await build();
    const east = account.items.find(({ region }) => region === 'east');
    if (east === undefined) return expect.unreachable();
    account.remove(east.id);
    expect(await build()).toMatchObject({ ran: 0 });

    const refreshed = await build({ refresh: true });
    expect(refreshed).toMatchObject({ status: 'done', ran: 1 });
    expect(typesOf(refreshed, 'import')).toEqual(['asking', 'found']);
    expect(typesOf(refreshed, 'copy/east').at(-1)).toBe('made');
    expect(account.items.filter(({ region }) => region === 'east')).toHaveLength(1);
    expect(await build()).toMatchObject({ ran: 0 });
  });

  it('that was found to be gone is not believed in any more, whatever becomes of the build that found it out', async () => {
    const rig = makeRig();
    let isThere = false;
    let isRefused = false;
    const facts = { id: 'it' };
    const thing = objectNode('thing', {
      find: async () => ok(isThere ? { state: 'there', facts } : { state: 'absent' }),
      make: async () => {
        if (isRefused) return fail({ code: 'AIB_PROVIDER', what: 'No' });
        isThere = true;
        return ok({ state: 'there', facts });
      },
    });
    const build = (options?: Partial<BuildRequest>): Promise<Built> => buildAll(rig, [thing], options, ['thing']);
    expect(await build()).toMatchObject({ status: 'done', ran: 1 });
    isThere = false;
    isRefused = true;
    expect((await build({ refresh: true })).status).toBe('failed');
    expect((await build()).status).toBe('failed');
    isRefused = false;
    expect(await build()).toMatchObject({ status: 'done', ran: 1 });
    expect(isThere).toBe(true);
  });

  it('that is finished is found although what it was made from is tidied away', async () => {
    const { rig, account, build } = makeWorld();
    await build();
    const snapshot = account.items.find(({ type }) => type === 'snapshot');
    if (snapshot === undefined) return expect.unreachable();
    account.remove(snapshot.id);
    forget(rig);
    expect(await build()).toMatchObject({ status: 'done', ran: 0 });
    expect(account.items.map(({ type }) => type)).toEqual(['image', 'image', 'image']);
  });

  it('of another content is another object', async () => {
    const { rig, account, nodes, build } = makeWorld();
    await build();
    rig.write('text', 'another disk');
    expect(await buildAll(rig, nodes)).toMatchObject({ status: 'done', ran: 4 });
    expect(account.items).toHaveLength(8);
    // A publication with different content gets the next revision, the same in all regions.
    const revisions = account.items.flatMap(({ type, tags }) => (type === 'image' ? [tags.revision] : []));
    expect(revisions.sort()).toEqual(['0', '0', '0', '1', '1', '1']);
  });

  it('of which two nodes speak is asked for and made once', async () => {
    const rig = makeRig();
    let asked = 0;
    let made = 0;
    const step: Partial<Step> = {
      find: async () => {
        asked += 1;
        return ok({ state: 'absent' });
      },
      make: async () => {
        made += 1;
        return ok({ state: 'there', facts: { id: 'it' } });
      },
    };
    const one = objectNode('one', step);
    const two = { ...objectNode('two', step), describe: one.describe };
    const built = await buildAll(rig, [one, two], {}, ['one', 'two']);
    expect(built).toMatchObject({ status: 'done', ran: 1 });
    expect([asked, made]).toEqual([1, 1]);
    expect(typesOf(built, 'two')).toEqual(['known']);
  });

  it('can be read by an action', async () => {
    const rig = makeRig();
    const nodes = [objectNode('thing', {}), shell('reader', 'cat thing > out', { thing: edge('thing', OBJECT) })];
    expect(await rig.text(await rig.build(nodes, ['reader']), 'reader')).toBe('{"id":"thing"}\n');
  });

  it('is described anew if the file of its facts turns out to be gone while somebody wants it', async () => {
    const rig = makeRig();
    const nodes = [objectNode('thing', {}), shell('reader', 'cat thing > out', { thing: edge('thing', OBJECT) })];
    await rig.build(nodes.slice(0, 1), [], { targets: [{ label: label('thing'), outputs: [OBJECT] }] });
    const { blobs } = rig.store;
    const check = blobs.check.bind(blobs);
    let looks = 0;
    vi.spyOn(blobs, 'holds').mockReturnValue(false);
    vi.spyOn(blobs, 'check').mockImplementation(async digest => {
      looks += 1;
      return looks === 1 || looks === 2 ? 'missing' : check(digest);
    });
    const built = await rig.build(nodes, ['reader']);
    expect(built.status).toBe('done');
    expect(typesOf(built, 'thing')).toEqual(['known']);
    expect(await rig.text(built, 'reader')).toBe('{"id":"thing"}\n');
    expect(looks).toBeGreaterThan(2);
  });

  it('is described anew, without being asked for, where the file of its facts is gone', async () => {
    const { rig, account, build } = makeWorld();
    const first = await build();
    const { calls } = account;
    for (const outputs of first.outputs.values()) {
      const object = outputs[OBJECT];
      if (object !== undefined) rmSync(rig.store.blobs.path(object.digest));
    }
    const again = await build();
    expect(again).toMatchObject({ status: 'done', ran: 0 });
    expect(account.calls).toBe(calls);
    expect(await rig.text(again, 'import', OBJECT)).toMatch(/^\{"id":"id-.*","region":"home"\}\n$/);
  });
});

describe('room', () => {
  it('is taken for each call to a region, and given back while something is waited for', async () => {
    const rig = makeRig();
    let now = 0;
    let most = 0;
    const pending = new Set<string>();
    let mostPending = 0;
    const call = async <T>(answer: () => T): Promise<T> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(resolve => setTimeout(resolve, 2));
      now -= 1;
      return answer();
    };
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const polls = new Map<string, number>();
    const nodes = names.map(name =>
      objectNode(name, {
        find: () => call(() => ok({ state: 'absent' })),
        make: () =>
          call(() => {
            pending.add(name);
            return ok({ state: 'pending', handle: { name }, again: 5 });
          }),
        poll: ({ name: asked = '' }) =>
          call(() => {
            mostPending = Math.max(mostPending, pending.size);
            polls.set(asked, (polls.get(asked) ?? 0) + 1);
            // None exists before all have been started.
            if (pending.size < names.length) return ok({ state: 'pending', handle: { name: asked }, again: 5 });
            return ok({ state: 'there', facts: { name: asked } });
          }),
      }),
    );
    const built = await buildAll(rig, nodes, { capacity: { cpu: 1, world: 1 } }, names);
    expect(built).toMatchObject({ status: 'done', ran: 6 });
    expect(most).toBe(1);
    expect(mostPending).toBe(6);
    expect(polls.size).toBe(6);
  });

  it('in one region is not that of another', async () => {
    const rig = makeRig();
    const account = new Account(join(rig.folder, 'account'), { slow: 30 });
    const regions = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'];
    const nodes = regions.flatMap(name => {
      const disk = rig.source(`disk-${name}`, name);
      const place = { account, region: name.slice(0, 1), name, regions: [] };
      return [disk, importNode(label(name), { label: disk.label, output: 'file' }, place)];
    });
    await buildAll(rig, nodes, { capacity: { cpu: 2, [poolOf('a')]: 1, [poolOf('b')]: 2 } }, regions);
    expect(Object.fromEntries(account.crowds)).toEqual({ a: 1, b: 2 });
  });
});

async function statesOf(rig: Rig, nodes: readonly Node[]): Promise<Readonly<Record<string, string>>> {
  const graph = makeGraph(nodes);
  if (!graph.ok) return expect.unreachable();
  const targets = OBJECTS.map(name => ({ label: label(name), outputs: [OBJECT] }));
  const states = await nodeStates(graph.value, targets, rig.store, new Set());
  return Object.fromEntries(OBJECTS.map(name => [name, states.get(label(name) as Label)?.state ?? '']));
}
