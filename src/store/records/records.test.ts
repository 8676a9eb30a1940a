import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import { stampVersion } from '../database/migrations.ts';
import { openStore, type Store } from '../store.ts';
import type { ActionRecord } from './action-record.ts';

function makeCache() {
  const folder = testFolder('records');
  const notices: string[] = [];
  const tryOpen = () => openStore(folder, { now: Date.now, onNotice: line => notices.push(line) });
  const open = (): Store => {
    const store = tryOpen();
    if (!store.ok) throw new Error(`${store.error.what}: ${store.error.got}`);
    onTestFinished(() => store.value.close());
    return store.value;
  };
  return { folder, database: join(folder, 'aib.db'), notices, tryOpen, open };
}

function record(name: string, label = `//${name}`): ActionRecord {
  return {
    key: digestOf(name).hash,
    label,
    kind: 'test',
    outputs: { out: { type: 'file', digest: digestOf(`${name} made`), path: 'out' } },
    messages: { action: '', command: name, directories: [] },
  };
}

/** A store with many records, so that its database has many pages, all of them in the main file. */
function fill(cache: ReturnType<typeof makeCache>): readonly ActionRecord[] {
  const store = cache.open();
  const records = Array.from({ length: 200 }, (_, index) => record(`node${index}`));
  for (const each of records) store.records.commit(each, 0);
  store.close();
  return records;
}

