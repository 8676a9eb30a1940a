/** Objects of the outside world in a build: when they are asked for, made, believed, waited for and left. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import { Estimates } from '../../src/engine/build/estimates.ts';
import { forecast } from '../../src/engine/build/forecast.ts';
import { type Plan, plan } from '../../src/engine/build/plan.ts';
import type { MakeContext, Step } from '../../src/engine/model/external.ts';
import {
  type Edge,
  type ExternalNode,
  externalNode,
  type Label,
  makeGraph,
  type Node,
  OBJECT,
} from '../../src/engine/model/graph.ts';
import { nodeStates } from '../../src/query/graph/state-facts.ts';
import { Explainer } from '../../src/query/why/explain.ts';
import type { PackageHistory } from '../../src/query/why/package-history.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { LookingIntake } from '../../src/store/sources/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { fail, ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen, shell, type Work } from '../engine/rig.ts';
import { Account, type Manners } from './account.ts';
import { importNode, poolOf } from './provider.ts';
import { imageNodes, OBJECTS } from './world.ts';

interface World {
  readonly rig: Rig;
  readonly account: Account;
  readonly nodes: readonly Node[];
  readonly build: (options?: Partial<BuildRequest>, targets?: readonly string[]) => Promise<Built>;
}

function makeWorld(manners: Manners = {}): World {
  const rig = makeRig();
  const account = new Account(join(rig.folder, 'account'), manners);
  rig.write('text', 'the disk');
  const nodes = imageNodes(rig.folder, account);
  return { rig, account, nodes, build: (options, targets) => buildAll(rig, nodes, options, targets) };
}

function buildAll(
  rig: Rig,
  nodes: readonly Node[],
  options: Partial<BuildRequest> = {},
  targets: readonly string[] = OBJECTS,
): Promise<Built> {
  return rig.build(nodes, [], {
    targets: targets.map(name => ({ label: label(name), outputs: [OBJECT] })),
    ...options,
  });
}

const typesOf = (built: Built, name: string): readonly string[] =>
  built.events.flatMap(event => ('label' in event && event.label === label(name) ? [event.type] : []));

/** One object of a single step, which a test writes itself. */
function objectNode(name: string, step: Partial<Step>, inputs: Readonly<Record<string, Edge>> = {}): ExternalNode {
  const there = { state: 'there', facts: { id: name } } as const;
  return externalNode({
    label: label(name),
    kind: 'object',
    inputs,
    describe: given =>
      ok({
        sort: 'test-object',
        parameters: { name },
        contents: Object.fromEntries(Object.entries(given).map(([input, { digest }]) => [input, digest])),
      }),
    steps: [
      {
        name: 'object',
        pool: 'world',
        reads: [],
        find: async () => ok({ state: 'absent' }),
        make: async () => ok(there),
        ...step,
      },
    ],
  });
}

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
      // Objects have none.
      packages: {} as PackageHistory,
    });
    const why = await explainer.now(label('copy/east'));
    expect(why).toMatchObject({ verdict: 'unsure', reason: 'something that it depends on is made first' });
    expect(why.causes).toMatchObject([{ by: { label: label('import'), reason: 'nobody has asked for it here' } }]);
  });

  it('that is made of something else is planned without that', async () => {
    const { rig, nodes, build } = makeWorld();
    withoutBlob(rig, await build({}, ['import']), 'disk');
    // A copy is made of the import. Only an import that has to be made reads the disk.
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
    // What is published with another content gets the next revision, in all regions the same.
    const revisions = account.items.flatMap(({ type, tags }) => (type === 'image' ? [tags.revision] : []));
    expect(revisions.sort()).toEqual(['0', '0', '0', '1', '1', '1']);
  });

  it('of which two nodes speak is asked for and made once', async () => {
    const rig = makeRig();
    let made = 0;
    const step: Partial<Step> = {
      make: async () => {
        made += 1;
        return ok({ state: 'there', facts: { id: 'it' } });
      },
    };
    const one = objectNode('one', step);
    const two = { ...objectNode('two', step), describe: one.describe };
    const built = await buildAll(rig, [one, two], {}, ['one', 'two']);
    expect(built).toMatchObject({ status: 'done', ran: 1 });
    expect(made).toBe(1);
    expect(typesOf(built, 'two')).toEqual(['known']);
  });

  it('can be read by an action', async () => {
    const rig = makeRig();
    const nodes = [objectNode('thing', {}), shell('reader', 'cat thing > out', { thing: edge('thing', OBJECT) })];
    expect(await rig.text(await rig.build(nodes, ['reader']), 'reader')).toBe('{"id":"thing"}\n');
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

describe('a failure', () => {
  it('in one region holds up no other one', async () => {
    const { account, build } = makeWorld({ closed: ['east'] });
    const built = await build({ onFailure: 'stop', capacity: { cpu: 1, [poolOf('east')]: 1 } });
    expect(built.status).toBe('failed');
    expect([...built.failures.keys()]).toEqual([label('copy/east')]);
    expect(built.failures.get(label('copy/east'))).toMatchObject({ code: 'AIB_PROVIDER', where: 'folder/east' });
    expect(typesOf(built, 'copy/west').at(-1)).toBe('made');
    expect(account.items.filter(({ type }) => type === 'image')).toHaveLength(2);
  });

  it('is none of the actions beside it', async () => {
    const rig = makeRig();
    const refused = objectNode('refused', { find: async () => fail({ code: 'AIB_PROVIDER', what: 'No' }) });
    const after = inProcess('after', '', { refused: edge('refused', OBJECT) }, async () => ok({ out: '' }));
    const beside = shell('beside', 'sleep 0.2; echo > out');
    const later = shell('later', 'cp beside out', { beside: edge('beside') });
    const nodes = [refused, after, beside, later];
    const built = await rig.build(nodes, ['after', 'later']);
    expect(built.status).toBe('failed');
    expect(built.started).toEqual([label('beside'), label('later')]);
    const failed = built.events.find(event => event.type === 'failed');
    expect(failed).toMatchObject({ label: label('refused'), external: true });
    const skipped = built.events.find(event => event.type === 'skipped');
    expect(skipped).toMatchObject({ label: label('after'), because: label('refused') });
    expect(skipped).not.toHaveProperty('external');
  });

  it('of an action lets an object that was begun be finished, and begins no other', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: failed, resolve: goOn } = Promise.withResolvers<void>();
    const thing = objectNode('thing', {
      make: async () => {
        begin();
        await failed;
        return ok({ state: 'there', facts: { id: 'thing' } });
      },
    });
    const other = objectNode('other', {}, { thing: edge('thing', OBJECT) });
    const broken = inProcess('broken', '', {}, async () => {
      await begun;
      return fail({ code: 'AIB_COMMAND_FAILED', what: 'No' });
    });
    const targets = [
      { label: label('other'), outputs: [OBJECT] },
      { label: label('broken'), outputs: ['out'] },
    ];
    const emit: BuildRequest['emit'] = event => {
      if (event.type === 'failed') goOn();
    };
    const built = await makeRig().build([thing, other, broken], [], { targets, emit });
    expect([...built.failures.keys()]).toEqual([label('broken')]);
    expect(typesOf(built, 'thing').at(-1)).toBe('made');
    expect(typesOf(built, 'other')).toEqual(['skipped']);
  });

  it('of a step that vanished while it was waited for is told as that', async () => {
    const rig = makeRig();
    const lost = objectNode('lost', {
      make: async () => ok({ state: 'pending', handle: {}, again: 1 }),
      poll: async () => ok({ state: 'absent' }),
    });
    const built = await buildAll(rig, [lost], {}, ['lost']);
    expect(built.failures.get(label('lost'))).toMatchObject({ code: 'AIB_OBJECT_LOST' });
  });

  it('of what describes it fails the node alone', async () => {
    const rig = makeRig();
    const broken: ExternalNode = {
      ...objectNode('broken', {}),
      describe: () => fail({ code: 'AIB_PROVIDER', what: 'There is no such account' }),
    };
    const built = await buildAll(rig, [broken, objectNode('good', {})], {}, ['broken', 'good']);
    expect([...built.failures.keys()]).toEqual([label('broken')]);
    expect(built.outputs.has(label('good'))).toBe(true);
  });

  it('is the last that is said of an object', async () => {
    const rig = makeRig();
    let late: MakeContext['progress'] | undefined;
    const refused = objectNode('refused', {
      make: async ({ progress }) => {
        late = progress;
        return fail({ code: 'AIB_PROVIDER', what: 'No' });
      },
    });
    const built = await buildAll(rig, [refused], {}, ['refused']);
    // Another of its transfers goes on for a while.
    late?.({ done: 2, total: 2 });
    expect(typesOf(built, 'refused').at(-1)).toBe('failed');
  });

  it('of one node leaves the object to another that speaks of it', async () => {
    const rig = makeRig();
    const full = Object.assign(new Error('there is no room'), { code: 'ENOSPC' });
    const one = objectNode('one', {
      make: async () => {
        throw full;
      },
    });
    const two = { ...objectNode('two', {}), describe: one.describe };
    const built = await buildAll(rig, [one, two], {}, ['one', 'two']);
    expect(built.failures.get(label('one'))).toMatchObject({ code: 'AIB_STORE_FULL' });
    expect(typesOf(built, 'two').at(-1)).toBe('made');
    // The place in which the first one ran is free again.
    expect(built.events.flatMap(event => (event.type === 'running' ? [event.slot] : []))).toEqual([0, 0]);
  });

  it('of what it is made of leaves it to a node that has that from elsewhere', async () => {
    const rig = makeRig();
    let isBroken = false;
    const broken = inProcess('broken', 'a disk', {}, async () =>
      isBroken ? fail({ code: 'AIB_COMMAND_FAILED', what: 'No' }) : ok({ out: 'disk' }),
    );
    const sound = inProcess('sound', 'the same disk', {}, async () => ok({ out: 'disk' }));
    const one = objectNode('one', { reads: ['disk'] }, { disk: edge('broken') });
    const two = { ...objectNode('two', { reads: ['disk'] }, { disk: edge('sound') }), describe: one.describe };
    const nodes = [broken, sound, one, two];
    const disks = await rig.build(nodes, ['broken', 'sound']);
    const store = withoutBlob(rig, disks, 'broken');
    isBroken = true;
    const built = await buildAll(rig, nodes, { store, onFailure: 'keep-going' }, ['one', 'two']);
    expect([...built.failures.keys()]).toEqual([label('broken')]);
    expect(typesOf(built, 'one').at(-1)).toBe('skipped');
    expect(typesOf(built, 'two').at(-1)).toBe('made');
  });

  it('of onMiss keeps it from being made', async () => {
    const { account, build } = makeWorld();
    const built = await build({
      onMiss: async ({ node }) =>
        node.type === 'external' ? fail({ code: 'AIB_NOT_CACHED', what: 'No' }) : ok(undefined),
    });
    expect(built.failures.get(label('import'))).toMatchObject({ code: 'AIB_NOT_CACHED' });
    expect(account.items).toEqual([]);
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
            // None is there before all were begun.
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

describe('Ctrl-C', () => {
  it('never breaks off a request, and the next build finds what it made', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    let made = 0;
    const thing = objectNode('thing', {
      find: async () => ok(made === 0 ? { state: 'absent' } : { state: 'there', facts: { id: 'thing' } }),
      make: async () => {
        stop.abort();
        await new Promise(resolve => setTimeout(resolve, 50));
        made += 1;
        return ok({ state: 'there', facts: { id: 'thing' } });
      },
    });
    const built = await buildAll(rig, [thing], { signal: stop.signal }, ['thing']);
    expect(built).toMatchObject({ status: 'interrupted', ran: 1 });
    expect(made).toBe(1);
    expect(await buildAll(rig, [thing], {}, ['thing'])).toMatchObject({ status: 'done', ran: 0 });
    expect(made).toBe(1);
  });

  it('lets no further step be taken, and another build goes on from there', async () => {
    const { account, build } = makeWorld({ slow: 200 });
    const stop = new AbortController();
    const stopped = await build(
      {
        signal: stop.signal,
        emit: event => {
          if (event.type === 'pending') stop.abort();
        },
      },
      ['import'],
    );
    expect(stopped.status).toBe('interrupted');
    expect(typesOf(stopped, 'import').slice(-2)).toEqual(['cancelled', 'skipped']);
    expect(account.items.map(({ type }) => type)).toEqual(['snapshot']);
    const [snapshot] = account.items;

    const next = await build({}, ['import']);
    expect(next.status).toBe('done');
    expect(account.items.filter(({ type }) => type === 'snapshot')).toEqual([snapshot]);
    const pending = next.events.flatMap(event => (event.type === 'pending' ? [event] : []));
    expect(pending[0]).toMatchObject({ step: 'snapshot', progress: { total: 200 } });
    expect(pending[0]?.progress.left).toBeGreaterThan(0);
  });

  it('does not wait for the end of a pause', async () => {
    const stop = new AbortController();
    const built = await buildAll(
      makeRig(),
      [objectNode('slow', { make: async () => ok({ state: 'pending', handle: {}, again: 24 * 3_600_000 }) })],
      {
        signal: stop.signal,
        emit: event => {
          if (event.type === 'pending') stop.abort();
        },
      },
      ['slow'],
    );
    expect(built.status).toBe('interrupted');
    expect(typesOf(built, 'slow').slice(-2)).toEqual(['cancelled', 'skipped']);
  });

  it('while it is asked for cancels it', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    const slow = objectNode('slow', {
      find: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          stop.abort();
        }),
    });
    const built = await buildAll(rig, [slow], { signal: stop.signal }, ['slow']);
    expect(built.status).toBe('interrupted');
    expect(typesOf(built, 'slow')).toEqual(['asking', 'cancelled', 'skipped']);
  });
});

