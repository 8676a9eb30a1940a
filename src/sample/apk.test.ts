import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openArchive } from '../alpine/package/archive.ts';
import { readGzipMember } from '../alpine/package/gzip-member.ts';
import { sampleTrustRoot } from '../alpine/package/sample-trust.ts';
import { verifyIndex, verifyPackage } from '../alpine/package/verify.ts';
import { unpackTar } from '../formats/tar.ts';
import { member, type PackageSpec, packApk } from './apk.ts';
import { packIndex } from './repository.ts';

const TIME = 1_725_580_800;
const HELLO: PackageSpec = {
  name: 'hello',
  version: '1.2.3-r4',
  description: 'Says hello',
  license: 'MIT',
  buildTime: TIME,
  depends: ['/bin/sh', 'so:libc.musl-x86_64.so.1'],
  provides: ['cmd:hello=1.2.3-r4'],
  installIf: ['openrc', 'world>1'],
  triggers: ['/usr/share/hello', '/usr/share/kernel/*'],
  scripts: { '.post-install': Buffer.from('#!/bin/sh\n'), '.trigger': Buffer.from('#!/bin/sh\necho\n') },
  files: [
    member('usr/bin/hello', Buffer.from('#!/bin/sh\necho hello\n'), 0o755, TIME),
    { path: 'usr/bin/hi', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: TIME, linkTarget: 'hello' },
    member('etc/hello.conf', Buffer.from('greeting=hello\n'), 0o644, TIME),
  ],
};

test('a package passes the whole chain of checks with the published key', async () => {
  const apk = await packApk(HELLO, 'x86_64');
  const expected = { name: 'hello', version: '1.2.3-r4', checksum: apk.checksum, size: apk.bytes.byteLength };
  const verified = await verifyPackage(apk.bytes, expected, sampleTrustRoot().keys);
  expect(verified).toMatchObject({ ok: true, value: { name: 'hello', depends: HELLO.depends } });
});

test('a package whose data was altered does not pass', async () => {
  const apk = await packApk(HELLO, 'x86_64');
  const bytes = Buffer.from(apk.bytes);
  bytes.writeUInt8(bytes.readUInt8(bytes.byteLength - 20) ^ 1, bytes.byteLength - 20);
  const verified = await verifyPackage(bytes, { name: 'hello', version: '1.2.3-r4', checksum: apk.checksum });
  expect(verified).toMatchObject({ ok: false, error: { code: 'AIB_DIGEST_MISMATCH' } });
});

test('the order in which files are given changes nothing', async () => {
  const apk = await packApk(HELLO, 'x86_64');
  const again = await packApk({ ...HELLO, files: [...HELLO.files].reverse() }, 'x86_64');
  expect(Buffer.compare(again.bytes, apk.bytes)).toBe(0);
});

test('the bytes of a package stay as they are until SAMPLE_FORMAT_VERSION is raised', async () => {
  const { bytes } = await packApk(HELLO, 'x86_64');
  const index = await packIndex('x86_64', [await packApk(HELLO, 'x86_64')], 'v3.20.3', TIME);
  expect([bytes, index].map(part => createHash('sha256').update(part).digest('hex'))).toMatchInlineSnapshot(`
    [
      "c1dfeef42e14d3288f12595102978fa1bbc5e77fd2254dda0fe4f860d11fee3e",
      "8ed9fbbece7e3ad8c30498263723b1b107c49876d764c0d30c3699f6c7f99ac8",
    ]
  `);
});

test('every file carries its checksum, has its parents before it and keeps its mode', async () => {
  const apk = await packApk(HELLO, 'x86_64');
  const parts = await openArchive(apk.bytes, 1 << 20);
  if (parts.kind !== 'parts') throw new Error(parts.kind);
  expect(parts.archive.files.map(file => file.path)).toEqual(['.PKGINFO', '.post-install', '.trigger']);
  const data = readGzipMember(apk.bytes, parts.archive.controlEnd, 1 << 20);
  if (data.kind !== 'member') throw new Error(data.kind);
  const files = await unpackTar(data.content);
  expect(files.map(file => `${file.type} ${file.mode.toString(8)} ${file.path}`)).toEqual([
    'directory 755 etc',
    'file 644 etc/hello.conf',
    'directory 755 usr',
    'directory 755 usr/bin',
    'file 755 usr/bin/hello',
    'symlink 777 usr/bin/hi',
  ]);
  const sha1 = createHash('sha1').update('greeting=hello\n').digest('hex');
  expect(files[1]?.pax).toEqual({ 'APK-TOOLS.checksum.SHA1': sha1 });
});

test('a package for aarch64 differs from one for x86_64 in what it says of itself, and so does its record', async () => {
  const [arm, x86] = [await packApk(HELLO, 'aarch64'), await packApk(HELLO, 'x86_64')];
  const verified = await verifyPackage(arm.bytes, { ...HELLO, checksum: arm.checksum }, sampleTrustRoot().keys);
  expect(verified).toMatchObject({ ok: true, value: { arch: 'aarch64' } });
  expect([arm.checksum === x86.checksum, arm.installedSize]).toEqual([false, x86.installedSize]);
  const index = await verifyIndex(await packIndex('aarch64', [arm], 'v3.20.3', TIME), sampleTrustRoot().keys);
  expect(index).toMatchObject({ ok: true, value: { packages: [{ name: 'hello', arch: 'aarch64' }] } });
});

test('an index is signed and lists what a solver needs of each package', async () => {
  const apks = [await packApk({ ...HELLO, name: 'zebra', files: [] }, 'x86_64'), await packApk(HELLO, 'x86_64')];
  const verified = await verifyIndex(await packIndex('x86_64', apks, 'v3.20.3', TIME), sampleTrustRoot().keys);
  if (!verified.ok) throw new Error(verified.error.what);
  expect(verified.value.packages.map(found => found.name)).toEqual(['hello', 'zebra']);
  expect(verified.value.packages[0]).toMatchObject({
    version: '1.2.3-r4',
    checksum: apks[1]?.checksum,
    size: apks[1]?.bytes.byteLength,
    depends: HELLO.depends,
    provides: HELLO.provides,
    installIf: HELLO.installIf,
    buildTime: TIME,
  });
});
