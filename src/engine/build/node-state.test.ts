import { describe, expect, test } from 'vitest';
import { digestOf } from '../../store/content/digest.ts';
import { ok } from '../../util/result.ts';
import type { Course } from '../external/course.ts';
import { Pools } from '../external/pools.ts';
import { type Action, programSpec } from '../model/action.ts';
import { encodeAction } from '../model/action-key.ts';
import { identityOf } from '../model/external.ts';
import { type ActionNode, externalNode, type Label } from '../model/graph.ts';
import { NodeState, type NodeStatus, type ObjectWork, type Phase, type Work } from './node-state.ts';

const spec = programSpec({ kind: 'test', format: 1, parameters: {}, inputs: new Map(), outputs: {} });
const action: Action = { sort: 'builtin', spec, resources: {} };
const node: ActionNode = {
  type: 'action',
  label: '//n' as Label,
  kind: 'test',
  inputs: {},
  outputs: [],
  prepare: () => ok(action),
};
const work: Work = { node, action, encoded: encodeAction(spec), reason: { type: 'never-built' } };
const object = { sort: 'test', parameters: {}, contents: {} };
const course: Course = {
  identity: identityOf(object),
  object,
  steps: [],
  pools: new Pools({}),
  signal: new AbortController().signal,
};
const outside: ObjectWork = {
  node: externalNode({ label: '//n' as Label, kind: 'test', inputs: {}, describe: () => ok(object), steps: [] }),
  course,
};
const outputs = { out: { type: 'file', digest: digestOf('x') } } as const;

const PHASES: { readonly [S in NodeStatus]: Extract<Phase, { readonly status: S }> } = {
  waiting: { status: 'waiting' },
  resolving: { status: 'resolving' },
  preparing: { status: 'preparing', ...work },
  following: { status: 'following', ...work },
  ready: { status: 'ready', ...work, queued: 1 },
  running: { status: 'running', ...work, queued: 1, stale: false },
  asking: { status: 'asking', ...outside },
  gathering: { status: 'gathering', ...outside, standing: { next: 0, facts: {} }, edges: [] },
  making: { status: 'making', ...outside, stop: new AbortController() },
  settled: { status: 'settled', outputs },
  failed: { status: 'failed', failure: { code: 'AIB_COMMAND_FAILED', what: 'It failed' } },
  cancelled: { status: 'cancelled' },
};
const STATUSES = Object.keys(PHASES) as readonly NodeStatus[];

/** A legal sequence of states that ends in each state. */
const WAYS: Readonly<Record<NodeStatus, readonly NodeStatus[]>> = {
  waiting: [],
  resolving: ['resolving'],
  preparing: ['resolving', 'preparing'],
  following: ['resolving', 'preparing', 'following'],
  ready: ['resolving', 'preparing', 'ready'],
  running: ['resolving', 'preparing', 'ready', 'running'],
  asking: ['resolving', 'asking'],
  gathering: ['resolving', 'asking', 'gathering'],
  making: ['resolving', 'asking', 'gathering', 'making'],
  settled: ['resolving', 'settled'],
  failed: ['resolving', 'failed'],
  cancelled: ['resolving', 'preparing', 'ready', 'running', 'cancelled'],
};

/** The transitions of the drawing in node-state.ts, written a second time: a change there must be made here too. */
const LEGAL: ReadonlySet<string> = new Set([
  'waiting → resolving',
  'resolving → resolving',
  'resolving → settled',
  'resolving → preparing',
  'resolving → failed',
  'resolving → asking',
  'asking → settled',
  'asking → gathering',
  'asking → resolving',
  'asking → failed',
  'asking → cancelled',
  'gathering → gathering',
  'gathering → making',
  'gathering → resolving',
  'gathering → failed',
  'making → settled',
  'making → failed',
  'making → cancelled',
  'making → resolving',
  'preparing → preparing',
  'preparing → following',
  'preparing → ready',
  'preparing → resolving',
  'preparing → failed',
  'following → resolving',
  'ready → running',
  'ready → resolving',
  'running → settled',
  'running → failed',
  'running → cancelled',
  'running → resolving',
  'settled → preparing',
  'settled → resolving',
  'settled → failed',
]);

function standing(status: NodeStatus): NodeState {
  const state = new NodeState(node);
  for (const step of WAYS[status]) state.enter(PHASES[step]);
  return state;
}

const PAIRS = STATUSES.flatMap(from => STATUSES.map(to => ({ from, to })));
const isLegal = ({ from, to }: (typeof PAIRS)[number]): boolean => LEGAL.has(`${from} → ${to}`);

describe('a node', () => {
  test.each(PAIRS.filter(pair => !isLegal(pair)))('that is $from cannot become $to', ({ from, to }) => {
    const state = standing(from);
    const { phase } = state;
    expect(() => state.enter(PHASES[to])).toThrow(`Internal error: //n cannot go from ${from} to ${to}`);
    expect(state.phase).toBe(phase);
  });

  test.each(PAIRS.filter(isLegal))('that is $from may become $to', ({ from, to }) => {
    const state = standing(from);
    state.enter(PHASES[to]);
    expect(state.phase).toBe(PHASES[to]);
  });

  test('is not resolved before all its dependencies have settled', () => {
    const state = new NodeState(node);
    state.pending = 2;
    expect(() => state.enter(PHASES.resolving)).toThrow('//n cannot go from waiting to resolving');
    state.pending = 0;
    state.enter(PHASES.resolving);
    expect(state.phase.status).toBe('resolving');
  });

  test('gives what it carries only where it stands', () => {
    const state = standing('ready');
    expect(state.in('ready').queued).toBe(1);
    expect(() => state.in('running')).toThrow('Internal error: //n is ready, not running');
  });

  test('still gives what it settled on last while it is made anew', () => {
    const state = standing('settled');
    state.enter(PHASES.preparing);
    expect(state.lastOutputs).toBe(outputs);
    const other = { out: { type: 'file', digest: digestOf('y') } } as const;
    for (const to of [PHASES.ready, PHASES.running, { status: 'settled', outputs: other } as const]) state.enter(to);
    expect(state.lastOutputs).toBe(other);
  });
});
