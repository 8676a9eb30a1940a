import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { member, type PackageSpec, packApk } from './apk.ts';
import { readRealPackages } from './real-packages.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aib-real-'));
});
afterEach(() => rm(dir, { recursive: true }));

const BASE: PackageSpec = {
  ...{
    name: 'alpine-base',
    version: '3.19.1-r0',
    description: 'Meta package',
    license: 'MIT',
    buildTime: 1_706_000_000,
  },
  depends: ['busybox', 'so:libc.musl-x86_64.so.1'],
  provides: ['base=1'],
  installIf: ['openrc', 'busybox=1'],
  triggers: ['/boot', '/etc/*'],
  providerPriority: '7',
  scripts: { '.trigger': Buffer.from('#!/bin/sh\n') },
  files: [member('etc/issue', Buffer.from('Welcome'), 0o644, 5)],
};

test('a package keeps its bytes, and an index says of it what its own .PKGINFO does', async () => {
  const made = await packApk(BASE, 'x86_64');
  await writeFile(join(dir, made.fileName), made.bytes);
  const read = await readRealPackages(dir);
  expect(read).toMatchObject({ ok: true, value: { release: '3.19.1', time: 1_706_000_000 } });
  const [apk] = read.ok ? read.value.apks : [];
  expect(apk).toMatchObject({
    fileName: 'alpine-base-3.19.1-r0.apk',
    checksum: made.checksum,
    installedSize: made.installedSize,
    spec: {
      ...{ name: 'alpine-base', version: '3.19.1-r0', description: 'Meta package', depends: BASE.depends },
      ...{ provides: BASE.provides, installIf: BASE.installIf, triggers: BASE.triggers, providerPriority: '7' },
    },
  });
  expect(Buffer.compare(Buffer.from(apk?.bytes ?? []), Buffer.from(made.bytes))).toBe(0);
  expect(apk?.spec.files.map(({ path }) => path)).toEqual(['etc', 'etc/issue']);
  expect(Object.keys(apk?.spec.scripts ?? {})).toEqual(['.trigger']);
});

test('a folder without alpine-base does not say of which release its packages are', async () => {
  const made = await packApk({ ...BASE, name: 'other' }, 'x86_64');
  await writeFile(join(dir, made.fileName), made.bytes);
  expect(await readRealPackages(dir)).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_PACKAGES', where: dir, got: expect.stringContaining('1 packages, but no alpine-base') },
  });
});

test('a file that is no package is named', async () => {
  await writeFile(join(dir, 'broken-1-r0.apk'), 'ADBd');
  expect(await readRealPackages(dir)).toMatchObject({
    ok: false,
    error: { code: 'AIB_BAD_PACKAGES', where: join(dir, 'broken-1-r0.apk') },
  });
});
