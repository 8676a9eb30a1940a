import { execFileSync, spawnSync } from 'node:child_process';
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { makeRaw, noise, temporaryFolder } from './fixtures.ts';
import { writeQcow2 } from './qcow2.ts';
import { qcow2Disk } from './qcow2-reader.ts';
import { copySparse, emptyDisk, rawDisk } from './raw.ts';

const folder = temporaryFolder();
const CLUSTER = 1 << 16;
const noQemu = ['qemu-img', 'qemu-io'].some(name => spawnSync(name, ['--version']).error !== undefined);
// Two L2 tables; an end within a cluster.
const SIZE = (512 << 20) + 5 * CLUSTER + 512;
const image = makeRaw(join(folder.path, 'image.raw'), SIZE, [
  { at: 3 * CLUSTER - 5, bytes: noise(CLUSTER) },
  { at: 300 << 20, bytes: Buffer.from('far') },
  { at: SIZE - 3, bytes: Buffer.from('end') },
]);
const target = join(folder.path, 'image.qcow2');
const back = join(folder.path, 'back.raw');

afterAll(folder.remove);

test('what the writer stored comes back', async () => {
  await writeQcow2(rawDisk(image), target, { compress: false });
  await copySparse(qcow2Disk(target), back);
  expect(await digestOfFile(back)).toEqual(await digestOfFile(image));
});

test('a disk of zeros is small, and has no blocks', async () => {
  const path = join(folder.path, 'empty.qcow2');
  await writeQcow2(emptyDisk(20 * 2 ** 30), path, { compress: false });
  expect(statSync(path).size).toBeLessThan(1 << 20);
  expect(await qcow2Disk(path).size()).toBe(20 * 2 ** 30);
  for await (const block of qcow2Disk(path).blocks(CLUSTER)) expect(block).toBeUndefined();
});

test('what QEMU writes into an empty one comes back, zeros and what was taken away included', async context => {
  if (noQemu) return context.skip('no qemu-img and qemu-io here');
  const path = join(folder.path, 'written.qcow2');
  const size = 600 << 20;
  await writeQcow2(emptyDisk(size), path, { compress: false });
  const commands = [
    ...['write -P 0x61 0 1000', 'write -P 0x62 520M 3M', 'write -P 0x63 40000 100000', 'write -P 0x64 599M 1M'],
    ...['write -z 521M 1M', 'write -z -u 522M 64k', 'discard 599M 128k', 'write -P 0 40M 1M'],
  ];
  execFileSync('qemu-io', ['-f', 'qcow2', ...commands.flatMap(command => ['-c', command]), path], { stdio: 'pipe' });
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path, join(folder.path, 'theirs.raw')]);
  await copySparse(qcow2Disk(path), back);
  expect(await digestOfFile(back)).toEqual(await digestOfFile(join(folder.path, 'theirs.raw')));
});

test('what is not understood is refused', async () => {
  await expect(qcow2Disk(image).size()).rejects.toThrow(/Internal error/);
  const packed = join(folder.path, 'packed.qcow2');
  await writeQcow2(rawDisk(image), packed, { compress: true });
  await expect(copySparse(qcow2Disk(packed), back)).rejects.toThrow(/is compressed/);
  truncateSync(packed, 200);
  await expect(qcow2Disk(packed).size()).rejects.toThrow(/ends too early/);
});
