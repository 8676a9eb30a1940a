import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../store/content/artifact.ts';
import { digestOf } from '../../store/content/digest.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import { fail, ok } from '../../util/result.ts';
import type { Action, Output } from '../model/action.ts';
import { messagesOf } from '../model/decode-action.ts';
import type { ActionNode, Edge, Label } from '../model/graph.ts';
import { decide, describe as describeAction, edgesRead } from './decide.ts';

const EDGE: Edge = { label: '//input' as Label, output: 'out' };
const INPUT: Artifact = { type: 'file', digest: digestOf('input') };
const OUT: Output = { type: 'file', path: 'made/out' };

function makeNode(outputs: Readonly<Record<string, Output>> = { out: OUT }): ActionNode {
  return {
    type: 'action',
    label: '//node' as Label,
    kind: 'command',
    inputs: { in: EDGE },
    outputs: Object.keys(outputs),
    prepare: inputs =>
      ok({
        sort: 'command',
        spec: {
          arguments: ['make'],
          environment: {},
          inputs: new Map(Object.entries(inputs)),
          outputs,
          platform: {},
          timeoutSeconds: 0,
        },
        resources: {},
      }),
  };
}

/** The record that the node would write with these inputs, and a store that finds it. */
function recorded(outputs: ActionRecord['outputs'], from: Artifact = INPUT) {
  const node = makeNode();
  const described = describeAction(node, { in: from });
  if (!described.ok) throw new Error(described.error.what);
  const { encoded } = described.value;
  const record = { key: encoded.key, label: node.label, kind: 'command', outputs, messages: messagesOf(encoded) };
  return { find: (key: string) => (key === record.key ? record : undefined), latest: () => record };
}

const MADE = { type: 'file', digest: digestOf('made') } as const;

describe('what the inputs of a node say of it', () => {
  it('is that a record has its outputs, under the names that the node has for them', () => {
    const records = recorded({ before: { ...MADE, path: 'made/out', executable: true } });
    expect(decide(makeNode({ now: OUT }), { in: INPUT }, records)).toMatchObject({
      verdict: 'hit',
      outputs: { now: { ...MADE, executable: true } },
    });
  });

  it.each([
    ['another path', { out: { ...MADE, path: 'made/other' } }],
    ['a folder in place of a file', { out: { ...MADE, type: 'directory', path: 'made/out' } as const }],
    ['nothing', {}],
  ])('is that its action must run, if the record has %s', (_, outputs) => {
    const decision = decide(makeNode(), { in: INPUT }, recorded(outputs));
    expect(decision).toMatchObject({ verdict: 'miss', reason: { type: 'record-gone' } });
  });

  it('is that its action must run, and which input it is because of', () => {
    const records = recorded({ out: { ...MADE, path: OUT.path } }, { type: 'file', digest: digestOf('older') });
    expect(decide(makeNode(), { in: INPUT }, records)).toMatchObject({
      verdict: 'miss',
      reason: { type: 'changed', names: ['input in'] },
      latest: { label: '//node' },
    });
  });

  it.each([[undefined], [{ find: () => undefined, latest: () => undefined }]])(
    'is that it was never built, where nothing is on record',
    records => {
      const decision = decide(makeNode(), { in: INPUT }, records);
      expect(decision).toMatchObject({ verdict: 'miss', reason: { type: 'never-built' } });
    },
  );

  it('is that its rule refuses, whatever is on record', () => {
    const failure = { code: 'AIB_COMMAND_FAILED', what: 'no' } as const;
    const node: ActionNode = { ...makeNode(), prepare: () => fail(failure) };
    const records = recorded({ out: { ...MADE, path: OUT.path } });
    expect(decide(node, { in: INPUT }, records)).toEqual({ verdict: 'broken', failure });
  });
});

it('an edge is read if the action has its content among its inputs, under whatever name', () => {
  const other: Edge = { label: '//other' as Label, output: 'out' };
  const node: ActionNode = { ...makeNode(), inputs: { in: EDGE, digest: other } };
  const action: Action = {
    sort: 'command',
    spec: {
      arguments: [],
      environment: {},
      inputs: new Map([['somewhere/else', INPUT]]),
      outputs: {},
      platform: {},
      timeoutSeconds: 0,
    },
    resources: {},
  };
  const artifacts = new Map([
    [EDGE, INPUT],
    [other, MADE],
  ]);
  expect(edgesRead(node, action, edge => artifacts.get(edge))).toEqual([EDGE]);
  expect(edgesRead(node, action, () => undefined)).toEqual([]);
});
