import { expect, onTestFinished, test } from 'vitest';
import { execution } from '../../../test/engine/executions.ts';
import { openDatabase, type Statement } from '../database/database.ts';
import { History } from './history.ts';
import { RunLog } from './run-log.ts';

/** A database that can be set to full: from then on each write fails with SQLite's error. */
function makeDatabase() {
  const opened = openDatabase(':memory:');
  if (!opened.ok) throw new Error(opened.error.what);
  const { database } = opened.value;
  onTestFinished(() => void database.close());
  const disk = { isFull: false };
  const prepare = database.prepare.bind(database);
  database.prepare = <Bound extends unknown[], Row>(sql: string): Statement<Bound, Row> => {
    const statement = prepare<Bound, Row>(sql);
    return {
      get: (...bound) => statement.get(...bound),
      all: (...bound) => statement.all(...bound),
      run: (...bound) => {
        if (disk.isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        return statement.run(...bound);
      },
    };
  };
  return { database, disk, history: new History(database), runs: new RunLog(database) };
}

const SUMMARY = { status: 'done', ran: 1, failed: 0, hits: ['//b'], skipped: [], nodes: 2 } as const;

test('a run comes back as it was noted', () => {
  const { history, runs } = makeDatabase();
  const run = history.begin('build //x', 1_000);
  const noted = execution('a', [1_000, 1_010, 1_500], {
    ...{ memory: 80, changed: true, log: 'runs/1/a.log', slot: 3, after: ['//c'], resources: { cpu: 2, memory: 64 } },
  });
  history.add(run, noted);
  history.end(run, SUMMARY, 2_000);
  expect(runs.executions(run)).toEqual([noted]);
  expect(runs.unrun(run)).toEqual({ hits: ['//b'], skipped: [] });
  expect(runs.find(run)).toMatchObject({ started: 1_000, ended: 2_000, nodes: 2, ran: 1, hits: 1, failed: 0 });
});

test('on a full disk a run has a number, and notes nothing, and nothing fails', () => {
  const { history, runs, disk } = makeDatabase();
  history.begin('build //x', 1_000);
  disk.isFull = true;
  const run = history.begin('build //y', 2_000);
  expect(run).toBe(2);
  history.add(run, execution('a', [0, 0, 1]));
  history.end(run, SUMMARY, 3_000);
  expect(runs.newest(9).map(({ id }) => id)).toEqual([1]);
  disk.isFull = false;
  expect(history.begin('build //z', 4_000)).toBe(2);
  expect(runs.executions(2)).toEqual([]);
});

test('the run that would be number 1 is number 1 on a disk that is full from the start', () => {
  const { history, disk } = makeDatabase();
  disk.isFull = true;
  expect(history.begin('build //x', 0)).toBe(1);
});
