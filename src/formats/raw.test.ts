import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/content/digest.ts';
import { makeRaw, temporaryFolder } from './fixtures.ts';
import { type Block, blocks, copySparse, RAW_FORMAT_VERSION, rawDisk, rawSize } from './raw.ts';

const folder = temporaryFolder();
const MEBIBYTE = 1 << 20;
const end = Buffer.from('end');
// Both sides of a border between pieces, and an end in the middle of a block.
const image = makeRaw(join(folder.path, 'image.raw'), 5 * MEBIBYTE + 100, [
  { at: 4096, bytes: Buffer.from('start') },
  { at: 2 * MEBIBYTE - 1, bytes: Buffer.from('ab') },
  { at: 5 * MEBIBYTE + 97, bytes: end },
]);

afterAll(folder.remove);

test('only blocks that hold anything but zeros come, in order, the last one cut', async () => {
  const found = await collect(4096);
  expect(found.map(block => [block.offset, block.bytes.byteLength])).toEqual([
    [4096, 4096],
    [2 * MEBIBYTE - 4096, 4096],
    [2 * MEBIBYTE, 4096],
    [5 * MEBIBYTE, 100],
  ]);
  expect(Buffer.from(found.at(-1)?.bytes.subarray(97) ?? []).equals(end)).toBe(true);
});

test('blocks that were handed out keep their bytes', async () => {
  const found = await collect(512 << 10);
  const whole = readFileSync(image);
  expect(found.length).toBe(4);
  for (const { offset, bytes } of found)
    expect(Buffer.compare(whole.subarray(offset, offset + bytes.byteLength), bytes)).toBe(0);
});

test('a block may be larger than a piece, and no power of two', async () => {
  expect((await collect(3 * MEBIBYTE)).map(block => block.offset)).toEqual([0, 3 * MEBIBYTE]);
  expect((await collect(1000)).map(block => block.offset)).toEqual([4000, 2_097_000, 5_242_000]);
});

test('written zeros are as absent as holes', async () => {
  const written = makeRaw(join(folder.path, 'zeros.raw'), MEBIBYTE, [{ at: 0, bytes: Buffer.alloc(MEBIBYTE) }]);
  for await (const block of blocks(written, 4096)) expect(block).toBeUndefined();
});

test('a copy has the same bytes and size, and holes where the image has them', async () => {
  const target = join(folder.path, 'copy.raw');
  await copySparse(rawDisk(image), target);
  expect(RAW_FORMAT_VERSION).toBe(1);
  expect(await digestOfFile(target)).toEqual(await digestOfFile(image));
  expect(await rawSize(target)).toBe(5 * MEBIBYTE + 100);
  expect(statSync(target).blocks * 512).toBeLessThan(MEBIBYTE);
});

test('a block size that is none is a bug of the caller', async () => {
  await expect(collect(0)).rejects.toThrow(/Internal error/);
});

async function collect(blockSize: number): Promise<Block[]> {
  const found: Block[] = [];
  for await (const block of blocks(image, blockSize)) found.push(block);
  return found;
}
