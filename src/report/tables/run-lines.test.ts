import { expect, test } from 'vitest';
import { execution } from '../../../test/engine/executions.ts';
import { criticalPath } from '../../engine/build/critical-path.ts';
import type { RunRecord } from '../../store/history/run-log.ts';
import { formatWhen } from '../text/when.ts';
import { diffRuns, type NotedRun } from './run-diff.ts';
import { criticalPathLines, diffLines, listLines, runLines } from './run-lines.ts';

const START = 1_700_000_000_000;
const WHEN = formatWhen(START);

function runRecord(id: number, about: Partial<RunRecord> = {}): RunRecord {
  const counts = { nodes: 5, ran: 2, hits: 2, failed: 0 };
  const where = { workspace: '/srv/a', command: 'build //x' };
  return { id, ...where, started: START, ended: START + 2_500, status: 'done', ...counts, ...about };
}

const FIRST: NotedRun = {
  run: runRecord(7),
  executions: [
    execution('a', [START, START, START + 1_000], { memory: 150, changed: true }),
    execution('b', [START + 1_000, START + 1_500, START + 2_500], { after: ['//a'], changed: false }),
  ],
  unrun: { hits: ['//c', '//d'], skipped: [] },
};
const SECOND: NotedRun = {
  run: runRecord(8, { status: 'failed', ran: 1, failed: 1, hits: 1 }),
  executions: [
    execution('a', [START, START, START + 3_000], { reason: 'input s changed' }),
    execution('d', [START, START, START + 20], {
      status: 'failed',
      failure: 'It broke [AIB_X]',
      reason: 'argument 0 changed',
    }),
  ],
  unrun: { hits: ['//c'], skipped: [{ label: '//b', because: '//d' }] },
};

test('the list has a line for each run, and leaves out what is not known of one that did not end', () => {
  const unknown = { ended: undefined, nodes: undefined, ran: undefined, hits: undefined, failed: undefined };
  expect(listLines([runRecord(12), runRecord(11, { status: 'unfinished', ...unknown })])).toEqual([
    `run  when                 status      ran  hits  failed   took  command`,
    ` 12  ${WHEN}  done          2     2       0  2.5 s  build //x`,
    ` 11  ${WHEN}  unfinished                            build //x`,
  ]);
  expect(listLines([])).toEqual(['this store has no runs yet']);
});

test('a run shows what ran, when, for how long, how much it waited and took, and why', () => {
  expect(runLines(FIRST)).toEqual([
    `run 7  ${WHEN}  done  2 ran, 2 hits  2.5 s  build //x`,
    ' start   took  waited     memory  end        node',
    ' +0 ms  1.0 s          150.0 MiB  done       test //a  because never built here',
    '+1.5 s  1.0 s  500 ms             unchanged  test //b  because never built here',
  ]);
  expect(runLines(SECOND).slice(-2)).toEqual(['//d: It broke [AIB_X]', 'skipped because of //d: //b']);
});

test('the critical path shows each step with its time and what there is to gain', () => {
  expect(criticalPathLines(FIRST.run, criticalPath(FIRST.executions)).slice(1)).toEqual([
    ' took  potential  waited  step',
    '1.0 s      1.0 s          test //a',
    '1.0 s      1.0 s          test //b',
    '2 steps, 2.0 s of 2.5 s',
  ]);
});

test('a long critical path is cut to its longest steps, and says how many it left out', () => {
  const chain = Array.from({ length: 60 }, (_, index) =>
    execution(`n${index}`, [index, index, index + 1], { after: index === 0 ? [] : [`//n${index - 1}`] }),
  );
  const lines = criticalPathLines(runRecord(7), criticalPath(chain));
  expect(lines).toHaveLength(44);
  expect(lines.at(-2)).toBe('and 20 shorter steps');
});

test('the difference of two runs tells what ran in one only, what it was in the other, and what took longer', () => {
  expect(diffLines(diffRuns(FIRST, SECOND)).slice(2)).toEqual([
    'ran only in 7; in 8:',
    '  test //b  1.0 s  skipped because of //d  because never built here',
    'ran only in 8; in 7:',
    '  test //d  20 ms  up to date  because argument 0 changed',
    'ran in both, with a different time or result:',
    '  1.0 s → 3.0 s    test //a',
  ]);
});

test('two runs that are alike have nothing to tell', () => {
  expect(diffLines(diffRuns(FIRST, { ...FIRST, run: runRecord(9) })).slice(2)).toEqual([
    '2 ran in both without a clear difference',
  ]);
  const idle = { run: runRecord(9, { ran: 0 }), executions: [], unrun: undefined };
  expect(diffLines(diffRuns(idle, idle)).slice(2)).toEqual(['nothing ran in either']);
  expect(diffRuns(FIRST, idle).onlyA.map(({ other }) => other)).toEqual(['unknown', 'unknown']);
});

test('a list of runs of several projects says whose each is', () => {
  const rows = listLines([
    runRecord(9),
    runRecord(8, { workspace: '/srv/longer' }),
    runRecord(7, { workspace: undefined }),
  ]);
  expect(rows.map(row => row.replace(/^.*?(took|2\.5 s)/, '').trim())).toEqual([
    'project      command',
    '/srv/a       build //x',
    '/srv/longer  build //x',
    'build //x',
  ]);
  expect(listLines([runRecord(9), runRecord(8)]).join()).not.toContain('/srv/a');
});