describe('an input that comes out different', () => {
  /** Builds the disk, and loses the bytes of an output of it; the store has yet to notice. */
  async function losing(rig: Rig, nodes: readonly Node[], output: string): Promise<Store> {
    return withoutBlob(rig, await rig.build(nodes, ['disk']), 'disk', output);
  }

  it('while its bytes are brought makes another object, and not the one that was asked for first', async () => {
    const rig = makeRig();
    const account = new Account(join(rig.folder, 'account'));
    let count = 0;
    const disk = inProcess('disk', 'random', {}, async () => {
      count += 1;
      return ok({ out: `disk ${count}` });
    });
    const place = { account, region: 'home', name: 'image', regions: ['home'] };
    const nodes = [disk, importNode(label('import'), edge('disk'), place)];
    const built = await buildAll(rig, nodes, { store: await losing(rig, nodes, 'out') }, ['import']);
    expect(built).toMatchObject({ status: 'done', ran: 2 });
    expect(typesOf(built, 'import').filter(type => type === 'asking')).toHaveLength(2);
    expect(account.items).toHaveLength(2);
  });

  /** What a test of a disk that comes out different while an object is being made of it has to know of the moments. */
  interface Moments {
    /** To be called when the object is being made. */
    readonly begin: () => void;
    /** When the disk has come out different. */
    readonly remade: Promise<void>;
  }

  /** Both outputs of the disk come out different, and only the second is missed, by somebody who asks when `thing` has begun. */
  async function remakingMeanwhile(
    rig: Rig,
    thingOf: (moments: Moments) => ExternalNode,
    options: Partial<BuildRequest> = {},
  ): Promise<Built> {
    const { promise: began, resolve: begin } = Promise.withResolvers<void>();
    const { promise: remade, resolve: remake } = Promise.withResolvers<void>();
    let count = 0;
    const work: Work = async () => {
      count += 1;
      return ok({ out: `disk ${count}`, more: `more ${count}` });
    };
    const disk = inProcess('disk', 'two outputs', {}, work, { outputs: ['out', 'more'] });
    const late = inProcess('late', '', {}, async () => {
      await began;
      return ok({ out: '' });
    });
    const user = inProcess('user', '', { more: edge('disk', 'more'), late: edge('late') }, async ({ more = '' }) =>
      ok({ out: more }),
    );
    const nodes = [disk, thingOf({ begin, remade }), late, user];
    const store = await losing(rig, nodes, 'more');
    const targets = [
      { label: label('thing'), outputs: [OBJECT] },
      { label: label('user'), outputs: ['out'] },
    ];
    const built = await rig.build(nodes, [], {
      targets,
      store,
      ...options,
      emit: event => {
        if (event.type === 'ran' && event.label === label('disk')) remake();
        options.emit?.(event);
      },
    });
    expect(await rig.text(built, 'user')).toBe('more 2');
    return built;
  }

  it('while it is being made stops it at the next place where that can be done', async () => {
    const made: string[] = [];
    const built = await remakingMeanwhile(makeRig(), ({ begin }) =>
      objectNode(
        'thing',
        {
          make: async ({ identity }) => {
            made.push(identity);
            if (made.length > 1) return ok({ state: 'there', facts: { id: identity } });
            begin();
            return ok({ state: 'pending', handle: {}, again: 20 });
          },
          poll: async () => ok({ state: 'pending', handle: {}, again: 20 }),
        },
        { disk: edge('disk') },
      ),
    );
    expect(built.status).toBe('done');
    expect(made).toHaveLength(2);
    expect(new Set(made).size).toBe(2);
    expect(typesOf(built, 'thing')).toEqual(expect.arrayContaining(['cancelled', 'made']));
  });

  it('while a request is on its way is not what that request reads', async () => {
    const read: { readonly wanted: string | undefined; readonly got: string }[] = [];
    const built = await remakingMeanwhile(makeRig(), ({ begin, remade }) =>
      objectNode(
        'thing',
        {
          reads: ['disk'],
          make: async ({ object, path }) => {
            begin();
            await remade;
            read.push({ wanted: object.contents.disk?.hash, got: digestOf(readFileSync(path('disk'))).hash });
            return ok({ state: 'there', facts: { id: 'thing' } });
          },
        },
        { disk: edge('disk') },
      ),
    );
    expect(built.status).toBe('done');
    expect(read).toHaveLength(2);
    for (const { wanted, got } of read) expect(got).toBe(wanted);
  });

  it('while it is asked for makes the answer count for nothing, and its end', async () => {
    const stop = new AbortController();
    const left = new Set(['found //thing', 'ran //user']);
    let asked = 0;
    const built = await remakingMeanwhile(
      makeRig(),
      ({ begin }) =>
        objectNode(
          'thing',
          {
            find: ({ signal, identity }) => {
              asked += 1;
              begin();
              // The first question is answered by nothing but the end of the build.
              if (asked > 1) return Promise.resolve(ok({ state: 'there', facts: { id: identity } }));
              return new Promise((_, reject) => {
                signal.addEventListener('abort', () => reject(signal.reason as Error));
              });
            },
          },
          { disk: edge('disk') },
        ),
      {
        signal: stop.signal,
        emit: event => {
          if ('label' in event && left.delete(`${event.type} ${event.label}`) && left.size === 0) stop.abort();
        },
      },
    );
    expect(built.status).toBe('interrupted');
    expect(typesOf(built, 'thing')).toEqual(['asking', 'asking', 'found']);
    expect(built.outputs.has(label('thing'))).toBe(true);
  });

  it('and makes no other object of it leaves one that was made, and not one that was known', async () => {
    let made = 0;
    const built = await remakingMeanwhile(makeRig(), ({ begin, remade }) => {
      const step: Partial<Step> = {
        make: async () => {
          begin();
          await remade;
          made += 1;
          return ok({ state: 'there', facts: { id: 'thing' } });
        },
      };
      const describe = () => ok({ sort: 'test-object', parameters: {}, contents: {} });
      return { ...objectNode('thing', step, { disk: edge('disk') }), describe };
    });
    expect(made).toBe(1);
    expect(typesOf(built, 'thing').at(-1)).toBe('made');
    expect(built.events.at(-1)).toMatchObject({ type: 'finished', status: 'done', ran: 4, hits: 0 });
  });
});

