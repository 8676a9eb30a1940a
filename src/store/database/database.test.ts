import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import type { ActionRecord } from '../records/action-record.ts';
import { openStore, type Store, type StoreOptions } from '../store.ts';

function makeCache() {
  const folder = testFolder('database');
  const notices: string[] = [];
  const open = (options: Partial<StoreOptions> = {}): Store => {
    const store = openStore(folder, { now: Date.now, onNotice: line => notices.push(line), ...options });
    if (!store.ok) throw new Error(`${store.error.what}: ${store.error.got}`);
    onTestFinished(() => store.value.close());
    return store.value;
  };
  return { folder, path: join(folder, 'aib.db'), notices, open };
}

function record(name: string): ActionRecord {
  return {
    key: digestOf(name).hash,
    label: `//${name}`,
    kind: 'test',
    outputs: { out: { type: 'file', digest: digestOf(`${name} made`), path: 'out' } },
    messages: { action: '', command: name.repeat(20), directories: [] },
  };
}

/** A closed store of many pages. */
function fill(cache: ReturnType<typeof makeCache>, count = 60): readonly ActionRecord[] {
  const store = cache.open();
  const records = Array.from({ length: count }, (_, index) => record(`node${index}`));
  for (const each of records) store.records.commit(each, 0);
  store.close();
  return records;
}

/** Writes to the file while others have it open. */
function scribble(path: string, at: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.byteLength, at);
  closeSync(file);
}

/** Damages all pages except the first, and makes processes that have the file open read them again, as a commit does. */
function damagePages(path: string): void {
  const raw = new SQLite(path);
  raw.exec("INSERT INTO runs (started, command) VALUES (1, 'somebody else')");
  scribble(path, 4_096, Buffer.alloc(readFileSync(path).byteLength - 4_096, 0xa5));
  // If it is closed later, it merges its WAL into the file.
  onTestFinished(() => void raw.close());
}

/** Writes a row with named columns. */
function endOfRun({ history }: Store): void {
  const counts = { status: 'done', ran: 0, failed: 0, hits: [], skipped: [], nodes: 0 } as const;
  history.end(history.begin('a build', 1), counts, 2);
}

function badFiles(folder: string): readonly string[] {
  return readdirSync(folder).filter(name => /bad-\d+$/.test(name));
}

describe('a database that is damaged while it is in use', () => {
  test('is mended in the middle of whatever was asked, with one line', () => {
    const cache = makeCache();
    const records = fill(cache);
    const store = cache.open();
    damagePages(cache.path);
    for (const each of records) {
      expect(store.records.find(each.key)).toEqual(each);
      expect(store.records.latest(each.label)).toEqual(each);
    }
    expect(cache.notices).toEqual([expect.stringMatching(/damaged; moved to .*bad-\d+; 60 records restored/)]);
    expect(badFiles(cache.folder)).toHaveLength(1);
    expect(store.projects.all().map(({ name }) => name)).toEqual([store.projects.own]);
    store.records.commit(record('new'), 1);
    store.close();
    expect(cache.open().records.find(record('new').key)).toEqual(record('new'));
    expect(cache.notices).toHaveLength(1);
  });

  test('is mended in the middle of a transaction, which is then made once', () => {
    const cache = makeCache();
    fill(cache);
    const store = cache.open();
    damagePages(cache.path);
    store.records.commit(record('new'), 7);
    store.close();
    const raw = new SQLite(cache.path, { readonly: true });
    onTestFinished(() => void raw.close());
    expect(raw.prepare('SELECT count(*) AS n FROM records').get()).toEqual({ n: 61 });
    expect(raw.prepare('SELECT used FROM latest WHERE label = ?').get('//new')).toEqual({ used: 7 });
  });

  test('that another process has mended is opened again, not moved a second time', () => {
    const cache = makeCache();
    const [first] = fill(cache);
    const [one, two] = [cache.open(), cache.open()];
    damagePages(cache.path);
    for (const { records } of [one, two]) expect(records.find(first?.key ?? expect.unreachable())).toEqual(first);
    one.records.commit(record('of one'), 1);
    expect(two.records.latest('//of one')).toEqual(record('of one'));
    expect(badFiles(cache.folder)).toHaveLength(1);
    expect(cache.notices).toHaveLength(1);
  });

  test.each([
    ['is read', (store: Store) => store.records.latest('//node0')],
    ['is written to', (store: Store) => endOfRun(store)],
  ])('of which a column is called something else is mended when it %s', (_, ask) => {
    const cache = makeCache();
    const records = fill(cache);
    const raw = new SQLite(cache.path);
    raw.exec('ALTER TABLE run_nodes RENAME COLUMN skipped TO skippec; ALTER TABLE records RENAME COLUMN json TO jsoo');
    raw.close();
    const store = cache.open();
    ask(store);
    expect(cache.notices).toHaveLength(1);
    expect(store.records.latest('//node1')).toEqual(records[1]);
  });

  test('leaves numbers of runs that were not given out before', () => {
    const cache = makeCache();
    const store = cache.open();
    const run = store.history.begin('aib build //x', 1);
    expect(run).toBe(1);
    store.close();
    for (const name of ['7', '12', 'x']) mkdirSync(join(cache.folder, 'runs', name), { recursive: true });
    rmSync(cache.path);
    expect(cache.open().history.begin('aib build //x', 1)).toBe(13);
  });
});

