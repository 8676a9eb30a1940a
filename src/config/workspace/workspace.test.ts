import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { findWorkspace, projectPlace } from './workspace.ts';

function makeFolder(): string {
  return realpathSync(testFolder('workspace'));
}

function makeWorkspace(folder: string): string {
  mkdirSync(join(folder, 'configs'), { recursive: true });
  writeFileSync(join(folder, 'configs/images.conf'), '');
  return folder;
}

function placeOf(folder: string, cache?: string) {
  const workspace = findWorkspace(folder, { cache });
  if (!workspace.ok) throw new Error(workspace.error.what);
  return projectPlace(workspace.value);
}

test('a workspace owns the store that lies in it, whether or not it is there yet, and under whatever name it is called', () => {
  const folder = makeWorkspace(makeFolder());
  expect(placeOf(folder)).toEqual({ folder, ownsStore: true });
  expect(placeOf(folder, 'deep/in/it')).toEqual({ folder, ownsStore: true });
  const link = join(makeFolder(), 'link');
  symlinkSync(folder, link);
  expect(placeOf(link)).toEqual({ folder, ownsStore: true });
});

test('it does not own one elsewhere, one that is a link to elsewhere, nor that of a workspace inside it', () => {
  const folder = makeWorkspace(makeFolder());
  const elsewhere = makeFolder();
  expect(placeOf(folder, join(elsewhere, 'store')).ownsStore).toBe(false);
  const inner = makeWorkspace(join(folder, 'inner'));
  expect(placeOf(folder, join(inner, '.cache')).ownsStore).toBe(false);
  expect(placeOf(inner).ownsStore).toBe(true);
  symlinkSync(elsewhere, join(folder, '.cache'));
  expect(placeOf(folder).ownsStore).toBe(false);
});
