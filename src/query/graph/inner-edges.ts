/** The edges inside an answer. Never gives one of which an end lies outside. */
import { type IndexGraph, neighbours } from './index-graph.ts';
import { marksOf, type NodeSet } from './node-set.ts';

/** From what depends to what it depends on, by source and then target in graph order. */
export function* innerEdges(graph: IndexGraph, nodes: NodeSet): Generator<readonly [number, number]> {
  const members = marksOf(graph.nodes.length, nodes);
  for (const source of nodes.toSorted())
    for (const target of neighbours(graph.down, source)) if (members[target] === 1) yield [source, target];
}