/** The store without the bytes of an output, which it has yet to notice. */
function withoutBlob(rig: Rig, built: Built, name: string, output = 'out'): Store {
  const digest = built.outputs.get(label(name))?.[output]?.digest;
  if (digest === undefined) return expect.unreachable();
  rmSync(rig.store.blobs.path(digest));
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  return store;
}

/** As if the database had been lost. */
function forget(rig: Rig, objects = OBJECTS.length): void {
  const database = new SQLite(join(rig.folder, 'cache', 'aib.db'));
  expect(database.prepare('DELETE FROM facts').run().changes).toBe(objects);
  database.close();
}

async function planOf(
  rig: Rig,
  nodes: readonly Node[],
  names: readonly string[],
  output: string = OBJECT,
): Promise<Plan> {
  const graph = makeGraph(nodes);
  if (!graph.ok) return expect.unreachable();
  const targets = names.map(name => ({ label: label(name), outputs: [output] }));
  return plan({ graph: graph.value, targets, store: rig.store, intake: new LookingIntake(rig.store.sources) });
}

async function statesOf(rig: Rig, nodes: readonly Node[]): Promise<Readonly<Record<string, string>>> {
  const graph = makeGraph(nodes);
  if (!graph.ok) return expect.unreachable();
  const targets = OBJECTS.map(name => ({ label: label(name), outputs: [OBJECT] }));
  const states = await nodeStates(graph.value, targets, rig.store);
  return Object.fromEntries(OBJECTS.map(name => [name, states.get(label(name) as Label)?.state ?? '']));
}
