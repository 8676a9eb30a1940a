import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleFiles } from './files.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'aib-files-'));
  await mkdir(join(root, 'hello/usr/bin'), { recursive: true });
  await writeFile(join(root, 'hello/usr/bin/hello'), '#!/bin/sh\n');
  await writeFile(join(root, 'hello/usr/notes'), 'text\n');
  await writeFile(join(root, 'hello/.post-install'), '#!/bin/sh\n');
});
afterEach(() => rm(root, { recursive: true }));

test('what begins with #! is a program, whatever the mode of the checkout', async () => {
  const { files } = (await sampleFiles(root, 7)).of('hello');
  expect(files.map(file => [file.path, file.mode.toString(8), file.mtime])).toEqual([
    ['usr/bin/hello', '755', 7],
    ['usr/notes', '644', 7],
  ]);
});

test('a script of the package is not one of its files', async () => {
  const { scripts } = (await sampleFiles(root, 0)).of('hello');
  expect(Object.keys(scripts)).toEqual(['.post-install']);
});

test('the digest changes with a content and with a name', async () => {
  const first = (await sampleFiles(root, 0)).digest.hash;
  await writeFile(join(root, 'hello/usr/notes'), 'texts\n');
  const second = (await sampleFiles(root, 0)).digest.hash;
  await writeFile(join(root, 'hello/usr/more'), '');
  const third = (await sampleFiles(root, 0)).digest.hash;
  expect(new Set([first, second, third]).size).toBe(3);
});

test('a package without data files has none', async () => {
  expect((await sampleFiles(root, 0)).of('hell')).toEqual({ files: [], scripts: {} });
});
