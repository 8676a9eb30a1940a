import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readLocal, writeLocal } from './local-config.ts';

function makePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'aib.local.conf');
}

test('a setting is what was written, also if it is special to a replacement', () => {
  const path = makePath();
  expect(readLocal(path, 'mirror')).toBeUndefined();
  writeLocal(path, 'mirror', '/srv/$&/alpine');
  expect(readLocal(path, 'mirror')).toBe('/srv/$&/alpine');
  writeLocal(path, 'mirror', 'https://example.org/$1');
  expect(readLocal(path, 'mirror')).toBe('https://example.org/$1');
});

test('what else stands in the file stays as it is', () => {
  const path = makePath();
  writeFileSync(path, '# my own words\ncache_size = "50G"\nmirror = "a"');
  writeLocal(path, 'mirror', 'b');
  expect(readFileSync(path, 'utf8')).toBe('# my own words\ncache_size = "50G"\nmirror = "b"');
  writeLocal(path, 'cache_size', '60G');
  expect(readFileSync(path, 'utf8')).toBe('# my own words\ncache_size = "60G"\nmirror = "b"');
});

test.each(['cache_size=50G', '  cache_size : "50G"', 'cache_size = 50G # enough', 'cache_size = "50G"  # "enough"\r'])(
  '%j is read as it is meant, and replaced, not doubled',
  line => {
    const path = makePath();
    writeFileSync(path, `mirror = "a"\n${line}\n`);
    expect(readLocal(path, 'cache_size')).toBe('50G');
    writeLocal(path, 'cache_size', '60G');
    expect(readFileSync(path, 'utf8')).toBe('mirror = "a"\ncache_size = "60G"\n');
  },
);

test('a folder with a quote in its name is remembered, and another name is no setting', () => {
  const path = makePath();
  writeLocal(path, 'mirror', '/srv/a"b');
  expect(readLocal(path, 'mirror')).toBe('/srv/a"b');
  writeLocal(path, 'mirror', '/srv/c');
  expect(readFileSync(path, 'utf8')).not.toContain('a"b');
  writeFileSync(path, '# cache_size = "1G"\nmy_cache_size = "2G"\n');
  expect(readLocal(path, 'cache_size')).toBeUndefined();
});
