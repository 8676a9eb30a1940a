import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packTar, type TarEntry } from '../formats/tar.ts';
import { packApk } from './apk.ts';
import { readUserland } from './userland.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aib-userland-'));
});
afterEach(() => rm(dir, { recursive: true }));

const RELEASED = 1_725_580_800;
const INSTALLED = `C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=
P:shell
V:1.0-r2
A:x86_64
T:A shell
L:MIT
o:shells
t:1700000000
D:so:libc.so.1 base
p:/bin/sh cmd:sh=1.0-r2
q:100
F:
F:bin
R:sh
a:0:0:777
R:suid
a:0:42:4711
F:tmp
M:0:0:1777

C:Q1BBBBBBBBBBBBBBBBBBBBBBBBBBA=
P:base
V:3-r0
A:x86_64
T:Base
L:MIT
t:1700000001
F:etc
R:motd

`;

async function minirootfs(installed: string, more: readonly TarEntry[] = []): Promise<string> {
  const file = (path: string, content: string, mode = 0o600): TarEntry => ({
    ...{ path: `./${path}`, type: 'file', mode, uid: 5, gid: 5, mtime: RELEASED, content: Buffer.from(content) },
  });
  const script = {
    ...file('x', '#!/bin/sh\necho trigger\n'),
    path: 'shell-1.0-r2.Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=.trigger',
  };
  const entries: TarEntry[] = [
    { path: './bin/sh', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 1, linkTarget: '/bin/suid' },
    { path: './bin/unowned', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 1, linkTarget: '/bin/sh' },
    file('bin/suid', 'program'),
    file('etc/motd', 'Welcome\n'),
    file('etc/alpine-release', '3.20.3\n'),
    file('etc/issue', 'Alpine\n'),
    file('lib/apk/db/installed', installed),
    file('lib/apk/db/triggers', 'Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA= /bin /lib/modules/*\n'),
    { ...file('lib/apk/db/scripts.tar', ''), content: await packTar([script]) },
    ...more,
  ];
  const path = join(dir, 'minirootfs.tar.gz');
  await writeFile(path, gzipSync(await packTar(entries)));
  return path;
}

test('a minirootfs comes apart into the packages of its database', async () => {
  const userland = await readUserland(await minirootfs(INSTALLED), 'x86_64');
  if (!userland.ok) throw new Error(userland.error.what);
  expect(userland.value).toMatchObject({ release: '3.20.3', time: RELEASED });
  expect(userland.value.packages.map(found => found.name)).toEqual(['shell', 'base']);
  const [shell] = userland.value.packages;
  expect(shell).toMatchObject({
    version: '1.0-r2',
    origin: 'shells',
    depends: ['so:libc.so.1', 'base'],
    provides: ['/bin/sh', 'cmd:sh=1.0-r2'],
    replacesPriority: '100',
    triggers: ['/bin', '/lib/modules/*'],
    scripts: { '.trigger': Buffer.from('#!/bin/sh\necho trigger\n') },
  });
});

test('owners and modes are those of the database, not those of the archive', async () => {
  const userland = await readUserland(await minirootfs(INSTALLED), 'x86_64');
  if (!userland.ok) throw new Error(userland.error.what);
  const files = userland.value.packages.flatMap(found => found.files);
  expect(files.map(file => `${file.uid}:${file.gid}:${file.mode.toString(8)} ${file.path}`)).toEqual([
    '0:0:755 bin',
    '0:0:777 bin/sh',
    '0:42:4711 bin/suid',
    '0:0:1777 tmp',
    '0:0:755 etc',
    '0:0:644 etc/motd',
  ]);
});

test('the files that name the release are kept for alpine-base, those that nobody owns are not', async () => {
  const userland = await readUserland(await minirootfs(INSTALLED), 'x86_64');
  if (!userland.ok) throw new Error(userland.error.what);
  expect(userland.value.baseFiles.map(file => file.path)).toEqual(['etc/alpine-release', 'etc/issue']);
});

test('what comes out can be packed again', async () => {
  const userland = await readUserland(await minirootfs(INSTALLED), 'x86_64');
  if (!userland.ok) throw new Error(userland.error.what);
  const apks = await Promise.all(userland.value.packages.map(spec => packApk(spec, 'x86_64')));
  expect(apks.map(apk => apk.fileName)).toEqual(['shell-1.0-r2.apk', 'base-3-r0.apk']);
});

test.each([
  ['a userland of another architecture', INSTALLED.replaceAll('A:x86_64', 'A:aarch64'), 'packages for aarch64'],
  ['one with a package of another architecture', INSTALLED.replace('A:x86_64', 'A:aarch64'), 'packages for aarch64'],
  ['a tree without a package database', '', 'no lib/apk/db/installed'],
])('%s is refused, and the message says why', async (_title, installed, why) => {
  const userland = await readUserland(await minirootfs(installed), 'x86_64');
  expect(userland).toMatchObject({ ok: false, error: { code: 'AIB_BAD_USERLAND', got: expect.stringContaining(why) } });
});

test('a file that is no archive is refused', async () => {
  const path = join(dir, 'text');
  await writeFile(path, 'not an archive');
  expect(await readUserland(path, 'x86_64')).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_USERLAND', where: path },
  });
});