test('a database that was copied in from another store is moved aside; one that lost its id, or was without one, is not', () => {
  const [here, there] = [makeCache(), makeCache()];
  const records = fill(here, 5);
  const store = there.open();
  store.records.commit(record('of another store'), 1);
  store.close();
  copyFileSync(there.path, here.path);
  const again = here.open();
  for (const each of records) expect(again.records.latest(each.label)).toEqual(each);
  expect(again.records.latest('//of another store')).toBeUndefined();
  expect(here.notices).toEqual([
    expect.stringMatching(/belongs to another store; moved to .*bad-\d+; 5 records restored/),
  ]);
  again.close();
  rmSync(join(here.folder, 'id'));
  here.open().close();
  rmSync(here.path);
  here.open().close();
  here.open().close();
  expect(here.notices).toHaveLength(1);
});

test('whichever byte of the header is wrong, nothing is lost and nothing is refused', () => {
  const cache = makeCache();
  const records = fill(cache, 5);
  const whole = readFileSync(cache.path);
  let mended = 0;
  for (let at = 0; at < 100; at += 1) {
    for (const flip of [0x01, 0x02, 0xff]) {
      for (const name of readdirSync(cache.folder)) if (name.startsWith('aib.db')) rmSync(join(cache.folder, name));
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      writeFileSync(cache.path, bytes);
      const store = cache.open();
      for (const each of records) {
        expect(store.records.find(each.key), `byte ${at} ^ ${flip}`).toEqual(each);
        expect(store.records.latest(each.label), `byte ${at} ^ ${flip}`).toEqual(each);
      }
      store.records.commit(record('new'), 1);
      expect(store.records.latest('//new')).toEqual(record('new'));
      store.close();
      rmSync(join(cache.folder, 'records', record('new').key.slice(0, 2), `${record('new').key}.json`));
      mended += badFiles(cache.folder).length;
    }
  }
  expect(mended).toBeGreaterThan(50);
}, 120_000);

describe('a reader', () => {
  test('of a folder where nothing is finds nothing, and makes nothing', () => {
    const cache = makeCache();
    rmSync(cache.folder, { recursive: true });
    const store = cache.open({ readOnly: true });
    expect(store.records.find(record('x').key)).toBeUndefined();
    expect(store.history.last('//x')).toBeUndefined();
    store.close();
    expect(existsSync(cache.folder)).toBe(false);
  });

  test('of a damaged database reads the record files, says so, and leaves the mending to a build', () => {
    const cache = makeCache();
    const records = fill(cache);
    const damaged = Buffer.from('garbage');
    writeFileSync(cache.path, damaged);
    const store = cache.open({ readOnly: true });
    for (const each of records) expect(store.records.latest(each.label)).toEqual(each);
    expect(cache.notices).toEqual([
      expect.stringMatching(/damaged, and stays unchanged until a build repairs it; 60 records/),
    ]);
    store.close();
    expect(readFileSync(cache.path)).toEqual(damaged);
    expect(badFiles(cache.folder)).toEqual([]);
  });

  test('that meets the damage only later does the same', () => {
    const cache = makeCache();
    const records = fill(cache);
    const store = cache.open({ readOnly: true });
    damagePages(cache.path);
    for (const each of records) expect(store.records.latest(each.label)).toEqual(each);
    expect(cache.notices).toHaveLength(1);
    expect(badFiles(cache.folder)).toEqual([]);
  });
});

describe('a filesystem without shared memory for the log', () => {
  test('gets a journal that does without', () => {
    const cache = makeCache();
    // SQLite cannot create its shared memory here.
    symlinkSync('nowhere/at/all', `${cache.path}-shm`);
    const records = fill(cache);
    const store = cache.open();
    for (const each of records) expect(store.records.find(each.key)).toEqual(each);
    expect(readFileSync(cache.path).subarray(18, 20)).toEqual(Buffer.from([1, 1]));
    expect(cache.notices).toEqual([]);
    // Other readers can open it at the same time.
    expect(cache.open().records.find(records[0]?.key ?? expect.unreachable())).toEqual(records[0]);
  });

  test('takes over a database that has a log', () => {
    const cache = makeCache();
    const records = fill(cache);
    expect(readFileSync(cache.path).subarray(18, 20)).toEqual(Buffer.from([2, 2]));
    symlinkSync('nowhere/at/all', `${cache.path}-shm`);
    const store = cache.open();
    for (const each of records) expect(store.records.find(each.key)).toEqual(each);
    store.records.commit(record('new'), 1);
    store.close();
    rmSync(`${cache.path}-shm`);
    expect(cache.open().records.latest('//new')).toEqual(record('new'));
  });
});
