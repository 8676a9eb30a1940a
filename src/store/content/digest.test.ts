import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf, digestOfFile, isDigest, sameDigest } from './digest.ts';

test.each([0, 1, (1 << 20) - 1, 1 << 20, (1 << 21) + 7])(
  'a file of %d bytes has the digest of its bytes',
  async size => {
    const folder = testFolder('digest');
    const bytes = Buffer.alloc(size, 'abcdefg');
    writeFileSync(join(folder, 'file'), bytes);
    expect(await digestOfFile(join(folder, 'file'))).toEqual(digestOf(bytes));
  },
);

test('a stop ends the reading of a large file', async () => {
  const path = join(testFolder('digest'), 'file');
  writeFileSync(path, Buffer.alloc(1 << 20));
  await expect(digestOfFile(path, AbortSignal.abort('enough'))).rejects.toBe('enough');
});

test('the digest of nothing is the well-known one', () => {
  expect(digestOf('')).toEqual({ hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', size: 0 });
});

test.each([
  null,
  undefined,
  'x',
  {},
  { hash: 'abc', size: 1 },
  { ...digestOf(''), size: -1 },
  { ...digestOf(''), size: '0' },
])('%j is no digest', value => {
  expect(isDigest(value)).toBe(false);
  expect(isDigest(digestOf(''))).toBe(true);
});

test('digests are the same if both hash and size are', () => {
  const digest = digestOf('a');
  expect(sameDigest(digest, digestOf('a'))).toBe(true);
  expect(sameDigest(digest, digestOf('b'))).toBe(false);
  expect(sameDigest(digest, { ...digest, size: 2 })).toBe(false);
});
