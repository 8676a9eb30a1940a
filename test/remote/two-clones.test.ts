/** Two machines with one cache between them: the second runs nothing that the first has run. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describe as describeAction } from '../../src/engine/build/decide.ts';
import { folderPlace } from '../../src/remote/places/folder-place.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, shell } from '../engine/rig.ts';
import { ALL, syntheticGraph } from '../torture/synthetic-graph.ts';
import { makeClone, originsOf } from './rig.ts';

const TREE = { outputs: { out: { type: 'directory', path: 'tree' } } } as const;

// tree ──► list ──► end
const nodes = [
  shell(
    'tree',
    'mkdir -p tree/sub tree/none; echo a > tree/a; echo b > tree/sub/b; ln -s sub/b tree/link; chmod +x tree/a',
    {},
    TREE,
  ),
  shell('list', 'find tree | sort > out', { tree: edge('tree') }),
  shell(
    'end',
    'cat in in > out; : > empty',
    { in: edge('list') },
    {
      outputs: { out: { type: 'file', path: 'out' }, empty: { type: 'file', path: 'empty' } },
    },
  ),
];

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
}

/** The digests of all outputs. */
function digestsOf({ outputs }: Built): readonly unknown[] {
  return [...outputs].map(([name, each]) => [name, Object.values(each).map(({ type, digest }) => [type, digest])]);
}

describe('a second clone', () => {
  test('of a graph of 60 nodes runs no action, and has the same bytes', async () => {
    const folder = testFolder('cache');
    const sources = testFolder('sources');
    const graph = syntheticGraph({ sources, seed: 7, layers: 6, width: 9 });
    const targets = [ALL.slice(2)];
    const [one, two] = [makeClone([folderPlace(folder)]), makeClone([folderPlace(folder)])];
    const first = await one.build(graph, targets);
    expect([first.status, first.started.length]).toEqual(['done', 55]);
    expect(one.cache.uploads.progress).toMatchObject({ waiting: 0, sent: 55 });
    const second = await two.build(graph, targets);
    expect([second.status, second.started]).toEqual(['done', []]);
    expect(digestsOf(second)).toEqual(digestsOf(first));
    expect(originsOf(second).size).toBe(55);
    expect(new Set(originsOf(second).values())).toEqual(new Set([folder]));
    const { digest } = second.outputs.get(ALL)?.out ?? expect.unreachable();
    expect(await two.rig.store.blobs.check(digest)).toBe('present');
    expect([...one.told, ...two.told]).toEqual([]);
  });

  test('has folders with links, empty folders and executable files as they were', async () => {
    const folder = testFolder('cache');
    const [one, two] = [makeClone([folderPlace(folder)]), makeClone([folderPlace(folder)])];
    const first = await one.build(nodes, ['tree', 'end']);
    const second = await two.build(nodes, ['tree', 'end']);
    expect([second.started, digestsOf(second)]).toEqual([[], digestsOf(first)]);
    const { digest } = second.outputs.get(label('tree'))?.out ?? expect.unreachable();
    expect(await two.rig.store.blobs.checkDirectory(digest)).toBe('present');
  });

  test('asks nobody once it has the results', async () => {
    const folder = testFolder('cache');
    const [one, two] = [makeClone([folderPlace(folder)]), makeClone([folderPlace(folder)])];
    await one.build(nodes, ['end']);
    await two.build(nodes, ['end']);
    rmSync(folder, { recursive: true });
    const again = await two.build(nodes, ['end']);
    expect([again.started, two.told, originsOf(again).size]).toEqual([[], [], 0]);
  });

  test('takes the first of several caches that has a result, and fills those that it may write to', async () => {
    const [empty, full, more] = [testFolder('empty'), testFolder('full'), testFolder('more')];
    await makeClone([folderPlace(full)]).build(nodes.slice(0, 2), ['list']);
    const two = makeClone([folderPlace(empty), folderPlace(full), folderPlace(more)]);
    const built = await two.build(nodes, ['end']);
    expect(built.started).toEqual(['//end']);
    expect([...originsOf(built)]).toEqual([
      ['//tree', full],
      ['//list', full],
    ]);
    // The result that was new is in all of them.
    const counts = [empty, full, more].map(folder => filesIn(join(folder, 'ac')).length);
    expect(counts).toEqual([1, 3, 1]);
  });

  test('writes nothing into a cache that is read-only to it', async () => {
    const folder = testFolder('cache');
    await makeClone([folderPlace(folder)], { write: false }).build(nodes, ['end']);
    expect(filesIn(folder)).toEqual([]);
  });

  test('does not ask for kinds that are not worth a request, and sends none of them', async () => {
    const folder = testFolder('cache');
    const accepts = (kind: string): boolean => kind !== 'command';
    const one = makeClone([folderPlace(folder)], { accepts });
    await one.build(nodes, ['end']);
    expect(filesIn(folder)).toEqual([]);
  });
});

