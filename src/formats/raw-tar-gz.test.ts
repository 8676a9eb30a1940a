import { spawnSync } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOfFile } from '../store/digest.ts';
import { makeRaw, noise, temporaryFolder } from './fixtures.ts';
import { RAW_TAR_GZ_FORMAT_VERSION, rawTarGz } from './raw-tar-gz.ts';

const folder = temporaryFolder();
const noTar = spawnSync('tar', ['--version']).error !== undefined;
const SIZE = (8 << 20) + 512;
const image = makeRaw(join(folder.path, 'image.raw'), SIZE, [
  { at: 0, bytes: Buffer.from('boot') },
  { at: 5 << 20, bytes: noise(100_000) },
  { at: 8 << 20, bytes: Buffer.from('end') },
]);
const target = join(folder.path, 'image.raw.tar.gz');

beforeAll(() => rawTarGz(image, target));
afterAll(folder.remove);

test('the bytes belong to the format version', async () => {
  expect({ version: RAW_TAR_GZ_FORMAT_VERSION, ...(await digestOfFile(target)) }).toEqual({
    version: 1,
    size: 1163211,
    hash: '808a3e2db46164c129c2d70f1e912a8d5e17ac2066fa3d86cc2001d9d9c8f26a',
  });
});

test('an image without bytes is a bug of the caller', async () => {
  const empty = makeRaw(join(folder.path, 'empty.raw'), 0, []);
  await expect(rawTarGz(empty, join(folder.path, 'empty.tar.gz'))).rejects.toThrow(/Internal error/);
});

test('it inflates to the image, filled up to a whole gibibyte, in an archive of whole records', async () => {
  const { start, size } = await inflate();
  expect(size).toBe(Math.ceil((512 + 2 ** 30 + 1024) / 10240) * 10240);
  expect(start.subarray(512, 512 + SIZE).equals(readFileSync(image))).toBe(true);
});

test.skipIf(noTar)('tar, where installed, finds exactly disk.raw', async () => {
  const { start } = await inflate();
  // The rest of the zeros is left out, so tar complains in the end.
  const { stdout } = spawnSync('tar', ['-tvf', '-', '--numeric-owner', '--utc'], { input: start, encoding: 'utf8' });
  expect(stdout.replace(/ +/g, ' ')).toBe('-rw-r--r-- 0/0 1073741824 1970-01-01 00:00 disk.raw\n');
});

async function inflate(): Promise<{ start: Buffer; size: number }> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of createReadStream(target).pipe(
    createGunzip({ chunkSize: 1 << 20 }),
  ) as AsyncIterable<Buffer>) {
    if (size < 2 * SIZE) kept.push(chunk);
    size += chunk.byteLength;
  }
  return { start: Buffer.concat(kept), size };
}
