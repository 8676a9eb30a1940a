import { chmodSync, chownSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';
import { testFolder } from './test-folder.ts';

const NOBODY = 65_534;

function makeTree() {
  const folder = testFolder('remove');
  const paths = ['work', 'work/a', 'work/a/b'].map(name => join(folder, name));
  for (const path of paths) mkdirSync(path);
  writeFileSync(join(folder, 'work/a/b/file'), '');
  return { folder, paths };
}

test('folders that their owner may not write to are removed', async () => {
  const { folder, paths } = makeTree();
  const isRoot = process.getuid?.() === 0;
  // Nothing is forbidden to root, so for once be somebody else.
  if (isRoot) for (const path of [folder, ...paths]) chownSync(path, NOBODY, NOBODY);
  for (const path of paths.toReversed()) chmodSync(path, 0o500);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    await removeTree(join(folder, 'work'));
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
  expect(existsSync(join(folder, 'work'))).toBe(false);
});

test('what a link leads to stays', async () => {
  const { folder } = makeTree();
  mkdirSync(join(folder, 'kept'));
  symlinkSync('../../kept', join(folder, 'work/a/link'));
  await removeTree(join(folder, 'work'));
  expect(existsSync(join(folder, 'kept'))).toBe(true);
});

test('nothing is removed where nothing is', async () => {
  await expect(removeTree(join(tmpdir(), 'aib-never-made'))).resolves.toBeUndefined();
});
