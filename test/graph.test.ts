/** `aib graph` from the command line: its pictures, its output files and its failures. Tests in a browser are in graph-page.test.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PageData } from '../src/report/graph/page/data.ts';
import type { Sha256 } from '../src/store/content/digest.ts';
import { openStore } from '../src/store/store.ts';
import { formatFailure } from '../src/util/failure.ts';
import { aibHome } from '../src/util/files/home.ts';
import { makeExampleProject } from './example-project.ts';

const folder = makeExampleProject();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const IMAGE = '//nocloud/x86_64/uefi/tiny';

function aib(...words: readonly string[]) {
  return spawnSync(join(aibHome(), 'aib'), words, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
}

/** The part of DOT before the tooltip: one line per box. */
function boxes(...words: readonly string[]): readonly string[] {
  const { stdout } = aib('graph', '--output', 'dot', ...words);
  return stdout.split('\n').flatMap(line => /^ {2}"(.*)" \[tooltip/.exec(line)?.[1] ?? []);
}

describe('what is drawn', () => {
  test('of labels alone, all that they stand on', () => {
    expect(boxes(`${IMAGE}:overlay`, '//iso/3.20/x86_64')).toEqual([
      '//iso/3.20/x86_64',
      '//source/aib/trust',
      `${IMAGE}@3.20:overlay`,
      '//source/scripts/setup\\n//source/scripts/setup-tiny',
    ]);
  });

  test('of a query, what it gives and no more', () => {
    expect(boxes(`set(${IMAGE}:overlay)`)).toEqual([`${IMAGE}@3.20:overlay`]);
  });

  test('of nothing, every node of every version, once', () => {
    const all = boxes('--no-factored');
    expect(all).toHaveLength(aib('query', '//...').stdout.trim().split('\n').length);
    const inBoxes = boxes().flatMap(box => box.split('\\n'));
    expect(inBoxes.every(label => all.includes(label) || label.startsWith('…'))).toBe(true);
    expect(inBoxes.length).toBeLessThanOrEqual(all.length);
  });

  test('with --by, what differs in these stands apart', () => {
    const disks = 'kind(disk, //aws/...@all:*)';
    expect(boxes(disks)).toHaveLength(1);
    expect(boxes(disks, '--by', 'version')).toHaveLength(2);
    expect(boxes(disks, '--by', 'version,firmware')).toHaveLength(4);
    expect(aib('query', disks, '--output', 'dot').stdout.match(/tooltip/g)).toHaveLength(4);
    expect(aib('query', disks, '--output', 'dot', '--by', 'version').stdout.match(/tooltip/g)).toHaveLength(2);
  });

  test('settings of the command line count', () => {
    const query = 'attr(disk_size, "^777$", //aws/...:disk)';
    expect(boxes(query)).toEqual([]);
    expect(boxes(query, '--set', 'disk_size=[777]')).toHaveLength(1);
  });

  test('states are found out: nothing of the example was built', () => {
    const { stdout } = aib('graph', `${IMAGE}:overlay`, '--output', 'dot');
    expect(stdout).toContain('[tooltip="overlay, missing"]');
    expect(stdout).toContain('[tooltip="source × 2, external"]');
  });
});

describe('where to', () => {
  test('a page goes to .cache, is one file that names no other, and its path is printed', () => {
    const { stdout, status } = aib('graph', IMAGE);
    const path = join(folder, '.cache/graph.html');
    expect({ stdout, status }).toEqual({ stdout: `${path}\n`, status: 0 });
    const html = readFileSync(path, 'utf8');
    expect(html).toContain("default-src 'none'");
    expect(html.match(/(?:src|href)="(?!#|data:)[^"]*"/g)).toBeNull();
  });

  test.each([
    ['picture.svg', '<svg xmlns='],
    ['deep/picture.dot', 'digraph aib {'],
    ['picture.mmd', 'flowchart TD'],
    ['page.html', '<!doctype html>'],
  ])('the name %s says the form', (name, start) => {
    expect(aib('graph', IMAGE, '-o', name)).toMatchObject({ status: 0, stdout: `${join(folder, name)}\n` });
    expect(readFileSync(join(folder, name), 'utf8').startsWith(start)).toBe(true);
  });

  test('whatever is no page is printed, and a page on demand', () => {
    expect(aib('graph', IMAGE, '--output', 'svg').stdout).toMatch(/^<svg xmlns=[\s\S]*<\/svg>\n$/);
    expect(aib('query', IMAGE, '--output', 'svg').stdout).toMatch(/^<svg xmlns=[\s\S]*<\/svg>\n$/);
    expect(aib('query', IMAGE, '--output', 'html').stdout).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });
});

describe('what cannot be drawn', () => {
  test.each([
    [['//nothing/...'], 'AIB_NO_SUCH_LABEL', 'column 10 of the query'],
    [['deps('], 'AIB_QUERY_SYNTAX', 'column'],
    [['--by', 'colour'], 'AIB_NO_SUCH_ATTRIBUTE', 'did you mean cloud?'],
    [['--output', 'png'], 'AIB_USAGE', 'html'],
  ])('%j', (words, code, more) => {
    const { status, stdout, stderr } = aib('graph', ...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(more);
  });

  test('a file that cannot be written is named', () => {
    const { status, stderr } = aib('graph', IMAGE, '-o', 'aib.lock/picture.svg');
    expect(status).toBe(1);
    expect(stderr).toContain('[AIB_CANNOT_WRITE]');
    expect(stderr).toContain(join(folder, 'aib.lock/picture.svg'));
  });

  test('makes no store', () => {
    expect(existsSync(join(folder, '.cache/aib.db'))).toBe(false);
  });
});

// The last test, because it creates a store.
test('the page tells size and digest of what was built', () => {
  const opened = openStore(join(folder, '.cache'), { now: Date.now, onNotice: () => {} });
  if (!opened.ok) throw new Error(formatFailure(opened.error));
  const { records, blobs } = opened.value;
  const digest = blobs.putBytes('x'.repeat(2048));
  const outputs = { overlay: { type: 'file', path: 'overlay.tar', digest } } as const;
  const label = `${IMAGE}@3.20:overlay`;
  records.commit({ key: 'a'.repeat(64) as Sha256, label, kind: 'overlay', outputs }, 0);
  opened.value.close();
  const { stdout } = aib('query', `${IMAGE}:overlay`, '--output', 'html', '--state');
  const [, json = '{}'] = /id="data">(.*)<\/script>/.exec(stdout) ?? [];
  const { nodes } = JSON.parse(json) as PageData;
  expect(nodes[0]).toMatchObject({
    label,
    facts: { state: 'stale', size: '2.0 KiB', digest: digest.hash },
    outputs: [{ name: 'overlay', size: '2.0 KiB', sha256: digest.hash }],
  });
});
