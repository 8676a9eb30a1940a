import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from './make-folder.ts';

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-make-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is made with those above it, and one that is there is left as it is', () => {
  const path = join(emptyFolder(), 'a/b/c');
  makeFolder(path);
  writeFileSync(join(path, 'file'), '');
  makeFolder(path);
  expect(statSync(join(path, 'file')).isFile()).toBe(true);
});

test('what is no folder is said to be none', () => {
  const file = join(emptyFolder(), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(/ENOTDIR/);
  expect(() => makeFolder(join(file, 'below/it'))).toThrow(/ENOTDIR/);
});

test('a place that bears no folders says so, however deep the folder was to be', context => {
  if (!existsSync('/proc/self')) return context.skip('there is no /proc here');
  for (const path of ['/proc/x', '/proc/self/x', '/proc/x/y/z'])
    expect(() => makeFolder(path)).toThrow(/ENOENT|EACCES|EPERM/);
});
