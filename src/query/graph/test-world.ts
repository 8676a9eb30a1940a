/** Small worlds for tests, from a drawing or from edges. Its labels are names and `//...`; the kind of `x-3` is `x`. */
import { fail, ok } from '../../util/result.ts';
import { indexGraph, type QueryNode } from './index-graph.ts';
import { everything } from './node-set.ts';
import type { QueryWorld } from './world.ts';

/** Lines such as `a -> b c`: a depends on b and c. Nodes are in the order of their first appearance. */
export function worldOf(drawing: string): QueryWorld {
  const edges = new Map<string, string[]>();
  for (const line of drawing.trim().split('\n')) {
    const [source = '', ...targets] = line.split(/->|\s/).filter(word => word !== '');
    for (const name of [source, ...targets]) if (!edges.has(name)) edges.set(name, []);
    edges.get(source)?.push(...targets);
  }
  return worldOfEdges(edges);
}

export function worldOfEdges(edges: ReadonlyMap<string, readonly string[]>, kindOf = kindOfName): QueryWorld {
  const nodes = [...edges].map(([label, targets]): QueryNode => {
    const inputs = targets.map(target => ({ name: `in/${target}`, label: target, output: 'out' }));
    return { label, kind: kindOf(label), inputs, outputs: [`${label}.out`] };
  });
  const graph = indexGraph(nodes);
  return {
    graph,
    select: pattern => {
      const index = graph.indexOf(pattern);
      if (pattern === '//...') return ok(everything(nodes.length));
      return index === undefined
        ? fail({ code: 'AIB_NO_SUCH_LABEL', what: `No node matches ${pattern}` })
        : ok(Uint32Array.of(index));
    },
    attribute: name =>
      name === 'kind'
        ? ok(node => [graph.nodes[node]?.kind ?? ''])
        : fail({ code: 'AIB_NO_SUCH_ATTRIBUTE', what: `Unknown attribute: ${name}` }),
    facts: () => new Map(),
  };
}

function kindOfName(label: string): string {
  return label.replace(/-.*$/, '');
}
