/** References in the documents to files of the project. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';

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
