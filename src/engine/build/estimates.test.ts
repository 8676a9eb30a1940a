import { expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { openDatabase } from '../../store/database/database.ts';
import type { Execution } from '../../store/history/execution.ts';
import { History } from '../../store/history/history.ts';
import { ok } from '../../util/result.ts';
import { type ActionNode, type Label, leafNode, type Node } from '../model/graph.ts';
import { Estimates } from './estimates.ts';

const label = (name: string): Label => `//${name}` as Label;

function node(name: string, needs: readonly string[] = [], kind = 'test'): ActionNode {
  const inputs = Object.fromEntries(needs.map(need => [need, { label: label(need), output: 'out' }]));
  return { type: 'action', label: label(name), kind, inputs, outputs: ['out'], prepare: () => ok({} as never) };
}

const leaf: Node = leafNode({ label: label('leaf'), kind: 'source', reads: [], read: async () => ok({}) });

function makeHistory(): {
  readonly history: History;
  readonly note: (name: string, about?: Partial<Execution>) => void;
} {
  const opened = openDatabase(':memory:');
  if (!opened.ok) throw new Error(opened.error.what);
  onTestFinished(() => void opened.value.database.close());
  const history = new History(opened.value.database);
  const note = (name: string, about: Partial<Execution> = {}): void => {
    const run = history.begin('test', 0);
    const times = { queued: 0, started: 0, duration: 100 };
    const place = { slot: 0, resources: {}, after: [] };
    const how = { status: 'done', reason: 'test', kind: 'test' } as const;
    history.add(run, { label: label(name), key: digestOf(name).hash, ...times, ...place, ...how, ...about });
  };
  return { history, note };
}

test('a node takes as long as it took, the newest time counting most; one that never ran as long as its kind', () => {
  const { history, note } = makeHistory();
  note('a', { duration: 1_000 });
  note('a', { duration: 3_000 });
  note('b', { duration: 500 });
  note('b', { duration: 9_000, status: 'failed' });
  note('x', { duration: 7, kind: 'other' });
  const estimates = new Estimates([], history);
  expect(estimates.duration(node('a'))).toBe(2_000);
  expect(estimates.duration(node('b'))).toBe(500);
  expect(estimates.duration(node('new'))).toBe(1_250);
  expect(estimates.duration(node('new', [], 'other'))).toBe(7);
  expect(estimates.duration(node('new', [], 'never seen'))).toBe(1_000);
  expect(estimates.duration(leaf)).toBe(0);
});

test('a node takes as much memory as it was seen to take, a failed run counting too, and less only by and by', () => {
  const { history, note } = makeHistory();
  note('a', { memory: 400, status: 'failed' });
  expect(new Estimates([], history).memory(node('a'))).toBe(400);
  note('a', { memory: 1_000 });
  note('a');
  note('a', { memory: 100 });
  expect(new Estimates([], history).memory(node('a'))).toBe(750);
  note('a', { memory: 800 });
  expect(new Estimates([], history).memory(node('a'))).toBe(800);
  expect(new Estimates([], history).memory(node('b'))).toBeUndefined();
});

//  leaf ──► a (1) ──► b (10) ──► d (5)
//                └──► c (2) ───┘
test('priority is the longest way from the start of a node to the end of the build', () => {
  const { history, note } = makeHistory();
  for (const [name, duration] of Object.entries({ a: 1, b: 10, c: 2, d: 5 })) note(name, { duration });
  const order = [leaf, node('a', ['leaf']), node('b', ['a']), node('c', ['a']), node('d', ['b', 'c'])];
  const estimates = new Estimates(order, history);
  expect(order.map(each => estimates.priority(each))).toEqual([16, 16, 15, 7, 5]);
});

test('a duration of a thousand years, or none, does no harm', () => {
  const { history, note } = makeHistory();
  note('a', { duration: 0 });
  note('b', { duration: 3e13 });
  const estimates = new Estimates([node('a'), node('b', ['a'])], history);
  expect(estimates.priority(node('a'))).toBe(3e13);
});