describe('what is sent', () => {
  test('is nothing of an action that failed, or was stopped', async () => {
    const folder = testFolder('cache');
    const one = makeClone([folderPlace(folder)]);
    const stop = new AbortController();
    const built = await one.build([shell('bad', 'echo x > out; exit 1')], ['bad']);
    expect(built.status).toBe('failed');
    const slow = inProcess('slow', 'slow', {}, async () => {
      stop.abort();
      return ok({ out: 'x' });
    });
    await one.build([slow], ['slow'], { signal: stop.signal });
    expect(filesIn(folder)).toEqual([]);
  });

  test('is nothing of an action whose input was changed in the store while it ran', async () => {
    const folder = testFolder('cache');
    const one = makeClone([folderPlace(folder)], { accepts: kind => kind === 'in-process' });
    const input = shell('input', 'echo right > out');
    const user = inProcess('user', 'user', { in: edge('input') }, async ({ in: text = '' }) => {
      const path = one.rig.store.blobs.path(digestOf('right\n'));
      rmSync(path);
      writeFileSync(path, 'wrong\n');
      // Other bytes than the input: an output would put the right ones back.
      return ok({ out: `${text}!` });
    });
    const built = await one.build([input, user], ['user']);
    expect(built.status).toBe('done');
    expect(filesIn(folder)).toEqual([]);
  });

  test('is no file whose bytes have changed since', async () => {
    const folder = testFolder('cache');
    const one = makeClone([]);
    const built = await one.build([shell('made', 'echo right > out')], ['made']);
    const { digest } = built.outputs.get(label('made'))?.out ?? expect.unreachable();
    const path = one.rig.store.blobs.path(digest);
    rmSync(path);
    writeFileSync(path, 'wrong\n');
    const two = makeClone([folderPlace(folder)], { store: one.rig.store });
    const action = shell('made', 'echo right > out');
    if (action.type !== 'action') expect.unreachable();
    const described = describeAction(action, {});
    if (!described.ok) expect.unreachable();
    two.cache.offer({
      label: action.label,
      encoded: described.value.encoded,
      outputs: { out: { type: 'file', digest } },
      duration: 1,
    });
    await two.cache.uploads.finish(new AbortController().signal);
    expect(filesIn(folder).filter(path => path.includes('/ac/'))).toEqual([]);
    expect(filesIn(folder).map(file => digestOf(readFileSync(file)).hash)).not.toContain(digestOf('wrong\n').hash);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  test('is no folder with a link that leads out of it', async () => {
    const folder = testFolder('cache');
    const one = makeClone([folderPlace(folder)]);
    const built = await one.build([shell('tree', 'mkdir tree; ln -s /etc tree/link', {}, TREE)], ['tree']);
    expect(built.status).toBe('done');
    expect(filesIn(folder)).toEqual([]);
  });

  test('is dropped at once by a stop', async () => {
    const silent = { ...folderPlace(testFolder('cache')), put: () => new Promise<never>(() => undefined) };
    const one = makeClone([silent]);
    const stop = new AbortController();
    await one.rig.build(nodes, ['end'], { cache: one.cache });
    expect(one.cache.uploads.progress.waiting).toBe(3);
    setImmediate(() => stop.abort());
    await one.cache.uploads.finish(stop.signal);
  });
});
