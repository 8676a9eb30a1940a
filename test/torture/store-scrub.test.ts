/** What `aib fsck` must find: damage without a change of a stat tuple, and everything else that can be wrong with an unused store. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { statTuple } from '../../src/store/content/stat-tuple.ts';
import { openStore } from '../../src/store/store.ts';
import { scrub } from '../../src/store/upkeep/scrub.ts';
import { usageOf } from '../../src/store/upkeep/usage.ts';
import { blobFiles, buildOnce, makeFolder, report } from './rig.ts';

async function scrubbed(cache: string, options: { readonly deep: boolean; readonly mend: boolean }) {
  const opened = openStore(cache, {
    now: Date.now,
    onNotice: line => expect.unreachable(line),
    readOnly: !options.mend,
  });
  if (!opened.ok) throw new Error(opened.error.what);
  try {
    return await scrub(opened.value, { ...options, signal: new AbortController().signal });
  } finally {
    opened.value.close();
  }
}

/** Flips a bit as a disk does: the recorded facts about the file do not reveal it. */
function rot(cache: string, path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.byteLength >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  const database = new SQLite(join(cache, 'aib.db'));
  const hash = path.slice(-64);
  const { size, xxh64 } = database
    .prepare<[string], { size: number; xxh64: string | null }>('SELECT size, xxh64 FROM blobs WHERE hash = ?')
    .get(hash) ?? { size: 0, xxh64: null };
  const stat = statTuple(path);
  const crc = crc32(`${hash} ${stat} ${size} ${xxh64 ?? ''}`);
  database.prepare('UPDATE blobs SET stat = ?, crc = ? WHERE hash = ?').run(stat, crc, hash);
  database.close();
}

test.each([false, true])(
  'silent rot is found in small and in large blobs, and mended by the next build (deep: %s)',
  async deep => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const graph = { sources: join(folder, 'sources'), seed: 12, layers: 3, width: 3, bytes: 1_500_000, cache };
    const built = await buildOnce(graph);
    const whole = { deep, mend: false };
    expect(await scrubbed(cache, whole)).toMatchObject({ faults: [], records: built.ran });
    const files = blobFiles(cache);
    const hit = files.filter((_, index) => index % 4 === 0);
    expect(hit.some(path => lstatSync(path).size > 1 << 20)).toBe(true);
    expect(hit.some(path => lstatSync(path).size < 1 << 20)).toBe(true);
    for (const path of hit) rot(cache, path);
    const found = (await scrubbed(cache, whole)).faults.filter(({ type }) => type === 'blob-damaged');
    expect(found.map(fault => 'hash' in fault && fault.hash).sort()).toEqual(hit.map(path => path.slice(-64)).sort());
    // A check without `mend` changes nothing.
    expect(blobFiles(cache)).toEqual(files);
    await scrubbed(cache, { deep, mend: true });
    expect(blobFiles(cache)).toEqual(files.filter(path => !hit.includes(path)));
    // Moved aside, not deleted, because the check itself may have been wrong.
    const aside = join(cache, 'damaged');
    expect(readdirSync(aside).sort()).toEqual(hit.map(path => path.slice(-64)).sort());
    expect(await buildOnce(graph)).toEqual({ ...built, ran: expect.any(Number) });
    report(`scrub${deep ? ', deep' : ''}`, { 'blobs rotten': hit.length, found: found.length });
  },
);

