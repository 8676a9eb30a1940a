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

export interface QueryInput {
  /** As the node's action sees it: `overlay.tar`. */
  readonly name: string;
  readonly label: string;
  /** Which output of that node. */
  readonly output: string;
}

export interface IndexGraph {
  /** In graph order. */
  readonly nodes: readonly QueryNode[];
  readonly indexOf: ReadonlyMap<string, number>;
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
  const givenIndex = new Map(given.map((node, index) => [node.label, index]));
  const edges = adjacency(given.length, source => {
    const targets = new Set<number>();
    for (const { label } of given[source]?.inputs ?? []) {
      const target = givenIndex.get(label);
      if (target === undefined) throw internal(`${given[source]?.label} depends on ${label}, which does not exist`);
      targets.add(target);
    }
    return targets;
  });
  const order = graphOrder(given.length, edges);
  const renamed = new Uint32Array(given.length);
  for (const [index, old] of order.entries()) renamed[old] = index;
  const down = adjacency(given.length, source =>
    neighbours(edges, order[source] ?? 0)
      .map(old => renamed[old] ?? 0)
      .sort(),
  );
  const nodes = Array.from(order, old => given[old]).filter(node => node !== undefined);
  return { nodes, down, up: reversed(down), indexOf: new Map(nodes.map((node, index) => [node.label, index])) };
}

export function neighbours({ offsets, targets }: Adjacency, node: number): Uint32Array {
  return targets.subarray(offsets[node], offsets[node + 1]);
}

function adjacency(size: number, targetsOf: (source: number) => Iterable<number>): Adjacency {
  const offsets = new Uint32Array(size + 1);
  const targets: number[] = [];
  for (let source = 0; source < size; source += 1) {
    for (const target of targetsOf(source)) targets.push(target);
    offsets[source + 1] = targets.length;
  }
  return { offsets, targets: Uint32Array.from(targets) };
}

/** Counts, then places: sources come in ascending order, so every row of the result is ascending too. */
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
