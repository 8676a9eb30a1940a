import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf, type Sha256 } from '../content/digest.ts';
import type { ProjectPlace } from '../projects/known-projects.ts';
import type { ActionRecord } from '../records/action-record.ts';
import { openStore } from '../store.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import { makeFirst } from './test-first-schema.ts';
import { makeThird, THIRD_KEY, THIRD_LABEL } from './test-third-schema.ts';

function recordText(key: Sha256): string {
  return JSON.stringify({ key, label: '//x', kind: 'test', outputs: {}, parts: [] } satisfies ActionRecord & {
    readonly parts: unknown;
  });
}

function schemaOf(database: SQLite.Database): unknown {
  return database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
}

test('a store of the first schema is opened with everything in it', () => {
  const folder = testFolder('migrations');
  // Records contained this description at that time; it is not stored any more.
  const record: ActionRecord & { readonly parts: unknown } = {
    key: digestOf('one').hash,
    label: '//x',
    kind: 'test',
    outputs: { out: { type: 'file', digest: digestOf('made'), path: 'out' } },
    parts: [{ name: 'argument 0', value: 'one' }],
  };
  const old = makeFirst(folder);
  old.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?)').run(record.key, '//x', 'test', JSON.stringify(record), 77);
  old.prepare('INSERT INTO latest VALUES (?, ?)').run('//x', record.key);
  old.prepare('INSERT INTO blobs VALUES (?, ?)').run(digestOf('made').hash, '12:3456:7:8');
  old.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)').run(4, 1, 2, 'aib build //x', 'done');
  old
    .prepare('INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(4, '//x', 'test', record.key, 1, 9, 'done', 'first build', null);
  old.close();

  const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line) });
  if (!opened.ok) throw new Error(opened.error.what);
  const { records, history, ...store } = opened.value;
  onTestFinished(() => opened.value.close());
  expect(store.folder).toBe(folder);
  expect(records.find(record.key)).toEqual(record);
  expect(records.latest('//x')).toEqual(record);
  expect(history.last('//x')).toMatchObject({ duration: 9, reason: 'first build' });
  expect(history.begin('aib build //y', 5)).toBe(5);

  const raw = new SQLite(join(folder, 'aib.db'), { readonly: true });
  onTestFinished(() => void raw.close());
  expect(raw.prepare('SELECT size, xxh64 FROM blobs').get()).toEqual({ size: 3_456, xxh64: null });
  expect(opened.value.blobs.recordedTuple(digestOf('made'))).toBe('12:3456:7:8');
  expect(raw.prepare('SELECT used FROM latest').get()).toEqual({ used: 77 });
});

test("what was noted before projects were told apart goes to the project that the store lies in, and else is everybody's", () => {
  for (const ownsStore of [true, false]) {
    const folder = testFolder('migrations');
    const key = digestOf('one').hash;
    const old = makeFirst(folder);
    old.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?)').run(key, '//x', 'test', recordText(key), 77);
    old.prepare('INSERT INTO latest VALUES (?, ?)').run('//x', key);
    old.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)').run(4, 1, 2, 'aib build //x', 'done');
    old
      .prepare('INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(4, '//x', 'test', key, 1, 9, 'done', 'first build', null);
    old.close();
    const knows = (project: ProjectPlace): readonly unknown[] => {
      const opened = openStore(folder, { now: () => 100, onNotice: line => expect.unreachable(line), project });
      if (!opened.ok) throw new Error(opened.error.what);
      const { records, history, runs } = opened.value;
      const [run] = runs.newest(1);
      const known = [
        records.latest('//x')?.key,
        history.last('//x')?.duration,
        history.estimates().get('//x')?.duration,
      ];
      opened.value.close();
      return [...known, run?.workspace];
    };
    const own = { folder: testFolder('migrations'), ownsStore };
    expect(knows(own)).toEqual([key, 9, 9, ownsStore ? own.folder : undefined]);
    const other = knows({ folder: testFolder('migrations'), ownsStore: false });
    // The estimates are equally good for a clone.
    expect(other).toEqual(ownsStore ? [undefined, undefined, 9, own.folder] : [key, 9, 9, undefined]);
  }
});

