import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { makeRaw, noise, temporaryFolder } from './fixtures.ts';
import { emptyDisk, rawDisk } from './raw.ts';
import { VHD_FORMAT_VERSION, type VhdOptions, writeVhd } from './vhd.ts';

const folder = temporaryFolder();
const MEBIBYTE = 1 << 20;
const SIZE = 37 * MEBIBYTE;
const noQemuImg = spawnSync('qemu-img', ['--version']).error !== undefined;
const image = makeRaw(join(folder.path, 'image.raw'), SIZE, [
  { at: 0, bytes: Buffer.from('boot') },
  { at: 10 * MEBIBYTE, bytes: noise(3 * MEBIBYTE) },
  { at: SIZE - 2, bytes: Buffer.from('zz') },
]);
const options = { uniqueId: Buffer.from('0123456789abcdef'), timestamp: 1_725_580_800 };
const targets = { dynamic: join(folder.path, 'dynamic.vhd'), fixed: join(folder.path, 'fixed.vhd') };

afterAll(folder.remove);

test('the bytes of both types belong to the format version', async () => {
  await writeVhd(rawDisk(image), targets.dynamic, { ...options, type: 'dynamic' });
  await writeVhd(rawDisk(image), targets.fixed, { ...options, type: 'fixed' });
  expect({
    version: VHD_FORMAT_VERSION,
    dynamic: await digestOfFile(targets.dynamic),
    fixed: await digestOfFile(targets.fixed),
  }).toEqual({
    version: 1,
    dynamic: { size: 8393216, hash: '512c95e0037f72a8935ef1cb2cb1459662988be663f50c8c6e91ca08ca860deb' },
    fixed: { size: 38797824, hash: '779d2e455e5008175cb4f5d5ae5339bc49594b1cf846bbcdeb392656f4c4eb7a' },
  });
});

test('a fixed image is the raw bytes and a footer, and stays sparse', () => {
  const bytes = readFileSync(targets.fixed);
  expect(bytes.subarray(0, SIZE).equals(readFileSync(image))).toBe(true);
  expect(bytes.subarray(SIZE, SIZE + 8).toString()).toBe('conectix');
  expect(statSync(targets.fixed).blocks * 512).toBeLessThan(10 * MEBIBYTE);
});

test('a dynamic image holds only the blocks that are not zeros', () => {
  // Blocks 0, 5, 6 and the last; footer, header and table before them, the footer after.
  expect(statSync(targets.dynamic).size).toBe(512 + 1024 + 512 + 4 * (512 + 2 * MEBIBYTE) + 512);
});

test('the checksum of the footer is right', () => {
  const footer = readFileSync(targets.fixed).subarray(SIZE);
  const stated = footer.readUInt32BE(64);
  footer.writeUInt32BE(0, 64);
  expect(stated).toBe(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0);
});

test('the size is rounded up to a mebibyte', async () => {
  const odd = makeRaw(join(folder.path, 'odd.raw'), MEBIBYTE + 512, [{ at: MEBIBYTE, bytes: Buffer.from('x') }]);
  const target = join(folder.path, 'odd.vhd');
  await writeVhd(rawDisk(odd), target, { ...options, type: 'fixed' });
  expect(statSync(target).size).toBe(2 * MEBIBYTE + 512);
  expect(readFileSync(target).readBigUInt64BE(2 * MEBIBYTE + 48)).toBe(BigInt(2 * MEBIBYTE));
});

/** Cylinders, heads and sectors that the footer states. */
async function geometryOf(size: number): Promise<readonly number[]> {
  const target = join(folder.path, 'geometry.vhd');
  await writeVhd(emptyDisk(size), target, { ...options, type: 'dynamic' });
  const footer = readFileSync(target).subarray(-512);
  return [footer.readUInt16BE(56), footer.readUInt8(58), footer.readUInt8(59)];
}

// Cylinders and heads are as few as hold the size, at 17 sectors, then 31, then 63, then 255.
test.each([
  [3, [90, 4, 17]],
  [37, [891, 5, 17]],
  [126, [1011, 15, 17]],
  [135, [1016, 16, 17]],
  [136, [561, 16, 31]],
  [247, [1019, 16, 31]],
  [248, [503, 16, 63]],
  [1024, [2080, 16, 63]],
  [32_255, [65_533, 16, 63]],
  [32_256, [16_191, 16, 255]],
  [2040 * 1024, [65_535, 16, 255]],
])('a disk of %i MiB has the geometry of the specification', async (mebibytes, expected) => {
  expect(await geometryOf(mebibytes * MEBIBYTE)).toEqual(expected);
});

test('an id or a time that a VHD cannot hold is a bug of the caller', async () => {
  const target = join(folder.path, 'bad.vhd');
  const bad: readonly VhdOptions[] = [
    { ...options, type: 'fixed', uniqueId: Buffer.alloc(15) },
    { ...options, type: 'fixed', timestamp: 946_684_799 },
  ];
  for (const each of bad) await expect(writeVhd(rawDisk(image), target, each)).rejects.toThrow(/Internal error/);
});

test.skipIf(noQemuImg)('qemu-img, where installed, sees exactly the size and the content of the raw image', () => {
  for (const target of Object.values(targets)) {
    const info: unknown = JSON.parse(
      execFileSync('qemu-img', ['info', '--output=json', '-f', 'vpc', target], { encoding: 'utf8' }),
    );
    expect(info).toMatchObject({ 'virtual-size': SIZE });
    expect(execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', 'vpc', image, target], { encoding: 'utf8' })).toBe(
      'Images are identical.\n',
    );
  }
});
