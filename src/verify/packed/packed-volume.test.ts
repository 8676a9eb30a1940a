import * as zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { bytesOf, wholeOf, wordsOf } from '../reading/reading-fixtures.ts';
import { compressionOf, readPacked } from './packed-volume.ts';
import { Scratch } from './scratch.ts';

const hasZstd = 'zstdCompressSync' in zlib;
const unlessSkipped = hasZstd ? '' : ' (skipped: this Node has no zstd)';

it('knows zstd and xz by how they start', () => {
  expect(compressionOf(Buffer.from('28b52ffd00', 'hex'))).toBe('zstd');
  expect(compressionOf(Buffer.from('fd377a585a0000', 'hex'))).toBe('xz');
  expect(compressionOf(Buffer.from('text'))).toBeUndefined();
});

it.skipIf(!hasZstd)(`unpacks zstd, of several frames, too${unlessSkipped}`, async () => {
  const packed = Buffer.concat(['one', 'two'].map(text => zlib.zstdCompressSync(text)));
  const { kind, files, close } = await readPacked(bytesOf(packed), 'zstd', new Scratch());
  expect([kind, ...[...files.values()].map(file => wholeOf(file).toString())]).toEqual(['zstd', 'onetwo']);
  close?.();
});

it.skipIf(!hasZstd)(`says that zstd is damaged, or too much${unlessSkipped}`, async () => {
  const packed = zlib.zstdCompressSync(Buffer.alloc(5 << 20));
  const read = (bytes: Buffer) => readPacked(bytesOf(bytes), 'zstd', new Scratch({ one: 1 << 20, all: 1 << 30 }));
  expect(await wordsOf(() => read(packed))).toMatch(/^it has more than 1048576 unpacked bytes/);
  expect(await wordsOf(() => read(packed.subarray(0, 30)))).toBe('its compressed data is invalid or truncated');
});

it('names xz, and has nothing of what is in it', async () => {
  const { kind, files } = await readPacked(bytesOf(Buffer.from('fd377a585a0000', 'hex')), 'xz', new Scratch());
  expect([kind, files.size]).toEqual(['xz, not unpacked here', 0]);
});
