import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Label } from '../engine/graph.ts';
import { sourceNode } from '../rules/source.ts';
import { type Intake, LookingIntake, storingIntake } from './intake.ts';
import { openStore, type Store } from './store.ts';

function makeFolder(): { readonly folder: string; readonly store: Store } {
  const folder = mkdtempSync(join(tmpdir(), 'aib-intake-'));
  const store = openStore(join(folder, 'cache'), { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(store.error.what);
  onTestFinished(() => {
    store.value.close();
    rmSync(folder, { recursive: true, force: true });
  });
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
