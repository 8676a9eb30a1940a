import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { makeRaw, noise, temporaryFolder } from './fixtures.ts';
import { packDisk, packedDisk } from './packed-disk.ts';
import { writeQcow2 } from './qcow2.ts';
import { copySparse, type Disk, rawDisk } from './raw.ts';
import { writeVhd } from './vhd.ts';

const folder = temporaryFolder();
const BLOCK = 64 << 10;
const MEBIBYTE = 1 << 20;
const SIZE = 9 * MEBIBYTE + 512;
const image = makeRaw(join(folder.path, 'image.raw'), SIZE, [
  { at: 3 * BLOCK - 2, bytes: Buffer.from('over a border') },
  { at: 5 * MEBIBYTE, bytes: noise(100_000) },
  { at: SIZE - 3, bytes: Buffer.from('end') },
]);
const packed = join(folder.path, 'packed');

afterAll(folder.remove);

test('the bytes belong to the version of the form', async () => {
  await packDisk(rawDisk(image), packed);
  // 145 blocks need 19 bytes of map; five of them are stored, of which the last one has 512 bytes.
  expect(await digestOfFile(packed)).toEqual({
    size: 1_024 + 4 * BLOCK + 512,
    hash: '36d91e2d66a98bdd9895d58f5a6b4895c77e32cb4172b322e3c6deec80edf4ef',
  });
});

test('zeros that were written are as absent as holes', async () => {
  const written = makeRaw(join(folder.path, 'written.raw'), SIZE, [{ at: 0, bytes: readFileSync(image) }]);
  const target = join(folder.path, 'written');
  await packDisk(rawDisk(written), target);
  expect(await digestOfFile(target)).toEqual(await digestOfFile(packed));
});

test('each format comes out of it as out of the raw disk', async () => {
  const vhd = { uniqueId: Buffer.alloc(16, 1), timestamp: 1_725_580_800 };
  const writers: Readonly<Record<string, (disk: Disk, target: string) => Promise<void>>> = {
    raw: copySparse,
    qcow2: (disk, target) => writeQcow2(disk, target, { compress: true }),
    fixed: (disk, target) => writeVhd(disk, target, { ...vhd, type: 'fixed' }),
    dynamic: (disk, target) => writeVhd(disk, target, { ...vhd, type: 'dynamic' }),
  };
  for (const [name, write] of Object.entries(writers)) {
    const targets = ['one', 'other'].map(each => join(folder.path, `${each}.${name}`)) as [string, string];
    await write(rawDisk(image), targets[0]);
    await write(packedDisk(packed), targets[1]);
    expect(await digestOfFile(targets[1]), name).toEqual(await digestOfFile(targets[0]));
  }
});

test('any disk comes back as it was', async () => {
  const [source, target, back] = ['any.raw', 'any', 'back.raw'].map(name => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  const patch = fc.record({ at: fc.nat(1_200_000), size: fc.integer({ min: 1, max: 2 * BLOCK }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(patch, { maxLength: 8 }),
      fc.integer({ min: 1, max: 1_500_000 }),
      async (patches, size) => {
        makeRaw(
          source,
          size,
          patches.map(({ at, size: length }) => ({ at, bytes: noise(length) })),
        );
        truncateSync(source, size);
        await packDisk(rawDisk(source), target);
        await copySparse(packedDisk(target), back);
        expect(readFileSync(back).equals(readFileSync(source))).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('a large disk with nothing on it takes no room', async () => {
  const large = makeRaw(join(folder.path, 'large.raw'), 2 ** 30, []);
  const target = join(folder.path, 'large');
  await packDisk(rawDisk(large), target);
  expect(statSync(target).size).toBe(512 + 2_048);
  expect(await packedDisk(target).size()).toBe(2 ** 30);
});

test('what is no packed disk, or half of one, is a bug', async () => {
  await expect(packedDisk(image).size()).rejects.toThrow(/Internal error/);
  const half = join(folder.path, 'half');
  await packDisk(rawDisk(image), half);
  truncateSync(half, 3 * BLOCK);
  await expect(copySparse(packedDisk(half), join(folder.path, 'never'))).rejects.toThrow(/ends too early/);
});