test('a question leaves an old schema as it is, and is answered all the same', () => {
  const folder = testFolder('migrations');
  const old = makeFirst(folder);
  // Kept open, as by an older aib that builds: its last commits are only in the WAL.
  onTestFinished(() => void old.close());
  old.prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?)').run(4, 1, 2, 'aib build //x', 'done');
  old
    .prepare('INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(4, '//x', 'test', digestOf('one').hash, 1, 9, 'done', 'first build', null);
  const before = schemaOf(old);
  const opened = openStore(folder, { now: Date.now, onNotice: line => expect.unreachable(line), readOnly: true });
  if (!opened.ok) throw new Error(opened.error.what);
  expect(opened.value.history.last('//x')).toMatchObject({ duration: 9, reason: 'first build' });
  opened.value.close();
  expect(schemaOf(old)).toEqual(before);
  expect(schemaVersion(old)).toBe(1);
  // A reader must not block a writer.
  old.prepare('UPDATE runs SET ended = 3').run();
});

test('a store that an aib of the third schema made is opened with its results, its runs and its estimates', () => {
  const folder = testFolder('migrations');
  makeThird(folder).close();
  const opened = openStore(folder, { now: () => 100, onNotice: line => expect.unreachable(line) });
  if (!opened.ok) throw new Error(opened.error.what);
  onTestFinished(() => opened.value.close());
  const { records, history, runs, blobs } = opened.value;

  const index = { hash: '60937481dcd1355521909fbb773197bf7c156bcf7ad5613fc6874a918166f620' as Sha256, size: 1_857_899 };
  const record = records.find(THIRD_KEY as Sha256);
  expect(record).toMatchObject({ key: THIRD_KEY, label: THIRD_LABEL, kind: 'index' });
  expect(record?.outputs).toEqual({ index: { type: 'file', digest: index, path: 'APKINDEX.tar.gz' } });
  expect(records.latest(THIRD_LABEL)?.key).toBe(THIRD_KEY);
  expect(history.last(THIRD_LABEL)).toMatchObject({ duration: 385, reason: 'never built here' });
  expect(history.estimates().get(THIRD_LABEL)?.duration).toBe(385);
  expect(runs.newest(2).map(({ id }) => id)).toEqual([2]);
  expect(blobs.recordedTuple(index)).toBe('10037485:1857899:1796011285547038730:1796011285607038730');
});

test('every way to the newest schema ends at the same one', () => {
  const fresh = new SQLite(':memory:');
  expect(migrate(fresh)).toBe(0);
  const first = makeFirst(testFolder('migrations'));
  onTestFinished(() => void first.close());
  expect(migrate(first)).toBe(1);
  expect(schemaVersion(first)).toBe(SCHEMA_VERSION);
  expect(migrate(first)).toBe(SCHEMA_VERSION);
  expect(schemaOf(first)).toEqual(schemaOf(fresh));
  const third = makeThird(testFolder('migrations'));
  onTestFinished(() => void third.close());
  expect(migrate(third)).toBe(3);
  expect(schemaOf(third)).toEqual(schemaOf(fresh));
});

test('a migration that cannot be finished changes nothing', () => {
  const database = makeFirst(testFolder('migrations'));
  onTestFinished(() => void database.close());
  // Makes a later statement of the second step fail.
  database.exec('CREATE TABLE identity (other TEXT)');
  const before = schemaOf(database);
  expect(() => migrate(database)).toThrow(/identity/);
  expect(schemaOf(database)).toEqual(before);
  expect(schemaVersion(database)).toBe(1);
});

test('a store of a newer aib is not touched', () => {
  const database = new SQLite(join(testFolder('migrations'), 'aib.db'));
  onTestFinished(() => void database.close());
  database.pragma('user_version = 99');
  expect(migrate(database)).toBe(99);
  expect(schemaOf(database)).toEqual([]);
});
