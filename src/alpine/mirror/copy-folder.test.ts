import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../store/content/digest.ts';
import { testFolder } from '../../util/files/test-folder.ts';
import type { Result } from '../../util/result.ts';
import { type CopyFolder, openCopy } from './copy-folder.ts';

const LIST = 'aib-copy.sha256';
const APP = 'v3.20/main/x86_64/app-1-r0.apk';
const ALPINE = { isSample: false };
const { signal } = new AbortController();

function opened(folder: string, how = ALPINE): CopyFolder {
  return unwrap(openCopy(folder, how));
}

function unwrap<T>(result: Result<T>): T {
  return result.ok ? result.value : expect.unreachable(result.error.what);
}

function refused(folder: string, how = ALPINE) {
  const result = openCopy(folder, how);
  return result.ok ? expect.unreachable('it was opened') : result.error;
}

function listOf(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([path, content]) => `${digestOf(content).hash}  ${path}\n`)
    .join('');
}

async function announce(copy: CopyFolder, files: Readonly<Record<string, string>>): Promise<void> {
  unwrap(await copy.announce(new Map(Object.entries(files).map(([path, text]) => [path, digestOf(text).hash]))));
}

function place(copy: CopyFolder, path: string, content: string, digest: Digest = digestOf(content)) {
  return copy.place(path, digest, [Buffer.from(content.slice(0, 2)), Buffer.from(content.slice(2))], signal);
}