describe('a record', () => {
  test('that a label stands for counts as in use when its database was lost, however long ago it was made', () => {
    const cache = makeCache();
    const [old, current] = [record('old', '//x'), record('current', '//x')];
    const store = cache.open();
    for (const each of [old, current]) store.records.commit(each, Date.now());
    store.close();
    for (const [index, { key }] of [old, current].entries()) {
      const made = Date.now() / 1_000 - (90 - index) * 86_400;
      utimesSync(join(cache.folder, 'records', key.slice(0, 2), `${key}.json`), made, made);
    }
    for (const suffix of ['', '-wal', '-shm']) rmSync(cache.database + suffix, { force: true });
    const before = Date.now();
    const all = cache.open().records.all();
    const newest = (key: string): number | undefined => all.find(each => each.record.key === key)?.newest;
    expect(newest(current.key)).toBeGreaterThanOrEqual(before);
    expect(newest(old.key)).toBeUndefined();
  });

  test('is found by its key, and is the newest of its label', () => {
    const { records } = makeCache().open();
    const [one, two] = [record('one', '//x'), record('two', '//x')];
    records.commit(one, 1);
    records.commit(two, 2);
    expect(records.find(one.key)).toEqual(one);
    expect(records.latest('//x')).toEqual({ ...two, replaces: one.key });
    records.markLatest('//x', one.key, 3);
    expect(records.latest('//x')).toEqual(one);
    expect(records.find(digestOf('other').hash)).toBeUndefined();
    expect(records.latest('//other')).toBeUndefined();
  });

  test('leaves no temporary file', () => {
    const { open, folder } = makeCache();
    open().records.commit(record('one'), 1);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  test('counts even if the power failed before its row was on the disk', () => {
    const { open, database } = makeCache();
    const store = open();
    store.records.commit(record('one'), 1);
    const raw = new SQLite(database);
    raw.exec('DELETE FROM records');
    raw.close();
    expect(store.records.find(record('one').key)).toEqual(record('one'));
  });

  test.each([
    ['cut short', (text: string) => text.slice(0, 20)],
    ['empty', () => ''],
    ['no record', () => 'null'],
    ['the record of another key', (text: string) => text.replace(/"key":"../, '"key":"00')],
    ['one whose output names no blob', (text: string) => text.replace(/"hash":"[^"]*"/, '"hash":"../../etc/passwd"')],
  ])('that is %s is none, in a row as in a file', (_, damage) => {
    const { open, database, folder } = makeCache();
    const store = open();
    const { key } = record('one');
    store.records.commit(record('one'), 1);
    const path = join(folder, 'records', key.slice(0, 2), `${key}.json`);
    const damaged = damage(readFileSync(path, 'utf8'));
    const raw = new SQLite(database);
    raw.prepare('UPDATE records SET json = ?').run(damaged);
    raw.close();
    expect(store.records.find(key)).toEqual(record('one'));
    writeFileSync(path, damaged);
    expect(store.records.find(key)).toBeUndefined();
    store.close();
    rmSync(database);
    expect(open().records.find(key)).toBeUndefined();
  });
});

describe('nothing that was built is lost', () => {
  const garbage = Buffer.alloc(8_192, 0xa5);
  const overwrite = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    garbage.copy(bytes, at);
    writeFileSync(path, bytes);
  };

  test.each<[string, (path: string) => void]>([
    ['is deleted', path => rmSync(path)],
    ['is empty', path => truncateSync(path, 0)],
    ['is cut in the middle of a page', path => truncateSync(path, 10_000)],
    ['has garbage at its start', path => overwrite(path, 0)],
    ['has garbage in its middle', path => overwrite(path, 40_960)],
    ['is something else', path => writeFileSync(path, 'hello')],
    ['is a log without its database', path => (rmSync(path) as undefined) ?? writeFileSync(`${path}-wal`, garbage)],
  ])('when the database %s', (_, damage) => {
    const cache = makeCache();
    const records = fill(cache);
    damage(cache.database);
    const store = cache.open();
    for (const each of records) {
      expect(store.records.find(each.key)).toEqual(each);
      expect(store.records.latest(each.label)).toEqual(each);
    }
    store.records.commit(record('new'), 1);
    store.close();
    expect(cache.open().records.find(record('new').key)).toEqual(record('new'));
  });

  test('when the write-ahead log is damaged, as after a power cut', () => {
    const cache = makeCache();
    const records = fill(cache);
    const store = cache.open();
    store.records.commit(record('in the log'), 1);
    // A copy of the files while the database is open: the WAL has not been merged.
    const files = ['aib.db', 'aib.db-wal'].map(name => [name, readFileSync(join(cache.folder, name))] as const);
    store.close();
    for (const [name, bytes] of files) writeFileSync(join(cache.folder, name), bytes);
    const wal = `${cache.database}-wal`;
    expect(readFileSync(wal).byteLength).toBeGreaterThan(garbage.byteLength);
    overwrite(wal, 64);
    const again = cache.open();
    for (const each of [...records, record('in the log')]) expect(again.records.find(each.key)).toEqual(each);
    expect(cache.notices).toEqual([]);
  });

  test('and a damaged database is kept aside and spoken of', () => {
    const cache = makeCache();
    fill(cache);
    overwrite(cache.database, 0);
    const store = cache.open();
    expect(cache.notices).toEqual([
      expect.stringMatching(/damaged; moved to .*aib\.db\.bad-\d+; 200 records restored/),
    ]);
    store.close();
    expect(readdirSync(cache.folder).filter(name => /bad-\d+$/.test(name))).toHaveLength(1);
    cache.open();
    expect(cache.notices).toHaveLength(1);
  });

  test('and of several records of a label the newest is current again, wherever it stands among the files', () => {
    const cache = makeCache();
    const store = cache.open();
    const current = new Map<string, string>();
    for (const [label, sign] of [
      ['//x', 1],
      ['//y', -1],
    ] as const) {
      const records = Array.from({ length: 6 }, (_, index) => record(`${label} ${index}`, label));
      records.sort((a, b) => (a.key < b.key ? sign : -sign));
      for (const [age, each] of records.entries()) {
        store.records.commit(each, 0);
        const path = join(cache.folder, 'records', each.key.slice(0, 2), `${each.key}.json`);
        utimesSync(path, 1_000 - age, 1_000 - age);
      }
      current.set(label, records[0]?.key ?? expect.unreachable());
    }
    store.close();
    rmSync(cache.database);
    const { records } = cache.open();
    for (const [label, key] of current) expect(records.latest(label)?.key).toBe(key);
  });

  test('though strange things lie between the record files', () => {
    const cache = makeCache();
    fill(cache);
    writeFileSync(join(cache.folder, 'records', 'README'), 'hello');
    mkdirSync(join(cache.folder, 'records', 'ab', `${'ab'.repeat(32)}.json`), { recursive: true });
    rmSync(cache.database);
    expect(cache.open().records.find(record('node7').key)).toEqual(record('node7'));
  });
});

describe('a store that cannot be opened', () => {
  test('because a newer aib wrote it is left as it is', () => {
    const cache = makeCache();
    fill(cache);
    const raw = new SQLite(cache.database);
    stampVersion(raw, 99);
    raw.close();
    expect(cache.tryOpen()).toMatchObject({
      ok: false,
      error: { code: 'AIB_STORE_VERSION', where: cache.database, got: expect.stringContaining('schema 99') },
    });
    expect(readdirSync(cache.folder).filter(name => name.includes('bad'))).toEqual([]);
  });

  test('because it is no place for folders is a failure with a remedy', () => {
    const cache = makeCache();
    const file = join(cache.folder, 'file');
    writeFileSync(file, '');
    const opened = openStore(join(file, 'cache'), { now: Date.now, onNotice: () => {} });
    expect(opened).toMatchObject({ ok: false, error: { code: 'AIB_STORE_ACCESS', where: join(file, 'cache') } });
  });

  test.each(['/proc/x', '/proc/self/x/y', '/dev/null'])(
    'because there can be none at %s is one, too, at once',
    place => {
      const opened = openStore(place, { now: Date.now, onNotice: () => {} });
      expect(opened).toMatchObject({ ok: false, error: { where: place } });
      expect(!opened.ok && opened.error.code).toMatch(/^AIB_STORE_(ACCESS|READ_ONLY)$/);
    },
  );

  test('because its database is a folder is a failure too', () => {
    const cache = makeCache();
    mkdirSync(cache.database);
    expect(cache.tryOpen()).toMatchObject({ ok: false, error: { code: 'AIB_STORE_OPEN' } });
    expect(existsSync(cache.database)).toBe(true);
  });
});

test('a record that is removed takes the labels along that led to it', () => {
  const { open, database } = makeCache();
  const store = open();
  for (const name of ['one', 'two']) store.records.commit(record(name), 1);
  store.records.keepUse(1);
  store.records.remove([record('one').key]);
  const raw = new SQLite(database, { readonly: true });
  const labels = raw.prepare('SELECT label FROM latest').all();
  raw.close();
  expect(labels).toEqual([{ label: '//two' }]);
});
