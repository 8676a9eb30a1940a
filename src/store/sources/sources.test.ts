import * as fs from 'node:fs';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { digestOf } from '../content/digest.ts';
import { ABSENT, isRacy, statTuple } from '../content/stat-tuple.ts';
import { type Database, openDatabase } from '../database/database.ts';
import { SourceIndex } from './sources.ts';

// The real filesystem, but a test can count the calls.
vi.mock('node:fs', { spy: true });

/** A time long after every write of a test. */
const LATER = Date.now() + 60_000;

function makeIndex() {
  const folder = mkdtempSync(join(tmpdir(), 'aib-sources-'));
  const opened = openDatabase(join(folder, 'aib.db'));
  if (!opened.ok) throw new Error(opened.error.what);
  const { database } = opened.value;
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = join(folder, 'a.conf');
  writeFileSync(path, 'hello');
  const index = (now = LATER) => new SourceIndex({ database, now: () => now });
  /** Returns the digest, and whether the file was read for it. */
  const look = async (now = LATER, at = path) => {
    const read = vi.mocked(fs.readFileSync);
    read.mockClear();
    const digest = await index(now).digest(at);
    return { digest, reads: read.mock.calls.filter(([what]) => what === at).length };
  };
  return { folder, path, database, index, look };
}

/** Edits the file directly after each read, once for each of the contents. */
function editAtReading(path: string, contents: readonly string[]): void {
  for (const content of contents)
    vi.mocked(fs.readFileSync).mockImplementationOnce(() => {
      writeFileSync(path, content);
      return Buffer.from('what was there before');
    });
}

type Row = Record<'path' | 'stat' | 'xxh64' | 'sha256', string> & Record<'scanned' | 'size' | 'crc', number>;

/** Writes another digest into the only row, with a valid check. */
function pretend(database: Database, sha256: string): void {
  const row = database.prepare<[], Row>('SELECT * FROM sources').get();
  if (row === undefined) throw new Error('no row');
  const { path, stat, scanned, xxh64, size } = row;
  const crc = crc32([path, stat, scanned, xxh64, sha256, size].join(' '));
  expect(crc).not.toBe(row.crc);
  database.prepare('UPDATE sources SET sha256 = ?, crc = ?').run(sha256, crc);
}

/** Writes other bytes of the same length to a file, and restores its old times. */
function editBehindTheTimes(path: string, content: string): void {
  const { atime, mtime } = lstatSync(path);
  writeFileSync(path, content);
  utimesSync(path, atime, mtime);
}

