/** Objects of the outside world that stay unfinished, because of Ctrl-C or of an input that has changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { Step } from '../../src/engine/model/external.ts';
import { type ExternalNode, type Node, OBJECT } from '../../src/engine/model/graph.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import type { Store } from '../../src/store/store.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, type Work } from '../engine/rig.ts';
import { Account } from './account.ts';
import { buildAll, makeWorld, objectNode, typesOf, withoutBlob } from './object-rig.ts';
import { importNode } from './provider.ts';

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
    expect(next.events.flatMap(event => (event.type === 'making' ? [event.step] : []))).toEqual(['image', 'sharing']);
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
  /** Builds the disk, and loses the bytes of one of its outputs; the store has not noticed it yet. */
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

  /** The moments in a test in which a disk changes while an object is being created from it. */
  interface Moments {
    /** Call it when the creation of the object has started. */
    readonly begin: () => void;
    /** Resolves when the disk has changed. */
    readonly remade: Promise<void>;
  }

  /** Both outputs of the disk change, but only the second is missing, for a node that needs it after the start of `thing`. */
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
              // The first lookup is ended only by the end of the build.
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
