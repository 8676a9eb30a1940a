import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { testFolder } from '../../util/files/test-folder.ts';
import { openStore, type Store } from '../store.ts';
import { digestOf } from './digest.ts';
import { fingerprintFile, xxh64OfFile } from './fingerprint.ts';

const MIB = 1 << 20;

function makeFile(content: Buffer): string {
  const path = join(testFolder('fingerprint'), 'file');
  writeFileSync(path, content);
  return path;
}

test.each([0, 1, MIB - 1])('a file of %d bytes has its digest alone', async size => {
  const bytes = Buffer.alloc(size, 'abcdefg');
  expect(await fingerprintFile(makeFile(bytes))).toEqual({ digest: digestOf(bytes), xxh64: null });
});

test.each([MIB, 2 * MIB + 7])('a file of %d bytes has the xxh64 of its bytes beside its digest', async size => {
  const bytes = Buffer.alloc(size, 'abcdefg');
  const path = makeFile(bytes);
  const xxh64 = (await xxhash()).h64Raw(bytes).toString(16).padStart(16, '0');
  expect(await fingerprintFile(path)).toEqual({ digest: digestOf(bytes), xxh64 });
  expect(await xxh64OfFile(path)).toBe(xxh64);
});

test('a stop ends the reading of a large file', async () => {
  const path = makeFile(Buffer.alloc(MIB));
  await expect(fingerprintFile(path, AbortSignal.abort('enough'))).rejects.toBe('enough');
});

test('a large blob has a fingerprint, and keeps it when it was touched; a small one has none', async () => {
  const folder = testFolder('fingerprint');
  const open = (): Store => {
    const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line) });
    if (!opened.ok) throw new Error(opened.error.what);
    onTestFinished(() => opened.value.close());
    return opened.value;
  };
  const { blobs } = open();
  const small = blobs.putBytes('small');
  const path = makeFile(Buffer.alloc(MIB));
  const { digest: large, xxh64 } = await fingerprintFile(path);
  await blobs.adopt(path);
  expect([blobs.fingerprint(small.hash), blobs.fingerprint(large.hash)]).toEqual([undefined, xxh64]);
  utimesSync(blobs.path(large), 1, 1);
  const later = open().blobs;
  expect(await later.check(large)).toBe('present');
  expect(later.fingerprint(large.hash)).toBe(xxh64);
});
