import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolder } from './make-folder.ts';
import { testFolder } from './test-folder.ts';

test('a folder is made with those above it, and one that is there is left as it is', () => {
  const path = join(testFolder('make-folder'), 'a/b/c');
  makeFolder(path);
  writeFileSync(join(path, 'file'), '');
  makeFolder(path);
  expect(statSync(join(path, 'file')).isFile()).toBe(true);
});

test('what is no folder is said to be none', () => {
  const file = join(testFolder('make-folder'), 'file');
  writeFileSync(file, '');
  expect(() => makeFolder(file)).toThrow(/ENOTDIR/);
  expect(() => makeFolder(join(file, 'below/it'))).toThrow(/ENOTDIR/);
});

test('a place that bears no folders says so, however deep the folder was to be', context => {
  if (!existsSync('/proc/self')) return context.skip('there is no /proc here');
  for (const path of ['/proc/x', '/proc/self/x', '/proc/x/y/z'])
    expect(() => makeFolder(path)).toThrow(/ENOENT|EACCES|EPERM/);
});
