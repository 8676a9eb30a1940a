import { execFileSync, spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { makeRaw, noise, type Patch, temporaryFolder } from './fixtures.ts';
import { QCOW2_FORMAT_VERSION, writeQcow2 } from './qcow2.ts';
import { rawDisk } from './raw.ts';

const folder = temporaryFolder();
const CLUSTER = 1 << 16;
const noQemuImg = spawnSync('qemu-img', ['--version']).error !== undefined;
// Text and noise in turn, so that packed and plain clusters alternate; two L2 tables; an end within a cluster.
const SIZE = (512 << 20) + 5 * CLUSTER + 512;
const image = makeRaw(join(folder.path, 'image.raw'), SIZE, [
  ...Array.from({ length: 12 }, (_, index): Patch => {
    const bytes = index % 3 === 2 ? noise(CLUSTER) : Buffer.alloc(CLUSTER, `cluster ${index} `);
    return { at: (index * 2 + 1) * CLUSTER, bytes };
  }),
  { at: 40 * CLUSTER, bytes: noise(50_000) },
  { at: SIZE - 512, bytes: Buffer.from('end') },
]);
const targets = { packed: join(folder.path, 'packed.qcow2'), plain: join(folder.path, 'plain.qcow2') };

afterAll(folder.remove);

test('the bytes of both forms belong to the format version', async () => {
  await writeQcow2(rawDisk(image), targets.packed, { compress: true });
  await writeQcow2(rawDisk(image), targets.plain, { compress: false });
  expect({
    version: QCOW2_FORMAT_VERSION,
    packed: await digestOfFile(targets.packed),
    plain: await digestOfFile(targets.plain),
  }).toEqual({
    version: 1,
    packed: { size: 720896, hash: 'd9fb24f8037c5a597cf0f221dcead5203e89e165491932205e4871817cc21894' },
    plain: { size: 1310720, hash: '8eb66a35e3b4e418206ebe490634e467ab040618ee2374c306e37a9247402284' },
  });
});

test('clusters of zeros are not stored', () => {
  // Header, 14 clusters of data, two L2 tables, L1, counts and their table.
  expect(statSync(targets.plain).size).toBe((1 + 14 + 2 + 1 + 1 + 1) * CLUSTER);
});

test('an image of zeros has no data at all', async () => {
  const zeros = makeRaw(join(folder.path, 'zeros.raw'), 1 << 20, []);
  const target = join(folder.path, 'zeros.qcow2');
  await writeQcow2(rawDisk(zeros), target, { compress: true });
  expect(statSync(target).size).toBe((1 + 1 + 1 + 1) * CLUSTER);
});

test('an image without bytes is a bug of the caller', async () => {
  const empty = makeRaw(join(folder.path, 'empty.raw'), 0, []);
  await expect(writeQcow2(rawDisk(empty), join(folder.path, 'empty.qcow2'), { compress: true })).rejects.toThrow(
    /Internal error/,
  );
});

test.skipIf(noQemuImg)('qemu-img, where installed, finds no error, no leak and the content of the raw image', () => {
  for (const target of Object.values(targets)) expectSame(image, target);
});

test.skipIf(noQemuImg)(
  'qemu-img, where installed, inflates matches from farther back than its window of 4 KiB',
  async () => {
    // Nothing but a match 30,000 bytes back makes this cluster smaller.
    const half = noise(30_000);
    const far = makeRaw(join(folder.path, 'far.raw'), CLUSTER, [{ at: 0, bytes: Buffer.concat([half, half]) }]);
    const target = join(folder.path, 'far.qcow2');
    await writeQcow2(rawDisk(far), target, { compress: true });
    const check: unknown = JSON.parse(
      execFileSync('qemu-img', ['check', '--output=json', target], { encoding: 'utf8' }),
    );
    expect(check).toMatchObject({ 'compressed-clusters': 1 });
    expect(statSync(target).size).toBe(6 * CLUSTER);
    expectSame(far, target);
  },
);

test.skipIf(noQemuImg)('qemu-img, where installed, agrees on any layout of packed and plain clusters', async () => {
  const source = join(folder.path, 'any.raw');
  const target = join(folder.path, 'any.qcow2');
  const patch = fc.record({ cluster: fc.nat(39), size: fc.integer({ min: 1, max: CLUSTER }), isNoise: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(patch, { maxLength: 30 }), async patches => {
      const written = patches.map(({ cluster, size, isNoise }) => ({
        at: cluster * CLUSTER,
        bytes: isNoise ? noise(size) : Buffer.alloc(size, 'ab'),
      }));
      makeRaw(source, 40 * CLUSTER, written);
      await writeQcow2(rawDisk(source), target, { compress: true });
      expectSame(source, target);
    }),
    { numRuns: 12 },
  );
});

function expectSame(raw: string, qcow2: string): void {
  const info: unknown = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', qcow2], { encoding: 'utf8' }));
  expect(info).toMatchObject({ 'virtual-size': statSync(raw).size });
  // Both exit with an error status on any difference, damage or leak.
  expect(execFileSync('qemu-img', ['check', '-f', 'qcow2', qcow2], { encoding: 'utf8' })).toContain(
    'No errors were found',
  );
  expect(execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'qcow2', raw, qcow2], { encoding: 'utf8' })).toBe(
    'Images are identical.\n',
  );
}
