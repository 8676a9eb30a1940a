import { describe, expect, test } from 'vitest';
import { worldOf, worldOfEdges } from '../../query/graph/test-world.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import { commonLabel } from './common-label.ts';
import { dotLines } from './dot.ts';
import { mermaidLines } from './mermaid.ts';
import { pictureOf } from './picture.ts';

function nodesOf(world: QueryWorld, names: readonly string[]): Uint32Array {
  return Uint32Array.from(names, name => world.graph.indexOf(name) ?? expect.unreachable());
}

const dot = (world: QueryWorld, names: readonly string[], factored = false) => [
  ...dotLines(world, pictureOf(world, nodesOf(world, names), { factored })),
];
const mermaid = (world: QueryWorld, names: readonly string[], factored = false) => [
  ...mermaidLines(world, pictureOf(world, nodesOf(world, names), { factored })),
];

describe('every node drawn', () => {
  const world = worldOf(`
    a -> b c
    b -> d
    c -> d
  `);

  test('only edges between nodes of the answer appear', () => {
    expect(dot(world, ['d', 'a', 'b']).filter(line => line.includes('->'))).toEqual(['  "a" -> "b";', '  "b" -> "d";']);
    expect(mermaid(world, ['d', 'a', 'b'])).toEqual([
      'flowchart TD',
      '  n0["d"]',
      '  n1["a"]',
      '  n2["b"]',
      '  n1 --> n2',
      '  n2 --> n0',
    ]);
  });

  test('nothing is an empty drawing', () => {
    expect(dot(world, [])).toEqual(['digraph aib {', '  node [shape=box];', '}']);
    expect(mermaid(world, [])).toEqual(['flowchart TD']);
  });

  test('names that mean something to a drawing program are quoted for it', () => {
    const odd = worldOf('say"hi#1\\');
    expect(dot(odd, ['say"hi#1\\'])[2]).toBe('  "say\\"hi#1\\\\" [tooltip="say\\"hi#1\\\\"];');
    expect(mermaid(odd, ['say"hi#1\\'])[1]).toBe('  n0["say#quot;hi#35;1\\"]');
  });
});

describe('nodes that stand alike in one box', () => {
  const names = Array.from({ length: 8 }, (_, index) => `disk-${index}`);
  const world = worldOfEdges(
    new Map<string, readonly string[]>([...names.map(name => [name, ['iso']] as const), ['iso', []]]),
  );

  test('list a few labels and count the rest', () => {
    expect(dot(world, [...names, 'iso'], true)).toEqual([
      'digraph aib {',
      '  node [shape=box];',
      '  "disk-0\\ndisk-1\\ndisk-2\\ndisk-3\\ndisk-4\\n… and 3 more" [tooltip="disk × 8"];',
      '  "iso" [tooltip="iso"];',
      '  "disk-0\\ndisk-1\\ndisk-2\\ndisk-3\\ndisk-4\\n… and 3 more" -> "iso";',
      '}',
    ]);
    expect(mermaid(world, ['disk-0', 'disk-1', 'iso'], true)).toEqual([
      'flowchart TD',
      '  n0["disk-0<br>disk-1"]',
      '  n1["iso"]',
      '  n0 --> n1',
    ]);
  });

  test('are of one state, and alike in the facts that are named', () => {
    const facts = (node: number) =>
      new Map([
        ['state', node < 4 ? 'built' : 'stale'],
        ['arch', node % 2 === 0 ? 'x86_64' : 'aarch64'],
      ]);
    const sizes = (by: readonly string[]) =>
      pictureOf({ ...world, facts }, nodesOf(world, names), {
        factored: true,
        by: by.map(name => (node: number) => [facts(node).get(name) ?? '']),
      }).boxes.map(({ state, members }) => `${state} ${members.length}`);
    expect(sizes([])).toEqual(['built 4', 'stale 4']);
    expect(sizes(['arch'])).toEqual(['built 2', 'built 2', 'stale 2', 'stale 2']);
  });
});

describe('what labels have in common', () => {
  test.each([
    [['//iso/3.20/x86_64'], '//iso/3.20/x86_64'],
    [['//aws/x86_64/uefi/tiny@3.20:disk', '//nocloud/x86_64/uefi/tiny@3.20:disk'], '//*/x86_64/uefi/tiny@3.20:disk'],
    [['//aws/x86_64/uefi/tiny@3.20:disk', '//aws/x86_64/uefi/tiny@3.19:disk'], '//aws/x86_64/uefi/tiny@all:disk'],
    [['//aws/x86_64/tiny@3.20:disk', '//aws/x86_64/tiny/metal@3.20:boot'], '//aws/x86_64/tiny/...@3.20:*'],
    [['//source/scripts/setup', '//source/scripts/setup-tiny'], '//source/scripts/*'],
    [['disk-1', 'disk-2'], '*'],
    [[], ''],
  ])('%j: %s', (labels, expected) => {
    expect(commonLabel(labels)).toBe(expected);
  });
});
