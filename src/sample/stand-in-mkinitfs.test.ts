import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpackCpio } from '../formats/cpio.ts';

const FOLDER = join(import.meta.dirname, 'files/mkinitfs');
/** GNU's and busybox's cpio both know the options; other systems' may not. */
const canRun = process.platform === 'linux' && spawnSync('sh', ['-c', 'command -v cpio']).status === 0;

let dir = '';
let tree = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'aib-mkinitfs-'));
  tree = join(dir, 'tree');
  await put('bin/busybox', 'busybox');
  await put('lib/ld-musl-x86_64.so.1', 'musl');
  await put('etc/modprobe.d/one.conf', 'options');
  await put(
    'usr/share/mkinitfs/initramfs-init',
    await readFile(join(FOLDER, 'usr/share/mkinitfs/initramfs-init'), 'utf8'),
  );
  await put('etc/mkinitfs/features.d/base.modules', 'kernel/fs/overlayfs\n');
  await put('etc/mkinitfs/features.d/base.files', '/etc/modprobe.d/*.conf\n');
  await put('etc/mkinitfs/features.d/disk.modules', '# disks\nkernel/drivers/block/virtio_blk.ko*\n');
  await put('etc/mkinitfs/mkinitfs.conf', 'features="disk"\nSOURCE_DATE_EPOCH=1725580800\n');
  const modules = 'lib/modules/6.1-0-virt';
  const paths = ['drivers/block/virtio_blk', 'drivers/block/loop', 'fs/overlayfs/overlay', 'lib/needed'];
  for (const path of paths) await put(`${modules}/kernel/${path}.ko`, path);
  const dep = ['kernel/drivers/block/virtio_blk.ko: kernel/lib/needed.ko', 'kernel/drivers/block/loop.ko:'];
  dep.push('kernel/fs/overlayfs/overlay.ko:', 'kernel/lib/needed.ko:');
  await put(`${modules}/modules.dep`, `${dep.join('\n')}\n`);
  await put(`${modules}/modules.alias`, 'alias virtio:d2 virtio_blk\nalias block-major-7 loop\n');
});
afterEach(() => rm(dir, { recursive: true }));

async function put(path: string, content: string): Promise<void> {
  await mkdir(join(tree, dirname(path)), { recursive: true });
  await writeFile(join(tree, path), content);
}

function mkinitfs(...words: readonly string[]) {
  const script = join(FOLDER, 'sbin/mkinitfs');
  return spawnSync('sh', [script, '-b', tree, '-t', dir, '-o', join(dir, 'out'), ...words, '6.1-0-virt'], {
    encoding: 'utf8',
  });
}

async function unpacked() {
  const entries = unpackCpio(gunzipSync(await readFile(join(dir, 'out'))));
  if (!entries.ok) throw new Error(entries.error.what);
  return entries.value;
}

test.skipIf(!canRun)(
  'the archive has the modules of its features, what these need, and indexes of those alone',
  async () => {
    expect(mkinitfs()).toMatchObject({ status: 0 });
    const files = (await unpacked()).filter(entry => entry.type === 'file');
    expect(files.map(file => file.path)).toEqual([
      'bin/busybox',
      'etc/modprobe.d/one.conf',
      'init',
      'lib/ld-musl-x86_64.so.1',
      'lib/modules/6.1-0-virt/kernel/drivers/block/virtio_blk.ko',
      'lib/modules/6.1-0-virt/kernel/fs/overlayfs/overlay.ko',
      'lib/modules/6.1-0-virt/kernel/lib/needed.ko',
      'lib/modules/6.1-0-virt/modules.alias',
      'lib/modules/6.1-0-virt/modules.dep',
    ]);
    const text = (path: string) => Buffer.from(files.find(file => file.path.endsWith(path))?.content ?? []).toString();
    expect(text('modules.alias')).toBe('alias virtio:d2 virtio_blk\n');
    expect(text('modules.dep')).not.toContain('loop');
  },
);

test.skipIf(!canRun)('everything in it is root’s and of the configured time', async () => {
  mkinitfs();
  for (const entry of await unpacked()) {
    expect(entry).toMatchObject({ uid: 0, gid: 0, mtime: 1_725_580_800 });
  }
});

test.skipIf(!canRun)('the same tree with other times, in another folder, gives the same bytes', async () => {
  mkinitfs();
  const first = await readFile(join(dir, 'out'));
  await utimes(join(tree, 'bin/busybox'), 1, 1);
  await chmod(join(tree, 'bin/busybox'), 0o700);
  await mkdir(join(dir, 'else'));
  await symlink(tree, join(dir, 'link'));
  const again = mkinitfs('-b', join(dir, 'link'), '-t', join(dir, 'else'));
  expect(again).toMatchObject({ status: 0 });
  expect(Buffer.compare(await readFile(join(dir, 'out')), first)).toBe(0);
});

test.skipIf(!canRun)('a feature named on the command line takes the place of the configured ones', async () => {
  await put('etc/mkinitfs/features.d/loops.modules', 'kernel/drivers/block/loop\n');
  mkinitfs('-F', 'loops');
  const paths = (await unpacked()).map(entry => entry.path);
  expect(paths).toContain('lib/modules/6.1-0-virt/kernel/drivers/block/loop.ko');
  expect(paths).not.toContain('lib/modules/6.1-0-virt/kernel/drivers/block/virtio_blk.ko');
});

test.skipIf(!canRun)('a kernel without modules is an error that names the file', async () => {
  await rm(join(tree, 'lib/modules'), { recursive: true });
  expect(mkinitfs()).toMatchObject({ status: 1, stderr: expect.stringContaining('6.1-0-virt/modules.dep: not found') });
});
