import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isoPath, packagePath } from '../alpine/mirror/mirror-layout.ts';
import { verifyRelease } from '../alpine/package/release-key.ts';
import { sampleTrustRoot } from '../alpine/package/sample-trust.ts';
import { verifyIndex, verifyPackage } from '../alpine/package/verify.ts';
import { openIso } from '../formats/iso9660-reader.ts';
import { testFolder } from '../util/files/test-folder.ts';
import { member, packApk } from './apk.ts';
import type { ArchName } from './architecture.ts';
import { type Branch, writeBranch } from './branch.ts';

const TIME = 1_725_580_800;
const BRANCH: Branch = { name: '3.20', release: '3.20.3', time: TIME, usrMerged: true, fullIndex: false };
const ARCHS = ['x86_64', 'aarch64'] as const satisfies readonly ArchName[];
const NAMES = ['busybox', 'linux-virt', 'ovmf', 'aavmf', 'grub-efi'];
const { keys, releaseSigner } = sampleTrustRoot();

async function write(arch: ArchName, branch = BRANCH): Promise<string> {
  const dir = testFolder('branch');
  const apks = NAMES.map(name => {
    const files = [member(`usr/share/${name}`, Buffer.from(name), 0o644, TIME)];
    return packApk({ name, version: '1-r0', description: '', license: 'MIT', buildTime: TIME, files }, arch);
  });
  const [vmlinuz, config] = ['vmlinuz', 'config'].map(name =>
    member(name, Buffer.from(`${name} ${arch}`), 0o644, TIME),
  );
  const kernel = { release: '6.1', stage: '', modules: [], vmlinuz, config } as const;
  const boot = { initramfs: Buffer.from('initramfs'), modloop: Buffer.from('modloop') };
  if (vmlinuz === undefined || config === undefined) expect.unreachable();
  await writeBranch(dir, branch, arch, await Promise.all(apks), { ...boot, kernel: { ...kernel, vmlinuz, config } });
  return dir;
}

async function indexOf(dir: string, repository: string) {
  const verified = await verifyIndex(readFileSync(join(dir, repository, 'APKINDEX.tar.gz')), keys);
  return verified.ok ? verified.value.packages : expect.unreachable(verified.error.what);
}

test.each(ARCHS)('the packages for %s lie below its name, in signed indexes that say whose they are', async arch => {
  const dir = await write(arch);
  const main = await indexOf(dir, `v3.20/main/${arch}`);
  const community = await indexOf(dir, `v3.20/community/${arch}`);
  expect(main.map(({ name }) => name)).toEqual(['busybox', 'grub-efi', 'linux-virt']);
  expect(community.map(({ name }) => name)).toEqual(['aavmf', 'ovmf']);
  expect(new Set([...main, ...community].map(found => found.arch))).toEqual(new Set([arch]));
  for (const entry of main) {
    const path = join(dir, packagePath(`v3.20/main/${arch}`, entry));
    expect(await verifyPackage(path, entry, keys)).toMatchObject({ ok: true, value: { arch } });
  }
});

test.each(ARCHS)('the ISO for %s has its kernel, a repository of its own, checksums and a signature', async arch => {
  const dir = await write(arch);
  const file = join(dir, isoPath('v3.20', arch, '3.20.3'));
  const iso = await openIso(file);
  if (!iso.ok) expect.unreachable(iso.error.what);
  expect(Buffer.from((await iso.value.read('boot/vmlinuz-virt')) ?? []).toString()).toBe(`vmlinuz ${arch}`);
  // Alpine's virt ISO does not have these either.
  const apks = iso.value.list().filter(({ path }) => path.endsWith('.apk'));
  expect(apks.map(({ path }) => path)).toEqual([`apks/${arch}/busybox-1-r0.apk`]);
  const bytes = readFileSync(file);
  for (const algorithm of ['sha256', 'sha512']) {
    const [sum] = readFileSync(`${file}.${algorithm}`, 'utf8').split(' ');
    expect(sum).toBe(createHash(algorithm).update(bytes).digest('hex'));
  }
  const { fingerprint, armored = '' } = releaseSigner;
  const signature = readFileSync(`${file}.asc`, 'utf8');
  expect(await verifyRelease(file, signature, { fingerprint, armored }, file)).toMatchObject({ ok: true });
  const folder = join(dir, 'v3.20/releases', arch);
  expect(readFileSync(join(folder, 'latest-releases.yaml'), 'utf8')).toContain(`  arch: ${arch}\n`);
  expect(readdirSync(folder)).toHaveLength(5);
});

test.each(ARCHS)('the long index for %s is all of its own architecture', async arch => {
  const packages = await indexOf(await write(arch, { ...BRANCH, fullIndex: true }), `v3.20/main/${arch}`);
  // Packages of community count, too.
  expect(packages).toHaveLength(20_000 - 2);
  expect(new Set(packages.map(found => found.arch))).toEqual(new Set([arch]));
});
