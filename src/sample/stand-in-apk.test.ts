import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseApkIndex } from '../alpine/package/apkindex.ts';
import { unpackTar } from '../formats/tar.ts';
import { type Apk, member, type PackageSpec, packApk } from './apk.ts';

const STAND_IN = join(import.meta.dirname, 'files/apk-tools/sbin/apk');
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const canRun = ['sh', 'tar', 'gzip', 'awk', 'sed'].every(has) && process.platform === 'linux';
/** Scripts run in a chroot, which requires root, and the shell there needs its libraries. */
const libraries = [
  ...(spawnSync('sh', ['-c', 'ldd /bin/sh'], { encoding: 'utf8' }).stdout ?? '').matchAll(/(\/\S+) \(0x/g),
].map(([, path = '']) => path);
const canChroot = canRun && libraries.length > 0 && process.getuid?.() === 0;
const shellFiles = async () => {
  const paths = ['/bin/sh', ...libraries];
  return Promise.all(paths.map(async path => member(path.slice(1), await readFile(path), 0o755, 0)));
};

let dir = '';
let root = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aib-apk-'));
  root = join(dir, 'root');
});
afterEach(() => rm(dir, { recursive: true }));

const spec = (name: string, files: Readonly<Record<string, string>>, rest: Partial<PackageSpec> = {}): PackageSpec => ({
  ...{ name, version: '1.0-r0', description: `About ${name}`, license: 'MIT', buildTime: 1_700_000_000 },
  files: Object.entries(files).map(([path, content]) => member(path, Buffer.from(content), 0o644, 1_700_000_000)),
  ...rest,
});

async function write(made: PackageSpec): Promise<Apk & { readonly path: string }> {
  const apk = await packApk(made, 'x86_64');
  const path = join(dir, apk.fileName);
  await writeFile(path, apk.bytes);
  return { ...apk, path };
}

/** Called as in the guest. */
function apk(verb: string, ...words: readonly string[]) {
  const options = [
    '--no-network',
    '--no-cache',
    '--no-progress',
    '--initdb',
    '--keys-dir',
    '/keys',
    '--repositories-file',
    '/none',
  ];
  return spawnSync('sh', [STAND_IN, verb, ...options, '--root', root, ...words], { encoding: 'utf8' });
}

async function installed() {
  const records = parseApkIndex(await readFile(join(root, 'lib/apk/db/installed'), 'utf8'));
  // The records have no C: where xxd is missing.
  return records.ok ? records.value : records.error;
}

test.skipIf(!canRun)('package files are unpacked and listed with their versions, dependencies and files', async () => {
  const library = await write(spec('library', { 'usr/lib/a.so': 'library' }));
  const tool = await write(
    spec('tool', { 'usr/bin/tool': 'tool', 'etc/tool.conf': 'x' }, { depends: ['library', 'so:a.so'] }),
  );
  const added = apk('add', library.path, tool.path);
  expect(added).toMatchObject({ status: 0 });
  expect(await readFile(join(root, 'usr/bin/tool'), 'utf8')).toBe('tool');
  expect((await readdir(root)).filter(name => name.startsWith('.'))).toEqual([]);
  const text = await readFile(join(root, 'lib/apk/db/installed'), 'utf8');
  expect(text).toContain('P:library\nV:1.0-r0\nA:x86_64\n');
  expect(text).toContain('D:library so:a.so\n');
  expect(text).toContain('F:usr/bin\nR:tool\n');
  expect(await readFile(join(root, 'etc/apk/world'), 'utf8')).toBe('library\ntool\n');
});

test.skipIf(!canRun || !has('xxd'))('the database has the checksum that the index gives', async () => {
  const tool = await write(spec('tool', { 'usr/bin/tool': 'tool' }));
  apk('add', tool.path);
  expect(await installed()).toMatchObject([{ name: 'tool', version: '1.0-r0', checksum: tool.checksum }]);
});

test.skipIf(!canRun)("a file below etc that was there first stays, and the package's goes beside it", async () => {
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc/tool.conf'), 'mine');
  expect(apk('add', (await write(spec('tool', { 'etc/tool.conf': 'theirs' }))).path).status).toBe(0);
  expect(await readFile(join(root, 'etc/tool.conf'), 'utf8')).toBe('mine');
  expect(await readFile(join(root, 'etc/tool.conf.apk-new'), 'utf8')).toBe('theirs');
});

test.skipIf(!canRun)(
  'deleting a package takes its files, its empty folders and its record, and leaves others',
  async () => {
    const kept = await write(spec('kept', { 'usr/bin/kept': 'kept' }));
    const gone = await write(spec('gone', { 'usr/bin/gone': 'gone', 'usr/lib/gone/data': 'gone' }));
    apk('add', kept.path, gone.path);
    expect(apk('del', 'gone').status).toBe(0);
    expect(await readdir(join(root, 'usr/bin'))).toEqual(['kept']);
    expect(existsSync(join(root, 'usr/lib'))).toBe(false);
    const text = await readFile(join(root, 'lib/apk/db/installed'), 'utf8');
    expect(text.match(/^P:.*$/gm)).toEqual(['P:kept']);
    expect(await readFile(join(root, 'etc/apk/world'), 'utf8')).toBe('kept\n');
  },
);

test.skipIf(!canRun)('adding what is installed already does nothing', async () => {
  const { path } = await write(spec('tool', { 'usr/bin/tool': 'tool' }));
  apk('add', path);
  await writeFile(join(root, 'usr/bin/tool'), 'edited');
  expect(apk('add', path)).toMatchObject({ status: 0, stdout: '' });
  expect(await readFile(join(root, 'usr/bin/tool'), 'utf8')).toBe('edited');
});

