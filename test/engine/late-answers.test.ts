/** Answers that are no longer relevant: inputs that change while a node waits or runs, and checks of bytes that fail late. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Emit } from '../../src/engine/model/events.ts';
import type { ActionNode, Edge } from '../../src/engine/model/graph.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { fail, ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, reopen } from './rig.ts';
import { untilChanged, watchStates } from './watch-states.ts';

// coin ──out──► needs   its bytes are gone, so coin runs again and makes different ones
//    └───log──► user    is in the queue or runs meanwhile, because its old bytes are present
test.each(['ready', 'running'] as const)(
  'a node that is %s is resolved again when an input comes out different',
  async status => {
    const rig = makeRig();
    const watched = watchStates();
    const texts = ['one', 'two'];
    const coin = inProcess(
      'coin',
      '',
      {},
      async () => {
        const text = texts.shift() ?? 'no more';
        return ok({ out: text, log: `log of ${text}` });
      },
      { outputs: ['out', 'log'] },
    );
    const first = await rig.build([coin], [], { targets: [{ label: label('coin'), outputs: ['out', 'log'] }] });
    rmSync(rig.store.blobs.path(first.outputs.get(label('coin'))?.out?.digest ?? expect.unreachable()));
    watched.length = 0;

    const needs = inProcess('needs', 'needs', { in: edge('coin') }, async ({ in: text = '' }) => ok({ out: text }));
    const user = inProcess('user', 'user', { in: edge('coin', 'log') }, async ({ in: text = '' }) => {
      if (status === 'running' && text === 'log of one') await untilChanged(watched, 'needs', 'ready');
      return ok({ out: text });
    });
    // Occupies the only processor until both wait for it; then the node with the longer path goes first.
    const blocker = inProcess('blocker', 'blocker', {}, async () => {
      for (const name of ['user', 'coin']) await untilChanged(watched, name, 'ready');
      return ok({ out: '' });
    });
    const store = reopen(join(rig.folder, 'cache'));
    const built = await rig.build(
      status === 'ready' ? [coin, needs, user, blocker] : [coin, needs, user],
      status === 'ready' ? ['blocker', 'needs', 'user'] : ['needs', 'user'],
      { store, capacity: { cpu: status === 'ready' ? 1 : 2 } },
    );
    store.close();
    expect(watched).toContainEqual({ name: label('user'), from: status, to: 'resolving' });
    expect(await rig.text(built, 'user')).toBe('log of two');
    expect(built.started.filter(name => name === '//user')).toHaveLength(status === 'ready' ? 1 : 2);
  },
);

describe('a disk that refuses to be looked at', () => {
  const refusal = Object.assign(new Error('EIO: i/o error, stat'), { code: 'EIO' });
  const made = (name: string, key: string, inputs: Readonly<Record<string, Edge>> = {}): ActionNode =>
    inProcess(name, key, inputs, async ({ in: text = '' }) => ok({ out: `${name} ${key} ${text}` }));

  test('fails a node whose bytes are wanted, and one that needs them', async () => {
    const rig = makeRig();
    const source = made('source', '');
    const first = await rig.build([source], ['source']);
    const digest = first.outputs.get(label('source'))?.out?.digest ?? expect.unreachable();
    const watched = watchStates();
    const check = rig.store.blobs.check.bind(rig.store.blobs);
    vi.spyOn(rig.store.blobs, 'check').mockImplementation(async each => {
      if (each.hash === digest.hash) throw refusal;
      return check(each);
    });
    vi.spyOn(rig.store.blobs, 'holds').mockImplementation(() => {
      throw refusal;
    });
    const built = await rig.build([source, made('user', '', { in: edge('source') })], ['source', 'user'], {
      onFailure: 'keep-going',
    });
    expect([...built.failures.values()].map(({ code }) => code)).toEqual(['AIB_STORE_ACCESS', 'AIB_STORE_ACCESS']);
    expect(watched).toContainEqual({ name: label('source'), from: 'settled', to: 'failed' });
    expect(watched).toContainEqual({ name: label('user'), from: 'preparing', to: 'failed' });
  });

  test('fails nothing if what was looked for is not wanted any more', async () => {
    const rig = makeRig();
    const texts = ['one', 'two'];
    const coin = inProcess('coin', '', {}, async () => ok({ out: texts.shift() ?? 'no more' }));
    const user = made('user', '', { in: edge('coin') });
    const first = await rig.build([coin, user], ['coin', 'user']);
    const digestOfOut = (name: string) => first.outputs.get(label(name))?.out?.digest ?? expect.unreachable();
    rmSync(rig.store.blobs.path(digestOfOut('coin')));
    const watched = watchStates();
    const store = reopen(join(rig.folder, 'cache'));
    const check = store.blobs.check.bind(store.blobs);
    let refused = 0;
    vi.spyOn(store.blobs, 'holds').mockReturnValue(false);
    vi.spyOn(store.blobs, 'check').mockImplementation(async each => {
      if (each.hash !== digestOfOut('user').hash) return check(each);
      await untilChanged(watched, 'user', 'running');
      refused += 1;
      throw refusal;
    });
    const built = await rig.build([coin, user], ['coin', 'user'], { store });
    store.close();
    expect(refused).toBe(1);
    expect([...built.failures]).toEqual([]);
    expect(await rig.text(built, 'user')).toBe('user  two');
  });
});

test('bytes that are there again when they are looked for a second time are enough', async () => {
  const rig = makeRig();
  const source = inProcess('source', '', {}, async () => ok({ out: 'text' }));
  const user = inProcess('user', 'user', { in: edge('source') }, async ({ in: text = '' }) => ok({ out: text }));
  await rig.build([source], ['source']);
  const check = rig.store.blobs.check.bind(rig.store.blobs);
  let looks = 0;
  vi.spyOn(rig.store.blobs, 'check').mockImplementation(async digest => {
    looks += 1;
    return looks === 1 ? 'missing' : check(digest);
  });
  const built = await rig.build([source, user], ['user']);
  expect(built.started).toEqual(['//user']);
  expect(await rig.text(built, 'user')).toBe('text');
});

// coin ──out──► needs   its bytes are gone, so coin runs again and makes different ones
//    └───log──► user    checks the bytes of slow until it has been resolved again, and is in the queue because of that
//       slow ────┘
test('a look for bytes that ends after its node was resolved anew has nothing to say', async () => {
  const rig = makeRig();
  const texts = ['one', 'two'];
  const work = async () => {
    const text = texts.shift() ?? 'no more';
    return ok({ out: text, log: `log of ${text}` });
  };
  const coin = inProcess('coin', '', {}, work, { outputs: ['out', 'log'] });
  const slow = inProcess('slow', 'slow', {}, async () => ok({ out: 'slow' }));
  const targets = [
    { label: label('coin'), outputs: ['out', 'log'] },
    { label: label('slow'), outputs: ['out'] },
  ];
  const first = await rig.build([coin, slow], [], { targets });
  const digestOfOut = (name: string) => first.outputs.get(label(name))?.out?.digest ?? expect.unreachable();
  rmSync(rig.store.blobs.path(digestOfOut('coin')));

  const changes = watchStates();
  const store = reopen(join(rig.folder, 'cache'));
  const check = store.blobs.check.bind(store.blobs);
  let looks = 0;
  vi.spyOn(store.blobs, 'holds').mockReturnValue(false);
  vi.spyOn(store.blobs, 'check').mockImplementation(async digest => {
    if (digest.hash === digestOfOut('slow').hash) {
      looks += 1;
      if (looks === 1) await untilChanged(changes, 'user', 'ready');
    }
    return check(digest);
  });
  const needs = inProcess('needs', 'needs', { in: edge('coin') }, async ({ in: text = '' }) => ok({ out: text }));
  const both = { in: edge('coin', 'log'), slow: edge('slow') };
  const user = inProcess('user', 'user', both, async ({ in: text = '' }) => ok({ out: text }));
  const built = await rig.build([coin, slow, needs, user], ['needs', 'user'], { store });
  store.close();
  expect(looks).toBe(2);
  expect(changes.filter(({ name, to }) => name === label('user') && to === 'ready')).toHaveLength(1);
  expect(built.started.filter(name => name === '//user')).toHaveLength(1);
  expect(await rig.text(built, 'user')).toBe('log of two');
});

// x ──► m ──► a ──┐
//       └───► b ──┴─► d   refuses the result of the second x, and is then resolved twice at once
test('a node that fails when it is resolved anew fails once', async () => {
  const rig = makeRig();
  const texts = ['two', 'one', 'two'];
  const copy = (name: string, from: string) =>
    inProcess(name, name, { in: edge(from) }, async ({ in: text = '' }) => ok({ out: `${name} ${text}` }));
  const x = inProcess('x', '', {}, async () => ok({ out: texts.shift() ?? 'no more' }));
  const joined = inProcess('d', '', { a: edge('a'), b: edge('b') }, async ({ a = '' }) => ok({ out: a }));
  const d: ActionNode = {
    ...joined,
    prepare: inputs =>
      inputs.a?.digest.hash === digestOf('a m two').hash
        ? fail({ code: 'AIB_COMMAND_FAILED', what: 'd refuses' })
        : joined.prepare(inputs),
  };
  const nodes = [x, copy('m', 'x'), copy('a', 'm'), copy('b', 'm'), d];
  const build = async (...targets: readonly string[]) => {
    const store = reopen(join(rig.folder, 'cache'));
    const built = await rig.build(nodes, targets, { store, onFailure: 'keep-going' });
    store.close();
    return built;
  };
  const loseX = ({ outputs }: Built): void =>
    rmSync(rig.store.blobs.path(outputs.get(label('x'))?.out?.digest ?? expect.unreachable()));
  loseX(await build('x', 'a', 'b'));
  await build('x', 'a', 'b');
  loseX(await build('x', 'd'));
  const changes = watchStates();
  const { events } = await build('x', 'd');
  expect(events.filter(({ type }) => type === 'failed')).toMatchObject([{ label: '//d' }]);
  expect(changes).toContainEqual({ name: '//d', from: 'settled', to: 'resolving' });
});

test('an interruption while the first nodes are resolved ends the build after what that began', async () => {
  const rig = makeRig();
  const node = inProcess('n', '', {}, async () => ok({ out: 'text' }));
  const first = await rig.build([node], ['n']);
  rmSync(rig.store.blobs.path(first.outputs.get(label('n'))?.out?.digest ?? expect.unreachable()));
  const store = reopen(join(rig.folder, 'cache'));
  const changes = watchStates();
  const stop = new AbortController();
  const emit: Emit = ({ type }) => {
    if (type === 'hit') stop.abort();
  };
  const built = await rig.build([node], ['n'], { store, signal: stop.signal, emit });
  const { length } = changes;
  for (let breaths = 0; breaths < 20; breaths += 1) await breath();
  store.close();
  expect(built.status).toBe('interrupted');
  expect(changes).toHaveLength(length);
});
