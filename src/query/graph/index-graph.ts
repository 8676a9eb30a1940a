/**
 * A graph as numbers, on which queries work. Never contains more than edges and names, so that 100,000 nodes need little memory and time.
 *
 * Nodes are numbered in *graph order*: a node has a smaller number than everything that it depends on; apart from that, nodes keep the
 * order in which they were given, each followed by its dependencies. So the ascending numbers of any set are a topological order.
 *
 * Edges are stored in two arrays: those of node n are `targets[offsets[n]]` to `targets[offsets[n + 1] - 1]`, ascending, each once.
 */
import { internal } from '../../util/failure.ts';

export interface QueryNode {
  readonly label: string;
  readonly kind: string;
  /** Its inputs; several of them may come from one node. */
  readonly inputs: readonly QueryInput[];
  /** Names of its outputs. */
  readonly outputs: readonly string[];
}

interface QueryInput {
  /** Its name for the node's action: `overlay.tar`. */
  readonly name: string;
  readonly label: string;
  /** The name of the output of that node. */
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

/** The nodes must be a valid graph: every input leads to one of them, and there is no cycle. */
export function indexGraph(given: readonly QueryNode[]): IndexGraph {
  // Filling a map of names costs more than everything else here, so there is only one, in the given order. The loops here use an index:
  // this code runs once and mostly unoptimized, and then `for … of` takes twice as long.
  const givenIndex = new Map<string, number>();
  for (let index = 0; index < given.length; index += 1) givenIndex.set(given[index]?.label ?? '', index);
  const edges = givenEdges(given, givenIndex);
  const order = graphOrder(given.length, edges);
  const renamed = new Uint32Array(given.length);
  for (let index = 0; index < order.length; index += 1) renamed[order[index] ?? 0] = index;
  const nodes: QueryNode[] = [];
  for (let index = 0; index < order.length; index += 1) {
    const node = given[order[index] ?? 0];
    if (node !== undefined) nodes.push(node);
  }
  const down = renumbered(edges, order, renamed);
  const indexOf = (label: string): number | undefined => {
    const old = givenIndex.get(label);
    return old === undefined ? undefined : renamed[old];
  };
  return { nodes, indexOf, down, up: reversed(down) };
}

export function neighbours({ offsets, targets }: Adjacency, node: number): Uint32Array {
  return targets.subarray(offsets[node], offsets[node + 1]);
}

/** Edges in the given order, each once. */
function givenEdges(given: readonly QueryNode[], givenIndex: ReadonlyMap<string, number>): Adjacency {
  let most = 0;
  for (let index = 0; index < given.length; index += 1) most += given[index]?.inputs.length ?? 0;
  const offsets = new Uint32Array(given.length + 1);
  const targets = new Uint32Array(most);
  // For each node, the last source with an edge to it, counted from 1.
  const seen = new Uint32Array(given.length);
  let free = 0;
  for (let source = 1; source <= given.length; source += 1) {
    const inputs = given[source - 1]?.inputs ?? [];
    for (let index = 0; index < inputs.length; index += 1) {
      const label = inputs[index]?.label ?? '';
      const target = givenIndex.get(label);
      if (target === undefined) throw internal(`${given[source - 1]?.label} depends on ${label}, which does not exist`);
      if (seen[target] === source) continue;
      seen[target] = source;
      targets[free++] = target;
    }
    offsets[source] = free;
  }
  return { offsets, targets: targets.subarray(0, free) };
}

/** The edges in graph order. */
function renumbered(edges: Adjacency, order: Uint32Array, renamed: Uint32Array): Adjacency {
  const offsets = new Uint32Array(order.length + 1);
  const targets = new Uint32Array(edges.targets.length);
  let free = 0;
  for (let node = 0; node < order.length; node += 1) {
    const old = order[node] ?? 0;
    const end = edges.offsets[old + 1] ?? 0;
    const first = free;
    for (let edge = edges.offsets[old] ?? 0; edge < end; edge += 1)
      targets[free++] = renamed[edges.targets[edge] ?? 0] ?? 0;
    sortRange(targets, first, free);
    offsets[node + 1] = free;
  }
  return { offsets, targets };
}

/** Ascending. Most nodes have few edges; for them the call of `sort` costs more than sorting. */
function sortRange(values: Uint32Array, first: number, end: number): void {
  if (end - first > 32) {
    values.subarray(first, end).sort();
    return;
  }
  for (let next = first + 1; next < end; next += 1) {
    const value = values[next] ?? 0;
    let place = next;
    for (; place > first && (values[place - 1] ?? 0) > value; place -= 1) values[place] = values[place - 1] ?? 0;
    values[place] = value;
  }
}

/** A counting sort: sources come in ascending order, so the edges of each node in the result are ascending in any case. */
function reversed({ offsets, targets }: Adjacency): Adjacency {
  const size = offsets.length - 1;
  const back = new Uint32Array(size + 1);
  for (let edge = 0; edge < targets.length; edge += 1) {
    const after = (targets[edge] ?? 0) + 1;
    back[after] = (back[after] ?? 0) + 1;
  }
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

/**
 * Depth first from the last node to the first; each is placed before all nodes that were finished earlier. Iterative: graphs are deeper
 * than the call stack.
 */
function graphOrder(size: number, { offsets, targets }: Adjacency): Uint32Array {
  const order = new Uint32Array(size);
  let free = size;
  const entered = new Uint8Array(size);
  // For each node the end of its edges that are not followed yet, last to first; when it reaches the node's offset, the node is finished.
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
