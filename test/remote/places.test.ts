/** What every place promises, as one table of cases for a folder and a web server. */
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bytes, CachePlace, Content } from '../../src/remote/places/cache-place.ts';
import { folderPlace } from '../../src/remote/places/folder-place.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { contentOf, fakeCache } from './fake-cache.ts';

const SIGNAL = new AbortController().signal;

async function textOf(bytes: Bytes | undefined): Promise<string | undefined> {
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const PLACES: Readonly<Record<string, () => Promise<CachePlace>>> = {
  'a folder': async () => folderPlace(testFolder('place')),
  'a web server': async () => (await fakeCache()).place(),
};

describe.each(Object.entries(PLACES))('%s', (_, make) => {
  const [one, other] = [digestOf('one'), digestOf('other')];

  test('has nothing at first', async () => {
    const place = await make();
    expect(await place.get('ac', one.hash, SIGNAL)).toBeUndefined();
    expect(await place.get('cas', one.hash, SIGNAL)).toBeUndefined();
    expect(await place.contains(one, SIGNAL)).toBe(false);
  });

  test('returns what was put, on its own shelf only', async () => {
    const place = await make();
    await place.put('cas', one.hash, contentOf('o', 'ne'), SIGNAL);
    expect(await textOf(await place.get('cas', one.hash, SIGNAL))).toBe('one');
    expect(await place.get('ac', one.hash, SIGNAL)).toBeUndefined();
    expect([await place.contains(one, SIGNAL), await place.contains(other, SIGNAL)]).toEqual([true, false]);
  });

  test('does not contain a blob of another size', async () => {
    const place = await make();
    await place.put('cas', one.hash, contentOf('one'), SIGNAL);
    expect(await place.contains({ ...one, size: 4 }, SIGNAL)).toBe(false);
  });

  test('replaces a result', async () => {
    const place = await make();
    await place.put('ac', one.hash, contentOf('first'), SIGNAL);
    await place.put('ac', one.hash, contentOf('second'), SIGNAL);
    expect(await textOf(await place.get('ac', one.hash, SIGNAL))).toBe('second');
  });

  test('has an empty file, and one of several MiB', async () => {
    const place = await make();
    const large = Buffer.alloc(5 << 20, 'x');
    await place.put('cas', digestOf('').hash, contentOf(), SIGNAL);
    await place.put(
      'cas',
      digestOf(large).hash,
      contentOf(large.subarray(0, 1 << 20), large.subarray(1 << 20)),
      SIGNAL,
    );
    expect(await textOf(await place.get('cas', digestOf('').hash, SIGNAL))).toBe('');
    expect(digestOf((await textOf(await place.get('cas', digestOf(large).hash, SIGNAL))) ?? '')).toEqual(
      digestOf(large),
    );
  });

  test('has nothing of a content that broke off, and passes its error on', async () => {
    const place = await make();
    const broken: Content = {
      size: 4,
      read: async function* read() {
        yield Buffer.from('on');
        throw new RangeError('the file has changed');
      },
    };
    await expect(place.put('cas', one.hash, broken, SIGNAL)).rejects.toThrow(RangeError);
    expect(await place.get('cas', one.hash, SIGNAL)).toBeUndefined();
    expect(await place.contains(one, SIGNAL)).toBe(false);
  });

  test('is written to by many at a time', async () => {
    const place = await make();
    await Promise.all(Array.from({ length: 20 }, () => place.put('cas', one.hash, contentOf('o', 'n', 'e'), SIGNAL)));
    expect(await textOf(await place.get('cas', one.hash, SIGNAL))).toBe('one');
  });

  test('heeds a stop', async () => {
    const place = await make();
    await place.put('cas', one.hash, contentOf('one'), SIGNAL);
    const stop = new AbortController();
    const bytes = await place.get('cas', one.hash, stop.signal);
    stop.abort(new RangeError('stopped'));
    await expect(textOf(bytes)).rejects.toThrow('stopped');
    await expect(place.put('cas', other.hash, contentOf('other'), stop.signal)).rejects.toThrow('stopped');
    expect(await place.contains(other, SIGNAL)).toBe(false);
  });

  test('may be read in part', async () => {
    const place = await make();
    await place.put('cas', one.hash, contentOf(Buffer.alloc(3 << 20)), SIGNAL);
    for await (const chunk of (await place.get('cas', one.hash, SIGNAL)) ?? []) {
      expect(chunk.byteLength).toBeGreaterThan(0);
      break;
    }
    expect(await place.contains({ ...one, size: 3 << 20 }, SIGNAL)).toBe(true);
  });
});

describe('a folder', () => {
  const one = digestOf('one');

  test('has the layout of Bazel, and no unfinished file', async () => {
    const folder = testFolder('place');
    const place = folderPlace(folder);
    await place.put('cas', one.hash, contentOf('one'), SIGNAL);
    expect(readFileSync(join(folder, 'cas', one.hash.slice(0, 2), one.hash), 'utf8')).toBe('one');
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  test.each([
    ['does not exist', (folder: string) => rmSync(folder, { recursive: true }), 'the folder does not exist'],
    [
      'is a file',
      (folder: string) => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
      'the folder cannot be used (ENOTDIR)',
    ],
  ])('that %s is not an empty cache', async (_, spoil, message) => {
    const folder = testFolder('place');
    const place = folderPlace(folder);
    spoil(folder);
    await expect(place.get('cas', one.hash, SIGNAL)).rejects.toMatchObject({ kind: 'gone', message });
    await expect(place.put('cas', one.hash, contentOf('one'), SIGNAL)).rejects.toMatchObject({ kind: 'gone' });
  });

  test('removes a damaged blob when it is read, so that it can be written again', async () => {
    const folder = testFolder('place');
    const place = folderPlace(folder);
    await place.put('cas', one.hash, contentOf('one'), SIGNAL);
    writeFileSync(join(folder, 'cas', one.hash.slice(0, 2), one.hash), 'eno');
    expect(await place.contains(one, SIGNAL)).toBe(true);
    expect(await textOf(await place.get('cas', one.hash, SIGNAL))).toBe('eno');
    expect(await place.contains(one, SIGNAL)).toBe(false);
  });

  test('loses files of killed writers after a day, and no others', async () => {
    const folder = testFolder('place');
    mkdirSync(join(folder, 'tmp'));
    for (const name of ['old', 'new']) writeFileSync(join(folder, 'tmp', name), 'x');
    const twoDaysAgo = Date.now() / 1_000 - 2 * 86_400;
    utimesSync(join(folder, 'tmp/old'), twoDaysAgo, twoDaysAgo);
    await folderPlace(folder).put('cas', one.hash, contentOf('one'), SIGNAL);
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['new']);
  });
});