test.each([false, true])(
  'a good blob is kept whatever is on record of it, and the record is written again (deep: %s)',
  async deep => {
    const folder = makeFolder();
    const cache = join(folder, 'cache');
    const graph = { sources: join(folder, 'sources'), seed: 12, layers: 3, width: 3, bytes: 1_500_000, cache };
    const built = await buildOnce(graph);
    const files = blobFiles(cache);
    const database = new SQLite(join(cache, 'aib.db'));
    const rows = database
      .prepare<[], { hash: string }>('SELECT hash FROM blobs WHERE xxh64 IS NOT NULL ORDER BY hash')
      .all();
    const hashes = rows.map(({ hash }) => hash).slice(0, 2);
    expect(hashes).toHaveLength(2);
    const [flipped, forged] = hashes;
    // A flipped bit in the row only, and an intact row that was written with a wrong fingerprint.
    database.prepare("UPDATE blobs SET xxh64 = 'f' || substr(xxh64, 2) WHERE hash = ?").run(flipped);
    database.prepare("UPDATE blobs SET xxh64 = '0123456789abcdef' WHERE hash = ?").run(forged);
    for (const { hash, stat, size, xxh64 } of database
      .prepare<[unknown], Record<'hash' | 'stat' | 'size' | 'xxh64', string>>('SELECT * FROM blobs WHERE hash = ?')
      .all(forged))
      database.prepare('UPDATE blobs SET crc = ? WHERE hash = ?').run(crc32(`${hash} ${stat} ${size} ${xxh64}`), hash);
    database.close();
    const faulty = async (mend: boolean) =>
      (await scrubbed(cache, { deep, mend })).faults.map(fault => [
        fault.type,
        fault.type === 'blob-misrecorded' && fault.digest.hash,
      ]);
    const expected = hashes.map(hash => ['blob-misrecorded', hash]);
    expect(await faulty(false)).toEqual(expected);
    expect(await faulty(true)).toEqual(expected);
    expect(await faulty(true)).toEqual([]);
    expect(blobFiles(cache)).toEqual(files);
    expect(await buildOnce(graph)).toEqual({ ...built, ran: 0 });
  },
);

test('a record without its row or its file is made whole, what is no record goes, and so does a dead link', async () => {
  const folder = makeFolder();
  const cache = join(folder, 'cache');
  const graph = { sources: join(folder, 'sources'), seed: 13, layers: 2, width: 3, commands: 0, cache };
  const built = await buildOnce(graph);
  const database = new SQLite(join(cache, 'aib.db'));
  const rows = database.prepare<[], { key: string }>('SELECT key FROM records ORDER BY key').all();
  const [first, second, third] = rows.map(({ key }) => key);
  const fileOf = (key = ''): string => join(cache, 'records', key.slice(0, 2), `${key}.json`);
  database.prepare('DELETE FROM records WHERE key = ?').run(first);
  database.close();
  rmSync(fileOf(second));
  writeFileSync(fileOf(third), '{');
  mkdirSync(join(cache, 'images/aws/x'), { recursive: true });
  symlinkSync('../../../blobs/00/none', join(cache, 'images/aws/x/x.vhd'));
  const types = async (mend: boolean): Promise<readonly string[]> =>
    (await scrubbed(cache, { deep: false, mend })).faults.map(({ type }) => type).sort();
  const expected = ['link-dead', 'record-damaged', 'record-half', 'record-half', 'record-half'];
  expect(await types(false)).toEqual(expected);
  expect(await types(true)).toEqual(expected);
  expect(await types(true)).toEqual([]);
  expect(await buildOnce(graph)).toEqual({ ...built, ran: 0 });
});

test('what the store holds is told by kind and by label, each byte of the total once', async () => {
  const folder = makeFolder();
  const cache = join(folder, 'cache');
  const graph = { sources: join(folder, 'sources'), seed: 14, layers: 3, width: 4, cache };
  await buildOnce(graph);
  for (const name of ['s0', 's1', 's2']) writeFileSync(join(graph.sources, name), 'edited');
  await buildOnce(graph);
  const opened = openStore(cache, { now: Date.now, onNotice: () => {}, readOnly: true });
  if (!opened.ok) throw new Error(opened.error.what);
  const usage = usageOf(opened.value);
  opened.value.close();
  const files = blobFiles(cache);
  expect(usage.total).toEqual({
    blobs: files.length,
    bytes: files.reduce((sum, path) => sum + lstatSync(path).blocks * 512, 0),
  });
  expect(usage.liveBytes + usage.collectableBytes).toBe(usage.total.bytes);
  expect(usage.collectableBytes).toBeGreaterThan(0);
  expect(usage.kinds.map(({ name }) => name).sort()).toEqual(['command', 'synthetic']);
  const results = (uses: readonly { readonly results: number }[]): number =>
    uses.reduce((sum, use) => sum + use.results, 0);
  expect(results(usage.kinds)).toBe(results(usage.labels));
});
