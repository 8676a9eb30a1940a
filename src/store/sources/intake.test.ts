import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Label } from '../../engine/model/graph.ts';
import { sourceNode } from '../../rules/kinds/source.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import { openStore, type Store } from '../store.ts';
import { type Intake, LookingIntake, storingIntake } from './intake.ts';

function makeFolder(): { readonly folder: string; readonly store: Store } {
  const folder = testFolder('intake');
  const store = openStore(join(folder, 'cache'), { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(store.error.what);
  onTestFinished(() => store.value.close());
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'sub'), { recursive: true });
  writeFileSync(join(tree, 'a'), 'one');
  writeFileSync(join(tree, 'sub/b'), 'two', { mode: 0o755 });
  symlinkSync('a', join(tree, 'link'));
  return { folder: tree, store: store.value };
}

async function take(intake: Intake, path: string) {
  const node = sourceNode({ label: '//source' as Label, path });
  const outputs = node.type === 'leaf' ? await node.read(intake) : undefined;
  return outputs?.ok === true ? outputs.value : undefined;
}

test('looking gives the digests that storing gives, of files and of folders, with and without a store to remember them', async () => {
  const { folder, store } = makeFolder();
  for (const path of [folder, join(folder, 'a'), join(folder, 'link')]) {
    const looked = await take(new LookingIntake(undefined), path);
    expect(looked).toBeDefined();
    expect(looked).toEqual(await take(storingIntake(store), path));
    expect(looked).toEqual(await take(new LookingIntake(store.sources), path));
  }
});

test('looking leaves nothing in the store', async () => {
  const { folder, store } = makeFolder();
  await take(new LookingIntake(store.sources), folder);
  expect(readdirSync(join(store.folder, 'blobs'))).toEqual([]);
});

test('looking sees an edit that keeps size and time of modification', async () => {
  const { folder, store } = makeFolder();
  const path = join(folder, 'a');
  utimesSync(path, 1, 1);
  const before = await take(storingIntake(store), path);
  writeFileSync(path, 'eno');
  utimesSync(path, 1, 1);
  expect(await take(new LookingIntake(store.sources), path)).not.toEqual(before);
});

test('looking gives back the bytes of what it saw', async () => {
  const { folder } = makeFolder();
  const intake = new LookingIntake(undefined);
  const digest = await intake.file(join(folder, 'sub/b'));
  expect(Buffer.from(intake.read(digest) ?? []).toString()).toBe('two');
  expect(Buffer.from(intake.read(intake.bytes('three')) ?? []).toString()).toBe('three');
});

test.each([
  ['small', 10],
  ['large', 2 << 20],
])(
  'a %s file that is edited before it is copied comes in as it is then, never as a digest without bytes',
  async (_, size) => {
    const { folder, store } = makeFolder();
    const path = join(folder, 'a');
    writeFileSync(path, Buffer.alloc(size, 'a'));
    const edited = Buffer.alloc(size, 'b');
    vi.spyOn(store.blobs, 'check').mockImplementationOnce(async () => {
      writeFileSync(path, edited);
      return 'missing';
    });
    const digest = await storingIntake(store).file(path);
    expect(digest).toEqual(digestOf(edited));
    expect((await store.blobs.read(digest)).equals(edited)).toBe(true);
  },
);

test('a file that is edited whenever it is copied cannot be taken in', async () => {
  const { folder, store } = makeFolder();
  let edits = 0;
  vi.spyOn(store.blobs, 'check').mockImplementation(async () => {
    edits += 1;
    writeFileSync(join(folder, 'a'), `edit ${edits}`);
    return 'missing';
  });
  await expect(storingIntake(store).file(join(folder, 'a'))).rejects.toThrow('the file changed during the copy');
});