test.skipIf(!canRun)('a name is refused where a file is wanted, since there is no solver', () => {
  const added = apk('add', 'openssh');
  expect(added.status).not.toBe(0);
  expect(added.stderr).toContain('openssh: no such package file');
});

test.skipIf(!canRun)('what it cannot do it refuses to do', () => {
  expect(apk('upgrade')).toMatchObject({ status: 1, stderr: expect.stringContaining("'upgrade'") });
});

test.skipIf(!canChroot)(
  'scripts run around their own package, and each trigger once at the end with its folders',
  async () => {
    const say = (what: string) => Buffer.from(`#!/bin/sh\necho "${what} $*" >>/log\n`);
    const shell = spec('shell', {}, { files: await shellFiles() });
    const watcher = spec(
      'watcher',
      { 'usr/share/watcher': '' },
      {
        triggers: ['/usr/share/kernel/*', '/usr/bin'],
        scripts: { '.trigger': say('trigger') },
      },
    );
    const kernel = spec(
      'kernel',
      { 'usr/share/kernel/virt/release': '6', 'usr/share/kernel/virt/deep/er': '' },
      {
        scripts: {
          '.pre-install': say('pre'),
          '.post-install': Buffer.from('#!/bin/sh\n[ -e /usr/share/kernel/virt/release ] && echo post >>/log\n'),
        },
      },
    );
    const paths = [];
    for (const made of [shell, watcher, kernel]) paths.push((await write(made)).path);
    const added = apk('add', ...paths);
    expect(added).toMatchObject({ status: 0 });
    expect(await readFile(join(root, 'log'), 'utf8')).toBe('pre 1.0-r0\npost\ntrigger /usr/share/kernel/virt\n');
  },
);

// The archive is part of the image, whose bytes must not depend on when it was made.
test.skipIf(!canRun || !has('xxd'))('scripts have the time of their package in the database', async () => {
  const scripts = { '.trigger': Buffer.from('#!/bin/sh\n'), '.post-install': Buffer.from('#!/bin/sh\n') };
  apk('add', '--no-scripts', (await write(spec('watcher', { 'usr/w': '' }, { triggers: ['/boot'], scripts }))).path);
  const archive = await unpackTar(await readFile(join(root, 'lib/apk/db/scripts.tar')));
  expect(archive.map(({ mtime }) => mtime)).toEqual([1_700_000_000, 1_700_000_000]);
});

test.skipIf(!canRun || !has('xxd'))('scripts and triggers lie in the database in the form of apk 2', async () => {
  const nothing = Buffer.from('#!/bin/sh\n');
  const watcher = await write(
    spec(
      'watcher',
      { 'usr/w': '' },
      { triggers: ['/boot', '/etc'], scripts: { '.trigger': nothing, '.post-upgrade': nothing } },
    ),
  );
  apk('add', '--no-scripts', watcher.path);
  const sum = `X1${Buffer.from(watcher.checksum.slice(2), 'base64').toString('hex')}`;
  const listed = () => execFileSync('tar', ['-tf', join(root, 'lib/apk/db/scripts.tar')], { encoding: 'utf8' });
  expect(listed()).toBe(`watcher-1.0-r0.${sum}.post-upgrade\nwatcher-1.0-r0.${sum}.trigger\n`);
  expect(await readFile(join(root, 'lib/apk/db/triggers'), 'utf8')).toBe(`${watcher.checksum} /boot /etc\n`);
  expect(apk('info', '--triggers', 'watcher').stdout).toBe('watcher-1.0-r0 triggers:\n/boot\n/etc\n\n');
  apk('add', '--no-scripts', (await write(spec('other', { 'usr/o': '' }))).path);
  expect(listed().split('\n')).toHaveLength(3);
  apk('del', '--no-scripts', 'watcher');
  expect(existsSync(join(root, 'lib/apk/db/scripts.tar'))).toBe(false);
  expect(await readFile(join(root, 'lib/apk/db/triggers'), 'utf8')).toBe('');
});

test.skipIf(!canRun)('a name is found in a folder that is named as repository', async () => {
  const { path, bytes } = await write(spec('tool', { 'usr/bin/tool': 'tool' }));
  await mkdir(join(dir, 'repo/x86_64'), { recursive: true });
  await writeFile(join(dir, 'repo/x86_64/tool-1.0-r0.apk'), bytes);
  await rm(path);
  expect(apk('add', '-X', join(dir, 'repo'), 'tool')).toMatchObject({ status: 0 });
  expect(await readFile(join(root, 'usr/bin/tool'), 'utf8')).toBe('tool');
});

test.skipIf(!canChroot)('a script that fails is told of, and the exit status says so', async () => {
  const shell = spec('shell', {}, { files: await shellFiles() });
  const bad = spec('bad', { 'usr/bad': '' }, { scripts: { '.post-install': Buffer.from('#!/bin/sh\nexit 7\n') } });
  const added = apk('add', (await write(shell)).path, (await write(bad)).path);
  expect(added).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('bad-1.0-r0.post-install: script exited with error 7'),
  });
});

test.skipIf(!canChroot)('with --no-scripts nothing runs', async () => {
  const bad = spec('bad', { 'usr/bad': '' }, { scripts: { '.post-install': Buffer.from('#!/bin/sh\nexit 7\n') } });
  expect(apk('add', '--no-scripts', (await write(bad)).path).status).toBe(0);
});

test('the shell finds no mistake in any of the data files', async () => {
  const folder = join(import.meta.dirname, 'files');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let checked = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (!(await readFile(path, 'utf8')).startsWith('#!')) continue;
    execFileSync('sh', ['-n', path]);
    checked += 1;
  }
  expect(checked).toBeGreaterThan(40);
});
