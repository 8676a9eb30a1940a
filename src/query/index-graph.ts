/**
 * A graph as numbers: what queries walk over. Never holds more than shape and names, so that 100,000 nodes stay cheap.
 *
 * Nodes are numbered in *graph order*: a node has a smaller number than everything that it depends on, and otherwise nodes stand as they were
 * given, each with what it needs behind it. So the ascending numbers of any set are a topological order.
 *
 * Edges lie in two arrays: those of node n are `targets[offsets[n]]` to `targets[offsets[n + 1] - 1]`, ascending, each once.
 */
import { internal } from '../util/failure.ts';

export interface QueryNode {
  readonly label: string;
  readonly kind: string;
  /** What it depends on; one node may give several inputs. */
  readonly inputs: readonly QueryInput[];
  /** Names of what it makes. */
  readonly outputs: readonly string[];
}

interface QueryInput {
  /** As the node's action sees it: `overlay.tar`. */
  readonly name: string;
  readonly label: string;
  /** Which output of that node. */
  readonly output: string;
}

export interface IndexGraph {
  /** In graph order. */
  readonly nodes: readonly QueryNode[];
  readonly indexOf: (label: string) => number | undefined;
  /** From a node to what it depends on. */
  readonly down: Adjacency;
  /** From a node to what depends on it. */
  readonly up: Adjacency;
}

export interface Adjacency {
  readonly offsets: Uint32Array;
  readonly targets: Uint32Array;
}

/** The nodes must be a graph already: every input leads to one of them, and none to itself. */
export function indexGraph(given: readonly QueryNode[]): IndexGraph {
  // Filling a map of names costs more than everything else here, so there is one, by the order as it was given.
  const givenIndex = new Map<string, number>();
  for (const node of given) givenIndex.set(node.label, givenIndex.size);
  const edges = givenEdges(given, givenIndex);
  const order = graphOrder(given.length, edges);
  const renamed = new Uint32Array(given.length);
  for (let index = 0; index < order.length; index += 1) renamed[order[index] ?? 0] = index;
  const nodes: QueryNode[] = [];
  for (const old of order) {
    const node = given[old];
    if (node !== undefined) nodes.push(node);
  }
  // Turning the edges round sorts them, so that twice is the same edges in order.
  const up = reversed(renumbered(edges, order, renamed));
  const indexOf = (label: string): number | undefined => {
    const old = givenIndex.get(label);
    return old === undefined ? undefined : renamed[old];
  };
  return { nodes, indexOf, down: reversed(up), up };
}

export function neighbours({ offsets, targets }: Adjacency, node: number): Uint32Array {
  return targets.subarray(offsets[node], offsets[node + 1]);
}

/** Edges by the order as it was given, each once. */
function givenEdges(given: readonly QueryNode[], givenIndex: ReadonlyMap<string, number>): Adjacency {
  let most = 0;
  for (const node of given) most += node.inputs.length;
  const offsets = new Uint32Array(given.length + 1);
  const targets = new Uint32Array(most);
  // The last source, counted from 1, that has an edge to a node.
  const seen = new Uint32Array(given.length);
  let free = 0;
  let source = 0;
  for (const node of given) {
    source += 1;
    for (const { label } of node.inputs) {
      const target = givenIndex.get(label);
      if (target === undefined) throw internal(`${node.label} depends on ${label}, which does not exist`);
      if (seen[target] === source) continue;
      seen[target] = source;
      targets[free++] = target;
    }
    offsets[source] = free;
  }
  return { offsets, targets: targets.subarray(0, free) };
}

/** By graph order, those of one node in no order. */
function renumbered(edges: Adjacency, order: Uint32Array, renamed: Uint32Array): Adjacency {
  const offsets = new Uint32Array(order.length + 1);
  const targets = new Uint32Array(edges.targets.length);
  let free = 0;
  for (let node = 0; node < order.length; node += 1) {
    const old = order[node] ?? 0;
    const end = edges.offsets[old + 1] ?? 0;
    for (let edge = edges.offsets[old] ?? 0; edge < end; edge += 1)
      targets[free++] = renamed[edges.targets[edge] ?? 0] ?? 0;
    offsets[node + 1] = free;
  }
  return { offsets, targets };
}

/** Counts, then places: sources come in ascending order, so the edges of each node in the result are ascending, whatever they were before. */
function reversed({ offsets, targets }: Adjacency): Adjacency {
  const size = offsets.length - 1;
  const back = new Uint32Array(size + 1);
  for (const target of targets) back[target + 1] = (back[target + 1] ?? 0) + 1;
  for (let node = 0; node < size; node += 1) back[node + 1] = (back[node + 1] ?? 0) + (back[node] ?? 0);
  const next = back.slice();
  const sources = new Uint32Array(targets.length);
  for (let source = 0; source < size; source += 1) {
    for (let edge = offsets[source] ?? 0; edge < (offsets[source + 1] ?? 0); edge += 1) {
      const target = targets[edge] ?? 0;
      const place = next[target] ?? 0;
      sources[place] = source;
      next[target] = place + 1;
    }
  }
  return { offsets: back, targets: sources };
}

/** Depth first from the last node to the first, each placed before all that were finished earlier. Iterative: graphs are deeper than the call stack. */
function graphOrder(size: number, { offsets, targets }: Adjacency): Uint32Array {
  const order = new Uint32Array(size);
  let free = size;
  const entered = new Uint8Array(size);
  // The edges of a node that are still to be followed, last to first; at its own offset it is finished.
  const pending = offsets.slice(1);
  const stack = new Uint32Array(size);
  for (let root = size - 1; root >= 0; root -= 1) {
    if (entered[root] === 1) continue;
    let height = 0;
    stack[height++] = root;
    entered[root] = 1;
    while (height > 0) {
      const node = stack[height - 1] ?? 0;
      const edge = (pending[node] ?? 0) - 1;
      if (edge < (offsets[node] ?? 0)) {
        height -= 1;
        free -= 1;
        order[free] = node;
        continue;
      }
      pending[node] = edge;
      const target = targets[edge] ?? 0;
      if (entered[target] === 1) continue;
      entered[target] = 1;
      stack[height++] = target;
    }
  }
  return order;
}