describe('a source', () => {
  test('that did not change is not read again', async () => {
    const { look } = makeIndex();
    expect(await look()).toEqual({ digest: digestOf('hello'), reads: 1 });
    expect(await look()).toEqual({ digest: digestOf('hello'), reads: 0 });
  });

  test('that was only touched keeps its digest by its fingerprint, and is not read a third time', async () => {
    const { path, look, database } = makeIndex();
    await look();
    utimesSync(path, 1, 1);
    // A digest that no file has: it can only come from the row, without computing SHA-256.
    const remembered = 'f'.repeat(64);
    pretend(database, remembered);
    expect(await look()).toEqual({ digest: { hash: remembered, size: 5 }, reads: 1 });
    expect(await look()).toMatchObject({ reads: 0 });
  });

  test('is read again if its row is not what was written: a flipped bit there would be in every key', async () => {
    const { look, database } = makeIndex();
    await look();
    database.prepare('UPDATE sources SET sha256 = ?').run('f'.repeat(64));
    expect(await look()).toEqual({ digest: digestOf('hello'), reads: 1 });
    expect(await look()).toMatchObject({ reads: 0 });
  });

  test('that was edited is noticed, also in the same size with its old time put back', async () => {
    const { path, look } = makeIndex();
    await look();
    editBehindTheTimes(path, 'jello');
    expect(await look()).toEqual({ digest: digestOf('jello'), reads: 1 });
  });

  test('that changed in the moment of the scan is read again next time: its times could not tell of one more edit', async () => {
    const { path, look } = makeIndex();
    const changed = lstatSync(path).ctimeMs;
    await look(changed);
    expect(await look(changed + 10)).toMatchObject({ reads: 1 });
    // Now it is scanned long enough after the change.
    await look(changed + 1_000);
    expect(await look(changed + 1_000)).toMatchObject({ reads: 0 });
  });

  test('behind a link is noticed when the file at its end is edited', async () => {
    const { folder, path, look } = makeIndex();
    const link = join(folder, 'link');
    symlinkSync('a.conf', link);
    expect((await look(LATER, link)).digest).toEqual(digestOf('hello'));
    editBehindTheTimes(path, 'jello');
    expect((await look(LATER, link)).digest).toEqual(digestOf('jello'));
  });

  test('behind links is noticed when one of them leads elsewhere', async () => {
    const { folder, index, look } = makeIndex();
    writeFileSync(join(folder, 'b.conf'), 'other');
    symlinkSync('a.conf', join(folder, 'middle'));
    symlinkSync('middle', join(folder, 'link'));
    const sources = index();
    await sources.digest(join(folder, 'link'));
    expect([...sources.seen.keys()]).toEqual(['link', 'middle', 'a.conf'].map(name => join(folder, name)));
    unlinkSync(join(folder, 'middle'));
    symlinkSync('b.conf', join(folder, 'middle'));
    expect((await look(LATER, join(folder, 'link'))).digest).toEqual(digestOf('other'));
  });

  test('behind a link in a folder that is a link itself is the one that the kernel finds', async () => {
    const { folder, look, index } = makeIndex();
    for (const [name, text] of [
      ['one/x', 'ours'],
      ['two/x', 'another'],
    ] as const) {
      mkdirSync(join(folder, name, '../inner'), { recursive: true });
      writeFileSync(join(folder, name), text);
      symlinkSync('../x', join(folder, name, '../inner/link'));
    }
    writeFileSync(join(folder, 'x'), 'not meant');
    symlinkSync('one/inner', join(folder, 'place'));
    const path = join(folder, 'place/link');
    const sources = index();
    expect(await sources.digest(path)).toEqual(digestOf('ours'));
    expect(sources.recall(path)).toEqual(digestOf('ours'));
    unlinkSync(join(folder, 'place'));
    symlinkSync('two/inner', join(folder, 'place'));
    expect(sources.hasMoved()).toBe(true);
    expect((await look(LATER, path)).digest).toEqual(digestOf('another'));
  });

  test('that is large is read in pieces, and known again by its fingerprint', async () => {
    const { path, look, database } = makeIndex();
    const large = Buffer.alloc((3 << 20) + 5, 'large ');
    writeFileSync(path, large);
    expect(await look()).toEqual({ digest: digestOf(large), reads: 0 });
    utimesSync(path, 1, 1);
    const remembered = 'f'.repeat(64);
    pretend(database, remembered);
    expect((await look()).digest.hash).toBe(remembered);
    large[2 << 20] = 0;
    writeFileSync(path, large);
    expect(await look()).toEqual({ digest: digestOf(large), reads: 0 });
  });

  test('that is edited while it is read is read again', async () => {
    const { path, look } = makeIndex();
    editAtReading(path, ['half a', 'half']);
    expect(await look()).toEqual({ digest: digestOf('half'), reads: 3 });
  });

  test('that is never at rest cannot be read', async () => {
    const { path, look } = makeIndex();
    editAtReading(path, ['1', '12', '123', '1234', '12345']);
    await expect(look()).rejects.toThrow('the file changed while it was read');
  });

  test('that moved is noticed, whatever it holds', async () => {
    const { folder, path, index } = makeIndex();
    const sources = index();
    await sources.digest(path);
    sources.watch(folder);
    expect(sources.hasMoved()).toBe(false);
    utimesSync(path, 1, 1);
    expect(sources.hasMoved()).toBe(true);
  });

  test('that two sources read in two states has moved, though it rests now', async () => {
    const { folder, path, index } = makeIndex();
    const sources = index();
    sources.watch(folder);
    await sources.digest(path);
    utimesSync(path, 1, 1);
    await sources.digest(path);
    expect(sources.hasMoved()).toBe(true);
  });

  test('that is gone, or a ring of links, is what the file system says it is', async () => {
    const { folder, index } = makeIndex();
    symlinkSync('ring', join(folder, 'ring'));
    await expect(index().digest(join(folder, 'none'))).rejects.toThrow('ENOENT');
    await expect(index().digest(join(folder, 'ring'))).rejects.toThrow('ELOOP');
  });
});

describe('a stat tuple', () => {
  test('changes with content, times, rights and the file behind a name', () => {
    const { path, folder } = makeIndex();
    const seen = new Set([statTuple(path)]);
    const changes = [
      () => writeFileSync(path, 'longer than before'),
      () => utimesSync(path, 5, 5),
      () => editBehindTheTimes(path, 'LONGER THAN BEFORE'),
      () => chmodSync(path, 0o755),
      () => {
        writeFileSync(join(folder, 'new'), 'LONGER THAN BEFORE');
        fs.renameSync(join(folder, 'new'), path);
      },
    ];
    for (const change of changes) {
      change();
      expect(seen).not.toContain(statTuple(path));
      seen.add(statTuple(path));
    }
  });

  test('of a path where nothing is says so', () => {
    expect(statTuple(join(makeIndex().folder, 'none'))).toBe(ABSENT);
  });

  test('is of the link, not of what it leads to', () => {
    const { folder, path } = makeIndex();
    symlinkSync('a.conf', join(folder, 'link'));
    expect(statTuple(join(folder, 'link'))).not.toBe(statTuple(path));
  });

  test('is racy if the file changed at the moment of the scan or later, by whichever of its times', () => {
    const tuple = (mtime: number, ctime: number) => `1:5:${mtime}000001:${ctime}000001` as ReturnType<typeof statTuple>;
    expect(isRacy(tuple(1_000, 1_000), 2_000)).toBe(false);
    expect(isRacy(tuple(1_000, 1_990), 2_000)).toBe(true);
    expect(isRacy(tuple(2_500, 1_000), 2_000)).toBe(true);
  });

  test('of a folder changes when something in it is added or removed', () => {
    const { folder } = makeIndex();
    const before = statTuple(folder);
    mkdirSync(join(folder, 'sub'));
    expect(statTuple(folder)).not.toBe(before);
  });
});
