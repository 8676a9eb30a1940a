/** Objects of the outside world that fail: what that blocks, and what it does not. */
import { describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { MakeContext } from '../../src/engine/model/external.ts';
import { type ExternalNode, OBJECT } from '../../src/engine/model/graph.ts';
import { fail, ok } from '../../src/util/result.ts';
import { edge, inProcess, label, makeRig, shell } from '../engine/rig.ts';
import { buildAll, makeWorld, objectNode, typesOf, withoutBlob } from './object-rig.ts';
import { poolOf } from './provider.ts';

describe('a failure', () => {
  it('in one region holds up no other one', async () => {
    const { rig, account, build } = makeWorld({ closed: ['east'] });
    const built = await build({ onFailure: 'stop', capacity: { cpu: 1, [poolOf('east')]: 1 } });
    expect(built.status).toBe('failed');
    expect([...built.failures.keys()]).toEqual([label('copy/east')]);
    expect(built.failures.get(label('copy/east'))).toMatchObject({ code: 'AIB_PROVIDER', where: 'folder/east' });
    expect(typesOf(built, 'copy/west').at(-1)).toBe('made');
    expect(account.items.filter(({ type }) => type === 'image')).toHaveLength(2);
    const noted = { status: 'failed', failure: 'The provider rejected a request, or did not answer [AIB_PROVIDER]' };
    expect(rig.store.history.last(label('copy/east'))).toMatchObject(noted);
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
    // Another of its transfers continues for a while.
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
    // The slot of the first one is free again.
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
