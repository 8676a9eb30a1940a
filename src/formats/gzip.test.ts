import { execFileSync, spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../store/digest.ts';
import { noise } from './fixtures.ts';
import { GZIP_FORMAT_VERSION, gzipBytes, gzipStream } from './gzip.ts';

const PIECE = 1 << 20;
const noGzip = spawnSync('gzip', ['--version']).error !== undefined;
// Text, a piece of zeros and a bit, noise.
const content = Buffer.concat([Buffer.alloc(700_000, 'some text, '), Buffer.alloc(2 * PIECE + 5), noise(300_000)]);

test('the bytes belong to the format version', () => {
  expect({ version: GZIP_FORMAT_VERSION, ...digestOf(gzipBytes(content)) }).toEqual({
    version: 1,
    size: 304922,
    hash: 'a11c9f57dc06cfed156bc5f43dc4a31e0be13dd3a96e9c244a8133cae405a3a3',
  });
});

test('what was compressed comes out again', () => {
  expect(gunzipSync(gzipBytes(content)).equals(content)).toBe(true);
  expect(gunzipSync(gzipBytes(Buffer.alloc(0))).byteLength).toBe(0);
});

test('the header names no time, no file and no system', () => {
  expect(gzipBytes(content).subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
});

test('how the content comes cut does not reach the bytes', async () => {
  const cut = function* (size: number) {
    for (let at = 0; at < content.byteLength; at += size) yield content.subarray(at, at + size);
  };
  for (const size of [777_777, PIECE, 3 * PIECE]) {
    const chunks: Buffer[] = [];
    for await (const chunk of gzipStream(cut(size))) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(gzipBytes(content))).toBe(true);
  }
});

test('a piece may end at any bit: every length and mixture inflates', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc.integer({ min: 0, max: 100_000 }).map(size => Buffer.alloc(size)),
    fc.integer({ min: 0, max: 100_000 }).map(size => noise(size)),
    fc
      .stringMatching(/^[a-d]{1,40}$/)
      .chain(text => fc.integer({ min: 0, max: 400_000 }).map(size => Buffer.alloc(size, text))),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), parts => {
      const bytes = Buffer.concat(parts);
      expect(gunzipSync(gzipBytes(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(noGzip)('gzip, where installed, reads it as one member', () => {
  expect(
    execFileSync('gzip', ['-dc'], { input: gzipBytes(content), maxBuffer: 2 * content.byteLength }).equals(content),
  ).toBe(true);
});
