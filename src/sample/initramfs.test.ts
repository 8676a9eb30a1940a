import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SAMPLE_KEY_NAME } from '../alpine/package/sample-trust.ts';
import { unpackCpio } from '../formats/cpio.ts';
import { member, type PackageSpec } from './apk.ts';
import { packInitramfs } from './initramfs.ts';
import type { SampleKernel } from './kernel.ts';

const program = (path: string) => member(path, Buffer.from(path), 0o755, 9);
const spec = (name: string, files: readonly string[], rest: Partial<PackageSpec> = {}): PackageSpec => ({
  ...{ name, version: '1-r0', description: '', license: '', buildTime: 0, files: files.map(program) },
  ...rest,
});
const PACKAGES = [
  spec('apk-tools', ['sbin/apk', 'lib/libapk.so.2'], { depends: ['so:libssl.so.3', 'alpine-keys'] }),
  spec('libssl3', ['lib/libssl.so.3', 'usr/share/doc'], { provides: ['so:libssl.so.3=3'], depends: ['so:libc.so.1'] }),
  spec('musl', ['lib/libc.so.1'], { provides: ['so:libc.so.1=1'] }),
  spec('busybox', ['bin/busybox', 'usr/share/udhcpc/default.script'], { depends: ['so:libc.so.1'] }),
  spec('alpine-keys', ['lib/unneeded.so.1']),
];
const KERNEL: SampleKernel = {
  release: '6.1',
  stage: '',
  vmlinuz: program('boot/vmlinuz-virt'),
  config: program('boot/config-virt'),
  modules: [member('lib/modules/6.1/kernel/a.ko', Buffer.from('a'), 0o644, 9)],
};

const pack = (packages: readonly PackageSpec[], usrMerged = false) =>
  packInitramfs({ packages, kernel: KERNEL, time: 5, usrMerged });

function unpack(bytes: Uint8Array) {
  const entries = unpackCpio(gunzipSync(bytes));
  if (!entries.ok) throw new Error(entries.error.what);
  return entries.value;
}

test('the initramfs has apk, the libraries that it needs and the modules, and nothing else of the packages', () => {
  const files = unpack(pack(PACKAGES)).filter(entry => entry.type === 'file');
  expect(files.map(file => file.path)).toEqual([
    'bin/busybox',
    `etc/apk/keys/${SAMPLE_KEY_NAME}`,
    'etc/fstab',
    'init',
    'lib/libapk.so.2',
    'lib/libc.so.1',
    'lib/libssl.so.3',
    'lib/modules/6.1/kernel/a.ko',
    'sbin/apk',
  ]);
});

test('every parent comes before what lies in it, and all have one time', () => {
  const entries = unpack(pack(PACKAGES));
  const seen = new Set(['']);
  for (const { path, mtime } of entries) {
    expect(seen).toContain(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    expect(mtime).toBe(5);
    seen.add(path);
  }
});

test('the same packages in another order give the same bytes', () => {
  const first = pack(PACKAGES);
  expect(Buffer.compare(pack([...PACKAGES].reverse()), first)).toBe(0);
});

test('a merged one has links into usr, and everything behind them', () => {
  const entries = unpack(pack(PACKAGES, true));
  const links = entries.flatMap(entry => (entry.type === 'symlink' ? [[entry.path, entry.linkTarget]] : []));
  expect(links).toEqual([
    ['bin', 'usr/bin'],
    ['lib', 'usr/lib'],
    ['sbin', 'usr/sbin'],
  ]);
  const below = entries.filter(({ path }) => /^(bin|sbin|lib)\//.test(path));
  expect(below).toEqual([]);
  expect(entries.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['usr/bin/busybox', 'usr/sbin/apk', 'usr/lib/modules/6.1/kernel/a.ko']),
  );
});
