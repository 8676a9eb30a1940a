/** A disk that is full when the machine or its driver writes: reported within seconds, never a hang. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { mountTmpfs } from '../torture/mount.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//nocloud/x86_64/uefi/tiny';
const MIB = 1024 * 1024;

const workspace = makeWorkspace(inject('sample'));

/** Leaves `free` MiB. */
function fillUp(mount: string, free: number): void {
  const { bavail, bsize } = statfsSync(mount);
  const ballast = join(mount, 'ballast');
  writeFileSync(ballast, '');
  for (let left = bavail * bsize - free * MIB; left > 0; left -= 16 * MIB)
    writeFileSync(ballast, Buffer.alloc(Math.min(left, 16 * MIB)), { flag: 'a' });
}

test('a disk that fills up while the machine writes ends the build with the remedy', async context => {
  const mount = mountTmpfs(workspace.folder, 'size=1g');
  if (mount === undefined) return context.skip('a small tmpfs can be mounted only by root');
  const cache = ['--cache', join(mount, 'cache')];
  // All inputs of the disk, copied to another place to measure their size.
  const inputs = join(workspace.folder, 'inputs');
  expect((await workspace.aib('action', `${LABEL}:disk`, '--to', inputs, ...cache)).code).toBe(0);
  const names = readdirSync(inputs, { recursive: true, encoding: 'utf8' });
  const size = (some: readonly string[]): number =>
    some.reduce((sum, name) => sum + statSync(join(inputs, name)).size, 0) / MIB;
  // Space for the inputs, and for the files that the driver makes from them, but not for the disk that the machine writes.
  const packed = names.filter(name => /^(?:guest|packages)\/|^(?:initramfs|overlay\.tar)$/.test(name));
  fillUp(mount, Math.ceil(size(names) + size(packed)) + 4);
  const { code, stderr } = await workspace.aib('build', LABEL, ...cache);
  expect(code).toBe(1);
  expect(stderr).toContain('[AIB_STORE_FULL]');
  expect(stderr).toContain("the machine's disk: No space left on device");
  expect(stderr).toMatch(/try +free some space/);
}, 180_000);

test.for([
  ['no room', 'There is no room left on the disk', ''],
  ['a limit on the size of files', 'A file grew beyond what the filesystem or a limit allows', 'ulimit -f 64; '],
])('the driver that meets %s says so in words that aib understands', ([, words = '', limit = ''], context) => {
  const folder = testFolder('driver');
  const place = limit === '' ? mountTmpfs(folder, 'size=1m') : folder;
  if (place === undefined) return context.skip('a small tmpfs can be mounted only by root');
  for (const name of ['guest', 'packages', 'toolbox']) mkdirSync(join(place, name));
  for (const name of ['guest/init', 'packages/world', 'toolbox/tool', 'overlay.tar'])
    writeFileSync(join(place, name), name);
  writeFileSync(join(place, 'initramfs'), Buffer.alloc(700_000));
  cpSync(join(import.meta.dirname, '../../node_modules/.aib/drive.mjs'), join(folder, 'drive.mjs'));
  const env = {
    PATH: process.env.PATH,
    AIB_ARCH: 'x86_64',
    AIB_QEMU: 'q',
    AIB_MACHINE: 'm',
    AIB_CPU: 'c',
    AIB_CONSOLE: 'ttyS0',
    AIB_RESULT_PORT: 'ttyS1',
    AIB_STAGES: 'tree disk',
    AIB_DISK_MIB: '1',
    AIB_EPOCH: '0',
  };
  const command = `${limit}exec "$0" "$@"`;
  const run = spawnSync('/bin/sh', ['-c', command, process.execPath, join(folder, 'drive.mjs'), 'build'], {
    cwd: place,
    env,
  });
  const said = run.stderr.toString();
  expect(said).toMatch(/^aib: \[AIB_STORE_FULL\] /);
  expect(said).toContain(words);
  expect(said).toContain('aib-try: ');
});
