import { cpSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { digestOf } from '../content/digest.ts';
import { openStore, type Store } from '../store.ts';
import { collect } from '../upkeep/collect.ts';
import { usageOf } from '../upkeep/usage.ts';
import type { ProjectPlace } from './known-projects.ts';

const DAY = 86_400_000;

/** A store, and beside it folders of projects that build in it. */
function makeShared() {
  const folder = testFolder('projects');
  const cache = join(folder, 'store');
  let clock = 1_000 * DAY;
  const opened = new Set<Store>();
  onTestFinished(() => {
    for (const store of opened) store.close();
  });
  const place = (name: string): ProjectPlace => {
    mkdirSync(join(folder, name), { recursive: true });
    return { folder: join(folder, name), ownsStore: false };
  };
  /** Works on the store as a process of the project. */
  const as = <T>(project: ProjectPlace, work: (store: Store) => T, readOnly = false): T => {
    const store = openStore(cache, { now: () => clock, onNotice: () => {}, project, readOnly });
    if (!store.ok) throw new Error(store.error.what);
    opened.add(store.value);
    const done = work(store.value);
    store.value.close();
    opened.delete(store.value);
    return done;
  };
  /** Builds this text as the result of one label. */
  const build = (project: ProjectPlace, text: string, label = '//x') =>
    as(project, store => {
      const outputs = { out: { type: 'file', digest: store.blobs.putBytes(text), path: 'out' } } as const;
      const key = digestOf(`key of ${text}`).hash;
      store.records.commit({ key, label, kind: 'test', outputs }, clock);
      return key;
    });
  const latest = (project: ProjectPlace, readOnly = false) =>
    as(project, store => store.records.latest('//x')?.key, readOnly);
  const collectAll = (project: ProjectPlace, labelLifetime?: number) => {
    const options = {
      maxBytes: 0,
      began: Date.now() + 5_000,
      ...(labelLifetime === undefined ? {} : { labelLifetime }),
    };
    const store = openStore(cache, { now: () => clock, onNotice: () => {}, project });
    if (!store.ok) throw new Error(store.error.what);
    return collect(store.value, options).finally(() => store.value.close());
  };
  const wait = (days: number): void => {
    clock += days * DAY;
  };
  return { folder, cache, place, as, build, latest, collectAll, wait };
}

test('two projects have each a newest result of the same label, and no collection takes either', async () => {
  const { place, build, latest, collectAll, as } = makeShared();
  const [a, b] = [place('a'), place('b')];
  const old = build(a, 'of a, older');
  const [ofA, ofB] = [build(a, 'of a'), build(b, 'of b')];
  expect([latest(a), latest(b)]).toEqual([ofA, ofB]);
  expect(as(b, store => store.records.find(ofB)?.replaces)).toBeUndefined();
  const { records } = await collectAll(b);
  expect(records.map(({ record, projects }) => [record.key, projects])).toEqual([[old, []]]);
  expect(as(a, store => [ofA, ofB].map(key => store.records.find(key)?.key))).toEqual([ofA, ofB]);
});

test('a result is found by its key, whichever project made it', () => {
  const { place, build, as } = makeShared();
  const key = build(place('a'), 'the same');
  as(place('b'), store => {
    expect(store.records.latest('//x')).toBeUndefined();
    expect(store.records.find(key)?.label).toBe('//x');
    store.records.markLatest('//x', key, 5);
    store.records.keepUse(5);
  });
  expect(as(place('b'), store => store.records.latest('//x')?.key, true)).toBe(key);
});

test("runs, logs and times are a project's own; a clone expects what the other one took", () => {
  const { place, as } = makeShared();
  const [a, b] = [place('a'), place('b')];
  const run = (project: ProjectPlace, duration: number, label = '//x'): void =>
    as(project, ({ history }) => {
      const times = { queued: 1, started: 1, duration, slot: 0, after: [], resources: {} } as const;
      const about = { kind: 'test', key: digestOf(label).hash, status: 'done', reason: 'why not' } as const;
      history.add(history.begin(`build ${label}`, 1), { label, ...times, ...about });
    });
  run(a, 100);
  run(a, 300, '//only-a');
  expect(as(b, ({ history }) => history.estimates().get('//x')?.duration)).toBe(100);
  run(b, 7_000);
  run(b, 7_000);
  const seen = (project: ProjectPlace) =>
    as(project, ({ history, runs }) => [
      history.last('//x')?.duration,
      history.lastDone('//only-a')?.duration,
      history.estimates().get('//x')?.duration,
      runs.newestWithWork(),
    ]);
  expect(seen(a)).toEqual([100, 300, 100, 2]);
  expect(seen(b)).toEqual([7_000, undefined, 7_000, 4]);
  expect(as(a, ({ runs }) => runs.newest(9).map(({ workspace }) => workspace))).toEqual(
    [b, b, a, a].map(({ folder }) => folder),
  );
});

test('of old runs the newest execution of a label stays in each project, and none of a project that is forgotten', async () => {
  const { place, as, wait, collectAll } = makeShared();
  const [a, b] = [place('a'), place('b')];
  const run = (project: ProjectPlace, times: number): void =>
    as(project, ({ history, now }) => {
      for (let count = 0; count < times; count += 1)
        history.add(history.begin('build //x', now()), {
          ...{ label: '//x', kind: 'test', key: digestOf('x').hash, reason: 'why not', status: 'done' },
          ...{ queued: 1, started: 1, duration: 5, slot: 0, after: [], resources: {} },
        });
    });
  const executions = (): number =>
    as(
      b,
      ({ runs }) =>
        Array.from({ length: 200 }, (_, id) => runs.executions(id).length).filter(count => count > 0).length,
    );
  run(a, 2);
  run(b, 60);
  await collectAll(b);
  // The last fifty, and one of the other project.
  expect(executions()).toBe(51);
  expect(as(a, ({ history }) => history.last('//x')?.duration)).toBe(5);
  rmSync(a.folder, { recursive: true });
  wait(40);
  await collectAll(b);
  expect(executions()).toBe(50);
});

test('a clone is another project, one that is moved stays the same, and a new checkout at the old place is no moved one', () => {
  const { folder, place, build, latest, as } = makeShared();
  const a = place('a');
  const key = build(a, 'of a');
  cpSync(a.folder, join(folder, 'clone'), { recursive: true });
  expect(latest(place('clone'))).toBeUndefined();
  renameSync(a.folder, join(folder, 'moved'));
  const moved = place('moved');
  expect(latest(moved, true)).toBe(key);
  expect(latest(moved)).toBe(key);
  const again = place('a');
  expect(latest(again)).toBeUndefined();
  const names = [moved, again].map(project => as(project, store => [store.projects.own, store.images]));
  expect(new Set(names.flat()).size).toBe(4);
});

test('two folders of one inode, as snapshots have them, are two projects', () => {
  const { cache, place, build, latest } = makeShared();
  const [a, b] = [place('a'), place('b')];
  build(a, 'of a');
  const { ino, birthtimeMs } = statSync(b.folder);
  const database = new SQLite(join(cache, 'aib.db'));
  database.prepare('UPDATE projects SET stamp = ?').run(`${ino}:${birthtimeMs}`);
  database.close();
  expect(latest(b)).toBeUndefined();
});

test('a folder that is deleted and checked out anew is the same project', () => {
  const { place, build, latest } = makeShared();
  const key = build(place('a'), 'of a');
  rmSync(place('a').folder, { recursive: true });
  expect(latest(place('a'))).toBe(key);
});

test('the images of the project that the store lies in keep their place, and others have one of their own', () => {
  const { folder, cache, place, as } = makeShared();
  expect(as({ folder, ownsStore: true }, ({ images }) => images)).toBe(join(cache, 'images'));
  expect(as(place('my images!'), ({ images }) => images)).toMatch(/\/store\/projects\/my_images_-[0-9a-f]{8}\/images$/);
});

test('a project whose folder is gone is forgotten when its labels have outlived it, with its results and links', async () => {
  const { cache, place, build, collectAll, as, wait } = makeShared();
  const [a, b] = [place('a'), place('b')];
  const key = build(a, 'of a');
  const images = as(a, store => store.images);
  mkdirSync(images, { recursive: true });
  rmSync(a.folder, { recursive: true });
  wait(20);
  build(b, 'of b');
  expect(await collectAll(b)).toMatchObject({ records: [], forgotten: [] });
  wait(20);
  const collected = await collectAll(b);
  expect(collected.forgotten).toEqual([a.folder]);
  expect(collected.records.map(({ record, projects }) => [record.key, projects])).toEqual([[key, [a.folder]]]);
  expect(collected.leftovers).toEqual([images.slice(cache.length + 1, -'/images'.length)]);
  expect(as(b, ({ projects }) => projects.all().map(({ folder }) => folder))).toEqual([b.folder]);
});

test('a database that is lost costs no project its newest result', async () => {
  const { cache, place, build, as, collectAll } = makeShared();
  const [a, b] = [place('a'), place('b')];
  const old = build(a, 'of a, older');
  const keys = [build(a, 'of a'), build(b, 'of b')];
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(cache, `aib.db${suffix}`), { force: true });
  expect((await collectAll(b)).records.map(({ record }) => record.key)).toEqual([old]);
  expect(as(a, store => keys.map(key => store.records.find(key)?.key))).toEqual(keys);
});

test('usage is told by project as soon as there are two', () => {
  const { place, build, as } = makeShared();
  const [a, b] = [place('a'), place('b')];
  build(a, 'of a');
  expect(as(a, usageOf).projects).toEqual([]);
  build(b, 'of b');
  build(b, 'of b too', '//y');
  const { projects } = as(a, usageOf, true);
  expect(projects.map(({ name, results }) => [name, results])).toEqual([
    [b.folder, 2],
    [a.folder, 1],
  ]);
});
