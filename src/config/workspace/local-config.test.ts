import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { type LocalSetting, readLocal, readLocalList, writeLocal } from './local-config.ts';

function makePath(): string {
  return join(testFolder('local'), 'aib.local.conf');
}

function read(path: string, name: LocalSetting): string | undefined {
  const found = readLocal(path, name);
  if (!found.ok) throw new Error(found.error.what);
  return found.value;
}

test('a setting is what was written, also if it is special to a replacement', () => {
  const path = makePath();
  expect(read(path, 'mirror')).toBeUndefined();
  writeLocal(path, 'mirror', ['/srv/$&/alpine']);
  expect(read(path, 'mirror')).toBe('/srv/$&/alpine');
  writeLocal(path, 'mirror', ['https://example.org/$1']);
  expect(read(path, 'mirror')).toBe('https://example.org/$1');
});

test('what else stands in the file stays as it is', () => {
  const path = makePath();
  writeFileSync(path, '# my own words\ncache_size = "50G"\nmirror = "a"');
  writeLocal(path, 'mirror', ['b']);
  expect(readFileSync(path, 'utf8')).toBe('# my own words\ncache_size = "50G"\nmirror = "b"');
  writeLocal(path, 'cache_size', ['60G']);
  expect(readFileSync(path, 'utf8')).toBe('# my own words\ncache_size = "60G"\nmirror = "b"');
});

test.each(['cache_size=50G', '  cache_size : "50G"', 'cache_size = 50G # enough', 'cache_size = "50G"  # "enough"\r'])(
  '%j is read as it is meant, and replaced, not doubled',
  line => {
    const path = makePath();
    writeFileSync(path, `mirror = "a"\n${line}\n`);
    expect(read(path, 'cache_size')).toBe('50G');
    writeLocal(path, 'cache_size', ['60G']);
    expect(readFileSync(path, 'utf8')).toBe('mirror = "a"\ncache_size = "60G"\n');
  },
);

test('a folder with a quote in its name is remembered, and another name is no setting', () => {
  const path = makePath();
  writeLocal(path, 'mirror', ['/srv/a"b']);
  expect(read(path, 'mirror')).toBe('/srv/a"b');
  writeLocal(path, 'mirror', ['/srv/c']);
  expect(readFileSync(path, 'utf8')).not.toContain('a"b');
  writeFileSync(path, '# cache_size = "1G"\nmy_cache_size = "2G"\n');
  expect(read(path, 'cache_size')).toBeUndefined();
});

test('a setting that is there already, however it is written, changes nothing', () => {
  const path = makePath();
  writeFileSync(path, 'mirror = /srv/alpine # mine');
  writeLocal(path, 'mirror', ['/srv/alpine']);
  expect(readFileSync(path, 'utf8')).toBe('mirror = /srv/alpine # mine');
  writeFileSync(path, 'mirror = [/srv/a, // mine\n /srv/b]');
  writeLocal(path, 'mirror', ['/srv/a', '/srv/b']);
  expect(readFileSync(path, 'utf8')).toBe('mirror = [/srv/a, // mine\n /srv/b]');
  writeLocal(path, 'mirror', ['/srv/a']);
  expect(readFileSync(path, 'utf8')).toBe('mirror = "/srv/a"');
});

test.each(['/srv/a\nb', '/srv/a" # b'])('%j, which plain quotes cannot hold, is remembered all the same', value => {
  const path = makePath();
  writeLocal(path, 'mirror', [value]);
  writeLocal(path, 'cache_size', ['1G']);
  expect(read(path, 'mirror')).toBe(value);
  expect(read(path, 'cache_size')).toBe('1G');
});

test('a list is refused where one value is meant, and replaced as a whole', () => {
  const path = makePath();
  writeFileSync(path, '# one\nmirror = [\n  "a", # two\n  b\n] # three\n# four\n');
  expect(readLocal(path, 'mirror')).toMatchObject({
    ok: false,
    error: { code: 'AIB_CONFIG_VALUE', where: `${path}:2`, got: 'a, b', hint: 'write mirror = "a"' },
  });
  writeLocal(path, 'mirror', ['c']);
  expect(readFileSync(path, 'utf8')).toBe('# one\nmirror = "c"\n# four\n');
});

test('a line that is wrong is a failure with its place, and is not written over', () => {
  const path = makePath();
  const text = 'cache_size = "50G"\n  mirror = /srv/my folder\n';
  writeFileSync(path, text);
  const failure = {
    code: 'AIB_CONFIG_SYNTAX',
    what: 'Unexpected text after the value of mirror',
    where: `${path}:2:20`,
    hint: 'put the whole value in double quotes',
    output: ['  mirror = /srv/my folder', '                   ~'],
  };
  expect(readLocal(path, 'cache_size')).toEqual({ ok: false, error: failure });
  expect(writeLocal(path, 'mirror', ['b'])).toEqual({ ok: false, error: failure });
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a file that cannot be read is a failure', () => {
  const path = makePath();
  mkdirSync(path);
  expect(readLocal(path, 'mirror')).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_FILE', where: path } });
});

test('a list is what was written, whatever its values hold, and one value is a list of one', () => {
  const path = makePath();
  expect(readLocalList(path, 'mirror')).toEqual({ ok: true, value: [] });
  const values = ['/srv/a"b', 'C:\\new', 'a\nb # c', ''];
  writeLocal(path, 'mirror', values);
  expect(readLocalList(path, 'mirror')).toEqual({ ok: true, value: values });
  writeLocal(path, 'mirror', ['/srv/c']);
  expect(readLocalList(path, 'mirror')).toEqual({ ok: true, value: ['/srv/c'] });
});
