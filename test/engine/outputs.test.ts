/** Outputs: folders, several names, the same action twice, and inputs that change while an action runs. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stageDirectory } from '../../src/store/content/stage.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { fail, ok } from '../../src/util/result.ts';
import { edge, inProcess, label, makeRig, reopen, shell } from './rig.ts';

const TREE = { outputs: { out: { type: 'directory', path: 'made/tree' } } } as const;

describe('a folder as output', () => {
  const make =
    'mkdir -p made/tree/bin made/tree/empty "made/tree/ä 😀"; cd made/tree; echo tool > bin/tool; chmod 755 bin/tool; ln bin/tool bin/same; ln -s bin/tool link; ln -s /nowhere dead; echo x > "ä 😀/file"; : > zero';

  it('comes back as it was: executables, hard links as copies, links, names; but for empty folders', async () => {
    const rig = makeRig();
    const list =
      'cd in; find . ! -type d -printf "%p %y %m %l\\n" | sort > ../out; cat bin/same link "ä 😀/file" >> ../out';
    const nodes = [shell('tree', make, {}, TREE), shell('list', list, { in: edge('tree') })];
    const built = await rig.build(nodes, ['list', 'tree']);
    expect((await rig.text(built, 'list')).split('\n')).toEqual([
      './bin/same f 755 ',
      './bin/tool f 755 ',
      './dead l 777 /nowhere',
      './link l 777 bin/tool',
      './zero f 644 ',
      './ä 😀/file f 644 ',
      'tool',
      'tool',
      'x',
      '',
    ]);
    const folder = testFolder('tree');
    await stageDirectory(
      rig.store.blobs,
      built.outputs.get(label('tree'))?.out?.digest ?? expect.unreachable(),
      folder,
    );
    expect(readdirSync(folder).sort()).toEqual(['bin', 'dead', 'link', 'zero', 'ä 😀']);
    expect(readlinkSync(join(folder, 'link'))).toBe('bin/tool');
    expect(lstatSync(join(folder, 'bin/same')).mode & 0o777).toBe(0o755);
  });

  it('is made again when one of its files is gone', async () => {
    const rig = makeRig();
    const built = await rig.build([shell('tree', make, {}, TREE)], ['tree']);
    const file = readdirSync(join(rig.store.folder, 'blobs'), { recursive: true, withFileTypes: true }).find(
      each => each.isFile() && readFileSync(join(each.parentPath, each.name), 'utf8') === 'tool\n',
    );
    rmSync(join(file?.parentPath ?? '', file?.name ?? ''));
    const store = reopen(rig.store.folder);
    const again = await rig.build([shell('tree', make, {}, TREE)], ['tree'], { store });
    store.close();
    expect(again.started).toEqual(['//tree']);
    expect(again.outputs).toEqual(built.outputs);
  });

  it.each([
    ['a pipe', 'mkdir -p made/tree; mkfifo made/tree/pipe', 'pipe', 'a device, pipe or socket'],
    [
      'a name that is not UTF-8',
      String.raw`mkdir -p made/tree; : > "made/tree/$(printf 'a\377')"`,
      'a\ufffd',
      'a name that is not UTF-8',
    ],
  ])('that holds %s is refused, and nothing of it stored', async (_, script, where, got) => {
    const rig = makeRig();
    const built = await rig.build([shell('tree', `${script}; echo > made/tree/file`, {}, TREE)], ['tree']);
    expect(built.failures.get(label('tree'))).toMatchObject({ code: 'AIB_OUTPUT_UNSTORABLE', where, got });
    expect(readdirSync(join(rig.store.folder, 'blobs'))).toEqual([]);
  });
});

it('a file of an action that lacks another output is not stored', async () => {
  const rig = makeRig();
  const outputs = { out: { type: 'file', path: 'out' }, more: { type: 'file', path: 'more' } } as const;
  const built = await rig.build([shell('half', 'echo > out', {}, { outputs })], ['half']);
  expect(built.failures.get(label('half'))).toMatchObject({ code: 'AIB_OUTPUT_MISSING', where: 'more' });
  expect(readdirSync(join(rig.store.folder, 'blobs'))).toEqual([]);
});

describe('one action under two labels', () => {
  it('runs once, and both have what it made', async () => {
    const rig = makeRig();
    const script = 'od -An -N8 -tx8 /dev/urandom > out';
    const nodes = ['a', 'b', 'c'].map(name => shell(name, script));
    const user = shell('user', 'cat a b > out', { a: edge('a'), b: edge('b') });
    const built = await rig.build([...nodes, user], ['c', 'user']);
    expect(built.status).toBe('done');
    expect(built.started.filter(name => name !== '//user')).toHaveLength(1);
    expect(await rig.text(built, 'user')).toBe((await rig.text(built, 'c')).repeat(2));
    expect(built.events.at(-1)).toMatchObject({ ran: 2, hits: 2 });
  });

  it('may have its output under two names', async () => {
    const rig = makeRig();
    const renamed = shell('b', 'echo hello > out', {}, { outputs: { image: { type: 'file', path: 'out' } } });
    const target = { label: label('b'), outputs: ['image'] };
    const nodes = [shell('a', 'echo hello > out'), renamed];
    const first = await rig.build(nodes, ['a']);
    const second = await rig.build(nodes, [], { targets: [target] });
    expect([first.started, second.started]).toEqual([['//a'], []]);
    expect(await rig.text(second, 'b', 'image')).toBe('hello\n');
    const both = await makeBoth(nodes);
    expect(both.status).toBe('done');
    expect(both.started).toHaveLength(1);
    async function makeBoth(all: typeof nodes) {
      const other = makeRig();
      return other.build(all, [], { targets: [{ label: label('a'), outputs: ['out'] }, target] });
    }
  });

  it('fails under both when it fails', async () => {
    const rig = makeRig();
    const nodes = ['a', 'b'].map(name => shell(name, 'exit 1'));
    const built = await rig.build(nodes, ['a', 'b'], { onFailure: 'keep-going' });
    expect([...built.failures.keys()].sort()).toEqual([label('a'), label('b')]);
  });
});

describe('an input that comes back different while its user runs', () => {
  // random ──first──► needs (its bytes are gone, so `random` runs again)
  //        └─second─► user  (runs meanwhile, on bytes that are still there)
  const outcome = async (work: (old: string, text: string) => ReturnType<Parameters<typeof inProcess>[3]>) => {
    const rig = makeRig();
    let count = 0;
    const random = inProcess(
      'random',
      '',
      {},
      async () => {
        count += 1;
        return ok({ first: `first ${count}`, second: `second ${count}` });
      },
      { outputs: ['first', 'second'] },
    );
    const seed = await rig.build([random], [], { targets: [{ label: label('random'), outputs: ['first', 'second'] }] });
    rmSync(rig.store.blobs.path(seed.outputs.get(label('random'))?.first?.digest ?? expect.unreachable()));

    const { promise: ranAgain, resolve } = Promise.withResolvers<void>();
    const user = inProcess('user', 'user', { in: edge('random', 'second') }, async texts => {
      const text = texts.in ?? '';
      if (text === 'second 1') await ranAgain;
      return work('second 1', text);
    });
    const needs = inProcess('needs', 'needs', { in: edge('random', 'first') }, async texts =>
      ok({ out: texts.in ?? '' }),
    );
    const after = inProcess('after', 'after', { in: edge('user') }, async texts => ok({ out: `after ${texts.in}` }));
    const store = reopen(rig.store.folder);
    onTestFinished(() => store.close());
    const built = await rig.build([random, user, needs, after], ['after', 'needs'], {
      store,
      capacity: { cpu: 4 },
      emit: event => event.type === 'ran' && event.label === label('random') && resolve(),
    });
    return { rig, built };
  };

  it('is what that user is run on, again', async () => {
    const { rig, built } = await outcome(async (_, text) => ok({ out: text }));
    expect(built.status).toBe('done');
    expect(await rig.text(built, 'needs')).toBe('first 2');
    expect(await rig.text(built, 'user')).toBe('second 2');
    expect(await rig.text(built, 'after')).toBe('after second 2');
    expect(built.started.filter(name => name === '//user')).toHaveLength(2);
    expect(built.started.filter(name => name === '//after')).toHaveLength(1);
  });

  it('makes a failure on the old one void', async () => {
    const { rig, built } = await outcome(async (old, text) =>
      text === old ? fail({ code: 'AIB_SOURCE', what: 'does not like it' }) : ok({ out: text }),
    );
    expect(built.status).toBe('done');
    expect(await rig.text(built, 'after')).toBe('after second 2');
    const told = built.events.flatMap(event => ('label' in event && event.label === label('user') ? [event.type] : []));
    expect(told).toEqual(['running', 'cancelled', 'running', 'ran']);
  });
});
