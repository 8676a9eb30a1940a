/** The edges inside an answer. Never returns an edge with an end outside the answer. */
import { type IndexGraph, neighbours } from './index-graph.ts';
import { marksOf, type NodeSet } from './node-set.ts';

/** Pairs of a node and its dependency, ordered by source and then by target in graph order. */
export function* innerEdges(graph: IndexGraph, nodes: NodeSet): Generator<readonly [number, number]> {
  const members = marksOf(graph.nodes.length, nodes);
  for (const source of nodes.toSorted())
    for (const target of neighbours(graph.down, source)) if (members[target] === 1) yield [source, target];
}
