import { expect, test } from 'vitest';
import { execution } from '../../test/engine/executions.ts';
import type { RunRecord } from '../store/history/run-log.ts';
import { traceOf } from './trace.ts';

const START = 1_700_000_000_000;
const run: RunRecord = {
  id: 7,
  workspace: undefined,
  command: 'build //x',
  started: START,
  ended: START + 100,
  status: 'done',
  nodes: 3,
  ran: 2,
  hits: 1,
  failed: 0,
};

//  a 0─40 ──► b, ready at 40, starts at 50 in another place, and ends at 90
const { traceEvents } = traceOf(run, [
  execution('a', [START, START, START + 40], { resources: { cpu: 1, memory: 64 } }),
  execution('b', [START + 40, START + 50, START + 90], { slot: 1, after: ['//a'], memory: 12 }),
]);
const of = (ph: string) => traceEvents.filter(event => event.ph === ph);

test('each action is a bar in the row of its place, in microseconds from the start of the run', () => {
  expect(of('X')).toMatchObject([
    { name: '//a', tid: 1, ts: 0, dur: 40_000, cat: 'test', args: { status: 'done', reason: 'never built here' } },
    { name: '//b', tid: 2, ts: 50_000, dur: 40_000, args: { memory: 12 } },
  ]);
  expect(of('M').map(({ tid, args }) => [tid, args?.name])).toEqual([
    [0, 'run 7: aib build //x'],
    [1, 'slot 1'],
    [2, 'slot 2'],
  ]);
});

test('a wait for room has a beginning and an end of the same id; who did not wait has none', () => {
  expect(of('b')).toMatchObject([{ name: '//b', ts: 40_000, id: 1 }]);
  expect(of('e')).toMatchObject([{ name: '//b', ts: 50_000, id: 1 }]);
});

test('an arrow leaves while its input is made, and arrives when its user starts', () => {
  const [leaves, arrives] = [of('s'), of('f')];
  expect(leaves).toMatchObject([{ tid: 1, ts: 39_999 }]);
  expect(arrives).toMatchObject([{ tid: 2, ts: 50_000, bp: 'e', id: leaves[0]?.id }]);
});

test('counters go up and down with what runs, and end at nothing', () => {
  const actions = of('C').filter(({ name }) => name === 'actions');
  expect(actions.map(({ ts, args }) => [ts, args?.running])).toEqual([
    [0, 1],
    [40_000, 0],
    [50_000, 1],
    [90_000, 0],
  ]);
  const memory = of('C').filter(({ name }) => name.startsWith('memory'));
  expect(memory.map(({ args }) => args?.memory)).toEqual([64, 0, 0, 0]);
});
