import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { edge, label, makeRig, reopen, shell } from './rig.ts';

describe('building a graph of commands', () => {
  // a.txt ──► upper ──► twice
  const chain = (rig: ReturnType<typeof makeRig>, content: string) => [
    rig.source('a.txt', content),
    shell('upper', 'tr a-z A-Z < in > out', { in: edge('a.txt', 'file') }),
    shell('twice', 'cat in in > out', { in: edge('upper') }),
  ];

  it('runs what was never built, in order, and nothing the second time', async () => {
    const rig = makeRig();
    const first = await rig.build(chain(rig, 'x'), ['twice']);
    expect(first.status).toBe('done');
    expect(first.started).toEqual(['//upper', '//twice']);
    expect(await rig.text(first, 'twice')).toBe('XX');

    const second = await rig.build(chain(rig, 'x'), ['twice']);
    expect(second.started).toEqual([]);
    expect(second.events.filter(event => event.type === 'hit')).toHaveLength(3);
  });

  it('tells of how many nodes there are of each kind, and how many bytes each action gave', async () => {
    const rig = makeRig();
    const both = { a: { type: 'file', path: 'a' }, b: { type: 'file', path: 'b' } } as const;
    const nodes = [
      ...chain(rig, 'four'),
      shell('two', 'printf 123 > a; printf 4567890 > b', {}, { outputs: both }),
      shell('folder', 'mkdir out; printf 123 > out/file', {}, { outputs: { out: { type: 'directory', path: 'out' } } }),
    ];
    const built = await rig.build(nodes, ['twice', 'folder', 'two'], {
      targets: ['twice', 'folder', 'two'].map(name => ({ label: label(name), outputs: [] })),
    });
    expect(built.events[0]).toMatchObject({ type: 'started', nodes: 5, kinds: { source: 1, command: 4 } });
    const bytes = built.events.flatMap(event => (event.type === 'ran' ? [[event.label, event.bytes] as const] : []));
    expect(Object.fromEntries(bytes)).toEqual({ '//upper': 4, '//twice': 8, '//two': 10, '//folder': undefined });
  });

  it('stops a rebuild where a node comes out the same (early cutoff)', async () => {
    const rig = makeRig();
    await rig.build(chain(rig, 'x'), ['twice']);
    const built = await rig.build(chain(rig, 'X'), ['twice']);
    expect(built.started).toEqual(['//upper']);
    expect(built.events.find(event => event.type === 'ran')).toMatchObject({ label: '//upper' });
    expect(await rig.text(built, 'twice')).toBe('XX');
  });

  it('says which input changed', async () => {
    const rig = makeRig();
    await rig.build(chain(rig, 'x'), ['twice']);
    const built = await rig.build(chain(rig, 'y'), ['twice']);
    const reasons = built.events.flatMap(event => (event.type === 'running' ? [event.reason] : []));
    expect(reasons).toEqual(['input in changed', 'input in changed']);
  });

  it('makes only the missing output again when a blob is gone', async () => {
    const rig = makeRig();
    const first = await rig.build(chain(rig, 'x'), ['twice']);
    const { digest } = first.outputs.get(label('twice'))?.out ?? expect.unreachable();
    rmSync(rig.store.blobs.path(digest));
    const again = await build2(rig, chain(rig, 'x'), ['twice']);
    expect(again.started).toEqual(['//twice']);
    expect(again.events.find(event => event.type === 'running')).toMatchObject({ reason: 'its output out is missing' });
  });

  it('leaves a missing intermediate alone until an action needs its bytes', async () => {
    const rig = makeRig();
    const first = await rig.build(chain(rig, 'x'), ['twice']);
    const { digest } = first.outputs.get(label('upper'))?.out ?? expect.unreachable();
    rmSync(rig.store.blobs.path(digest));
    expect((await build2(rig, chain(rig, 'x'), ['twice'])).started).toEqual([]);

    const more = [...chain(rig, 'x'), shell('thrice', 'cat in in in > out', { in: edge('upper') })];
    const built = await build2(rig, more, ['thrice']);
    expect(built.started).toEqual(['//upper', '//thrice']);
    expect(await rig.text(built, 'thrice')).toBe('XXX');
  });

  it('notices a damaged blob and mends it in the same run', async () => {
    const rig = makeRig();
    const first = await rig.build(chain(rig, 'x'), ['twice']);
    const { digest } = first.outputs.get(label('twice'))?.out ?? expect.unreachable();
    rmSync(rig.store.blobs.path(digest));
    writeFileSync(rig.store.blobs.path(digest), 'YY');
    const again = await build2(rig, chain(rig, 'x'), ['twice']);
    expect(again.started).toEqual(['//twice']);
    expect(await rig.text(again, 'twice')).toBe('XX');
  });

  it('resolves dependents anew when an intermediate comes back different', async () => {
    // `random` makes different bytes every time: its dependent must use the present ones.
    const rig = makeRig();
    const nodes = [
      shell('random', 'od -An -N8 -tx8 /dev/urandom > out'),
      shell('copy', 'cp in out', { in: edge('random') }),
      shell('other', 'cp in out; echo >> out', { in: edge('random') }),
    ];
    const first = await rig.build(nodes, ['copy']);
    rmSync(rig.store.blobs.path(first.outputs.get(label('random'))?.out?.digest ?? expect.unreachable()));
    const second = await build2(rig, nodes, ['copy', 'other']);
    expect(second.status).toBe('done');
    expect(await rig.text(second, 'copy')).toBe(await rig.text(second, 'random'));
    expect(await rig.text(second, 'other')).toBe(`${await rig.text(second, 'random')}\n`);
  });

  it('survives a chain deeper than the call stack', async () => {
    const rig = makeRig();
    const { root } = deepChain(20_000);
    const built = await rig.build(root, ['n0']);
    expect(built.failures.size).toBe(1);
    expect(built.events.filter(event => event.type === 'skipped')).toHaveLength(19_999);
  });
});