describe('which folder may become a copy', () => {
  test('one that is not there yet, which is made with all above it only when there is something to put there', async () => {
    const folder = join(testFolder('copy'), 'a/b');
    const copy = opened(folder);
    expect(() => readdirSync(folder)).toThrow('ENOENT');
    await announce(copy, { [APP]: 'app' });
    expect(readdirSync(folder)).toEqual([LIST]);
  });

  test('an empty one, and one in which a kill left a part of the list and nothing else', () => {
    const folder = testFolder('copy');
    expect(opened(folder).listed.size).toBe(0);
    writeFileSync(join(folder, `${LIST}.part`), 'abc');
    expect(opened(folder).listed.size).toBe(0);
  });

  test('that of an earlier copy, of which it knows what it put there', async () => {
    const folder = testFolder('copy');
    await announce(opened(folder), { [APP]: 'app', 'v3.20/b': 'b' });
    expect(readFileSync(join(folder, LIST), 'utf8')).toBe(listOf({ 'v3.20/b': 'b', [APP]: 'app' }));
    await announce(opened(folder), { [APP]: 'another app', 'v3.20/a': 'a' });
    expect(readFileSync(join(folder, LIST), 'utf8')).toBe(
      listOf({ 'v3.20/a': 'a', 'v3.20/b': 'b', [APP]: 'another app' }),
    );
  });

  test('no folder that holds something else, of which it names some and touches nothing', () => {
    const folder = testFolder('copy');
    for (const name of ['b', 'a', 'd', 'c']) writeFileSync(join(folder, name), '');
    expect(refused(folder)).toMatchObject({
      code: 'AIB_COPY_IN_THE_WAY',
      where: folder,
      got: `a, b, c …, but no ${LIST}`,
    });
    expect(readdirSync(folder).sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('no file', () => {
    const file = join(testFolder('copy'), 'file');
    writeFileSync(file, '');
    expect(refused(file)).toMatchObject({ code: 'AIB_CANNOT_WRITE', got: expect.stringContaining('ENOTDIR') });
  });

  test('no copy of a mirror with other keys: a file that says sample would stand beside Alpine’s', () => {
    const folder = testFolder('copy');
    writeFileSync(join(folder, LIST), listOf({ [APP]: 'app', 'sample.json': '{}' }));
    expect(refused(folder)).toMatchObject({
      code: 'AIB_COPY_IN_THE_WAY',
      got: expect.stringMatching(/^a copy of a sa/),
    });
    expect(opened(folder, { isSample: true }).listed.size).toBe(2);
    writeFileSync(join(folder, LIST), listOf({ [APP]: 'app' }));
    expect(refused(folder, { isSample: true })).toMatchObject({
      code: 'AIB_COPY_IN_THE_WAY',
      got: expect.stringMatching(/^a copy of an Alpine mirror/),
    });
  });

  test('that of a copy of which nothing is in the list', () => {
    const folder = testFolder('copy');
    writeFileSync(join(folder, LIST), '');
    expect(opened(folder, { isSample: true }).listed.size).toBe(0);
  });

  test('none where no folder can be', async () => {
    const copy = opened('/proc/aib/copy');
    expect(await copy.announce(new Map())).toMatchObject({
      error: { code: 'AIB_CANNOT_WRITE', where: '/proc/aib/copy' },
    });
  });

  test.each([
    ['a line that is none', 'abc  x'],
    ['a path that leads out of it', `${'0'.repeat(64)}  v3.20/../../x`],
    ['a path of its own', `${'0'.repeat(64)}  /etc/passwd`],
  ])('none whose list has %s', (_, line) => {
    const folder = testFolder('copy');
    writeFileSync(join(folder, LIST), `${listOf({ [APP]: 'app' })}${line}\n`);
    expect(refused(folder)).toMatchObject({
      code: 'AIB_COPY_IN_THE_WAY',
      where: `${join(folder, LIST)}:2`,
      got: expect.stringContaining(line),
    });
  });
});

describe('a file', () => {
  test('has its name when it is whole, in the place of what was there', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    mkdirSync(join(folder, APP, '..'), { recursive: true });
    writeFileSync(join(folder, APP), 'older');
    expect(await copy.holds(APP, digestOf('app'), signal)).toBe(false);
    unwrap(await place(copy, APP, 'app'));
    expect(readFileSync(join(folder, APP), 'utf8')).toBe('app');
    expect(readdirSync(join(folder, APP, '..'))).toEqual(['app-1-r0.apk']);
    expect(await copy.holds(APP, digestOf('app'), signal)).toBe(true);
  });

  test('is held only with all of its bytes as they should be', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    writeFileSync(join(folder, 'a'), 'abc');
    mkdirSync(join(folder, 'd'));
    for (const other of ['abd', 'ab', 'abcd']) expect(await copy.holds('a', digestOf(other), signal)).toBe(false);
    // An unreadable file.
    symlinkSync('/proc/self/mem', join(folder, 'm'));
    expect(await copy.holds('m', digestOf(''), signal)).toBe(false);
    writeFileSync(join(folder, 'large'), Buffer.alloc(1 << 20));
    const large = digestOf(Buffer.alloc(1 << 20));
    await expect(copy.holds('large', large, AbortSignal.abort())).rejects.toThrow(/abort/);
    for (const path of ['b', 'd', 'a/b']) expect(await copy.holds(path, digestOf('abc'), signal)).toBe(false);
    expect([copy.size('a'), copy.size('b'), copy.size('d')]).toEqual([3, undefined, undefined]);
  });

  test('that is not what it should be gets no name, and what was there stays', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    writeFileSync(join(folder, 'a'), 'before');
    expect(await place(copy, 'a', 'abd', digestOf('abc'))).toMatchObject({
      ok: false,
      error: {
        code: 'AIB_DIGEST_MISMATCH',
        where: join(folder, 'a'),
        hint: expect.stringContaining('aib fsck --deep'),
      },
    });
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('before');
  });

  test('that cannot be written is a failure with its name; a stop is none', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    writeFileSync(join(folder, 'v3.20'), 'a file');
    expect(await place(copy, APP, 'app')).toMatchObject({
      ok: false,
      error: {
        code: 'AIB_CANNOT_WRITE',
        where: join(folder, APP),
        hint: expect.stringMatching(/^check that the folder/),
      },
    });
    await expect(copy.place('b', digestOf('b'), [Buffer.from('b')], AbortSignal.abort())).rejects.toThrow(/abort/);
    const broken = async function* () {
      yield Buffer.from('b');
      throw new Error('a bug');
    };
    await expect(copy.place('b', digestOf('b'), broken())).rejects.toThrow('a bug');
    expect(readdirSync(folder)).toEqual(['v3.20']);
  });

  test('is written from its start, whatever a kill left of it', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    for (const name of ['a.part', 'a.part.from']) writeFileSync(join(folder, name), 'ab');
    unwrap(await place(copy, 'a', 'abc'));
    expect([readdirSync(folder), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'abc']);
  });

  test('is not in the list if the list cannot be written', async () => {
    const folder = testFolder('copy');
    const copy = opened(folder);
    mkdirSync(join(folder, `${LIST}.part`));
    expect(await copy.announce(new Map([['a', digestOf('a').hash]]))).toMatchObject({
      error: { code: 'AIB_CANNOT_WRITE', where: join(folder, LIST) },
    });
    expect(copy.listed.size).toBe(0);
  });
});

test('what is removed is what the list has, with what a kill left of it, and nothing else', async () => {
  const folder = testFolder('copy');
  const copy = opened(folder);
  await announce(copy, { a: 'a', b: 'b', c: 'c' });
  for (const name of ['a', 'a.part', 'a.part.from', 'b', 'mine']) writeFileSync(join(folder, name), '');
  unwrap(await copy.remove(['a', 'c', 'mine']));
  expect(readdirSync(folder).sort()).toEqual([LIST, 'b', 'mine']);
  expect([...opened(folder).listed.keys()]).toEqual(['b']);
  expect([...copy.listed.keys()]).toEqual(['b']);
});
