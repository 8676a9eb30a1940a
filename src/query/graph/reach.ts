/** Walks over the graph: closures, paths. Iterative, and linear in the number of visited edges; results are in graph order. */
import type { Adjacency, IndexGraph } from './index-graph.ts';
import { type Marks, marked, marksOf, type NodeSet } from './node-set.ts';

export interface ReachOptions {
  /** The maximum length of a path; 0 returns only the seeds. Default: unlimited. */
  readonly depth?: number | undefined;
  /** Nodes and seeds outside this set are ignored. */
  readonly within?: Marks;
}

/** Breadth first, so that the depth is the length of the shortest path to each node. */
export function reach({ offsets, targets }: Adjacency, seeds: NodeSet, options: ReachOptions = {}): Marks {
  const { depth = Number.POSITIVE_INFINITY, within } = options;
  const marks = new Uint8Array(offsets.length - 1);
  const queue = new Uint32Array(marks.length);
  let end = 0;
  for (let index = 0; index < seeds.length; index += 1) {
    const seed = seeds[index] ?? 0;
    if (marks[seed] === 1 || (within !== undefined && within[seed] !== 1)) continue;
    marks[seed] = 1;
    queue[end++] = seed;
  }
  for (let start = 0, level = 0; start < end && level < depth; level += 1) {
    const levelEnd = end;
    for (; start < levelEnd; start += 1) {
      const node = queue[start] ?? 0;
      const last = offsets[node + 1] ?? 0;
      for (let edge = offsets[node] ?? 0; edge < last; edge += 1) {
        const next = targets[edge] ?? 0;
        if (marks[next] === 1 || (within !== undefined && within[next] !== 1)) continue;
        marks[next] = 1;
        queue[end++] = next;
      }
    }
  }
  return marks;
}

/** Every node on a path from one of `from` to one of `to`, both ends included. */
export function allPaths(graph: IndexGraph, from: NodeSet, to: NodeSet): NodeSet {
  return marked(reach(graph.up, to, { within: reach(graph.down, from) }));
}

/** A shortest path from one of `from` to one of `to`; empty if there is none. Of several, the first one in the order of its nodes. */
export function somePath(graph: IndexGraph, from: NodeSet, to: NodeSet): NodeSet {
  const size = graph.nodes.length;
  const targets = marksOf(size, to);
  const { offsets, targets: edges } = graph.down;
  const seen = new Uint8Array(size);
  const queue = new Uint32Array(size);
  const parents = new Uint32Array(size);
  let end = 0;
  for (let index = 0; index < from.length; index += 1) {
    const node = from[index] ?? 0;
    if (seen[node] === 1) continue;
    seen[node] = 1;
    parents[node] = node;
    queue[end++] = node;
  }
  for (let start = 0; start < end; start += 1) {
    const node = queue[start] ?? 0;
    if (targets[node] === 1) return pathTo(node, parents);
    const last = offsets[node + 1] ?? 0;
    for (let edge = offsets[node] ?? 0; edge < last; edge += 1) {
      const next = edges[edge] ?? 0;
      if (seen[next] === 1) continue;
      seen[next] = 1;
      parents[next] = node;
      queue[end++] = next;
    }
  }
  return new Uint32Array();
}

function pathTo(last: number, parents: Uint32Array): NodeSet {
  const path = [last];
  for (let node = last; parents[node] !== node; ) {
    node = parents[node] ?? 0;
    path.push(node);
  }
  return Uint32Array.from(path.reverse());
}
