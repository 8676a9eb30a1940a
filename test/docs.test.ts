/** References in the documents to files of the project. */
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { runAib } from './run-aib.ts';

const home = aibHome();
const documents = ['*.md', 'docs/*.md', 'firmware/*.md'].flatMap(pattern => globSync(pattern, { cwd: home })).sort();

test.each(documents)('%s: every file of the project that it names is there', document => {
  const text = readFileSync(join(home, document), 'utf8');
  const named = [...text.matchAll(/`((?:src|test|bench|scripts|configs)\/[\w./-]*)`/g)].map(([, path = '']) => path);
  expect(named.filter(path => !existsSync(join(home, path)))).toEqual([]);
});

test.each(documents)('%s: every file that it links to is there', document => {
  const text = readFileSync(join(home, document), 'utf8');
  const linked = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[\w-]*)?\)/g)].map(([, path = '']) => path);
  expect(linked.filter(path => !existsSync(join(home, dirname(document), path)))).toEqual([]);
});

test('CONTRIBUTING.md says of at least ten things where they are changed', () => {
  const [, table = ''] = readFileSync(join(home, 'CONTRIBUTING.md'), 'utf8').split('| to change |');
  const rows = (table.split('\n\n')[0] ?? '').split('\n').filter(line => /`src\/[^`]+`/.test(line));
  expect(rows.length).toBeGreaterThanOrEqual(10);
});

test("README's configuration has no faults, and defines all images that come with aib", async () => {
  const [, configuration = ''] = readFileSync(join(home, 'README.md'), 'utf8').split(/^```(?:hocon)?$/m);
  expect(configuration.trim().split('\n')).toHaveLength(10);
  const folder = mkdtempSync(join(tmpdir(), 'aib-readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['configs', 'scripts']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'configs/images.conf'), configuration);
  writeFileSync(join(folder, 'scripts/setup-nginx'), '#!/bin/sh\n');
  const checked = await runAib(folder, ['config', '--check']);
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  expect(checked.stdout).toMatch(/^426 variants; the configuration has no faults$/m);
});
