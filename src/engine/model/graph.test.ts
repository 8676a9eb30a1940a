import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { internal } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';
import { type ActionNode, type Label, type LeafNode, leafNode, makeGraph, reachable } from './graph.ts';

const label = (name: string): Label => `//${name}` as Label;

function node(name: string, ...needs: string[]): ActionNode {
  const inputs = Object.fromEntries(needs.map(need => [need, { label: label(need), output: 'out' }]));
  const prepare = (): never => {
    throw internal('nothing is run here');
  };
  return { type: 'action', label: label(name), kind: 'test', inputs, outputs: ['out'], prepare };
}

const leaf = (name: string): LeafNode =>
  leafNode({ label: label(name), kind: 'source', reads: [], read: async () => ok({}) });

describe('a graph is refused', () => {
  const what = (...nodes: (ActionNode | LeafNode)[]): string => {
    const graph = makeGraph(nodes);
    if (graph.ok) throw new Error('it was taken');
    expect(graph.error.code).toBe('AIB_GRAPH');
    return graph.error.what;
  };

  test('if a node needs itself', () => {
    expect(what(node('a', 'a'))).toBe('The graph has a cycle: //a → //a');
  });

  // a ──► b ──► c ──► d
  //       ▲     │
  //       └─────┘
  test('if there is a cycle, which is named and nothing else', () => {
    expect(what(node('d', 'c'), node('c', 'b'), node('b', 'a', 'c'), node('a'))).toBe(
      'The graph has a cycle: //c → //b → //c',
    );
  });

  test('if a node needs one that is not there', () => {
    expect(what(node('a', 'b'))).toBe('//a depends on //b, which does not exist');
  });

  test('if a node wants an output that the other does not make', () => {
    const wants: ActionNode = { ...node('a', 'b'), inputs: { x: { label: label('b'), output: 'image' } } };
    expect(what(wants, node('b'))).toBe('//a requires the output image of //b, which has only out');
  });

  test('if two nodes have one name', () => {
    expect(what(node('a'), leaf('a'))).toBe('Two nodes have the label //a');
  });

  test('if an edge is put into any graph that closes a ring, and only then', () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 });
    fc.assert(
      fc.property(edges, pairs => {
        const needs = Array.from({ length: 12 }, (_, from) =>
          pairs.filter(pair => pair[0] === from).map(pair => pair[1]),
        );
        const nodes = needs.map((some, index) => node(String(index), ...some.map(String)));
        // Warshall's closure as the oracle.
        const leads = needs.map(some => new Set(some));
        for (const middle of leads.keys())
          for (const some of leads) if (some.has(middle)) for (const end of leads[middle] ?? []) some.add(end);
        expect(makeGraph(nodes).ok).toBe(!leads.some((some, index) => some.has(index)));
      }),
    );
  });
});

describe('what targets stand on', () => {
  test('comes before them, each once', () => {
    // top ──► left ──► base, top ──► right ──► base
    const graph = makeGraph([
      node('top', 'left', 'right'),
      node('left', 'base'),
      node('right', 'base'),
      leaf('base'),
      node('other'),
    ]);
    if (!graph.ok) throw new Error(graph.error.what);
    const order = reachable(graph.value, [label('top'), label('left')]).map(each => each.label);
    expect(order).toEqual(['//base', '//left', '//right', '//top']);
  });

  test('is found in graphs deeper than the call stack, in time in proportion', () => {
    const depth = 20_000;
    const nodes = Array.from({ length: depth }, (_, index) =>
      node(String(index), ...[index + 1, index + 2].filter(next => next < depth).map(String)),
    );
    const started = performance.now();
    const graph = makeGraph(nodes);
    if (!graph.ok) throw new Error(graph.error.what);
    expect(reachable(graph.value, [label('0')])).toHaveLength(depth);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