describe('after a failure', () => {
  //  bad ──► after      good1 ──► good2
  const nodes = [
    shell('bad', 'echo "what went wrong" >&2; exit 3'),
    shell('after', 'cp in out', { in: edge('bad') }),
    shell('good1', 'echo 1 > out'),
    shell('good2', 'cp in out', { in: edge('good1') }),
  ];

  it("shows the command's own last lines and records nothing", async () => {
    const rig = makeRig();
    const built = await rig.build(nodes, ['after']);
    expect(built.status).toBe('failed');
    expect(built.failures.get(label('bad'))).toMatchObject({ code: 'AIB_COMMAND_FAILED', output: ['what went wrong'] });
    expect(built.events.find(event => event.type === 'skipped')).toMatchObject({ label: '//after', because: '//bad' });
    expect((await rig.build(nodes, ['bad'])).started).toEqual(['//bad']);
  });

  it('builds everything that does not need it with keep-going', async () => {
    const rig = makeRig();
    const built = await rig.build(nodes, ['after', 'good2'], { onFailure: 'keep-going' });
    expect(await rig.text(built, 'good2')).toBe('1\n');
    expect(built.status).toBe('failed');
  });

  it('finishes what runs and starts nothing new by default', async () => {
    const rig = makeRig();
    const built = await rig.build(nodes, ['after', 'good2'], { capacity: { cpu: 1 }, shuffle: () => 0 });
    expect(built.started.length).toBeLessThan(3);
  });

  it('says what is missing when a command does not make its output', async () => {
    const rig = makeRig();
    const built = await rig.build([shell('lazy', 'true')], ['lazy']);
    expect(built.failures.get(label('lazy'))).toMatchObject({ code: 'AIB_OUTPUT_MISSING', where: 'out' });
  });
});

describe('the working folder of a command', () => {
  it('holds the declared inputs, and the environment nothing that was not declared', async () => {
    const rig = makeRig();
    process.env.AIB_TEST_LEAK = 'leaked';
    const built = await rig.build(
      [
        rig.source('a.txt', 'x'),
        shell('look', 'ls > out; env | cut -d= -f1 | sort >> out', { 'dir/in': edge('a.txt', 'file') }),
      ],
      ['look'],
    );
    delete process.env.AIB_TEST_LEAK;
    const words = (await rig.text(built, 'look')).split('\n');
    expect(words).toContain('dir');
    expect(words).not.toContain('AIB_TEST_LEAK');
    expect(words).not.toContain('HOME');
  });

  it('is a copy: a command that writes over its input does not touch the store', async () => {
    const rig = makeRig();
    const nodes = [
      rig.source('a.txt', 'x'),
      shell('vandal', 'echo broken > in; cp in out', { in: edge('a.txt', 'file') }),
      shell('honest', 'cp in out', { in: edge('a.txt', 'file') }),
    ];
    await rig.build(nodes, ['vandal']);
    expect(await rig.text(await rig.build(nodes, ['honest']), 'honest')).toBe('x');
  });
});

/** The same build in a process that has not yet checked any blob. */
async function build2(rig: ReturnType<typeof makeRig>, ...args: Parameters<ReturnType<typeof makeRig>['build']>) {
  const store = reopen(join(rig.folder, 'cache'));
  try {
    return await rig.build(args[0], args[1], { store, ...args[2] });
  } finally {
    store.close();
  }
}

function deepChain(length: number) {
  const root = [shell(`n${length - 1}`, 'exit 1')];
  for (let index = length - 2; index >= 0; index -= 1)
    root.push(shell(`n${index}`, 'cp in out', { in: edge(`n${index + 1}`) }));
  return { root };
}
