/**
 * Groups equivalent nodes, so that a picture of 400 variants is readable. Never groups nodes of different colours.
 *
 * Two nodes are equivalent if they have the same colour, depend on the same classes of equivalent nodes, and the same classes depend on
 * them; only nodes of the answer count. The result is the partition with the fewest such classes; it is unique: the coarsest bisimulation
 * in both directions. So the order of nodes does not matter, chains that differ only by their variant become one chain, and
 *
 *   - there is an edge between two classes if and only if there is one between members; then every member of the first has an edge to a
 *     member of the second, and every member of the second has one from a member of the first;
 *   - no class depends on itself, directly or indirectly.
 */

import type { IndexGraph } from './index-graph.ts';
import { innerEdges } from './inner-edges.ts';
import type { NodeSet } from './node-set.ts';

export interface Quotient {
  /** Ordered by their first members; members are in the order of the answer. */
  readonly classes: readonly NodeSet[];
  /** Pairs of indexes in `classes`, a class and its dependency, each once; in the order of the classes. */
  readonly edges: readonly (readonly [number, number])[];
}

export function quotient(graph: IndexGraph, nodes: NodeSet, colourOf: (node: number) => string): Quotient {
  const edges = [...innerEdges(graph, nodes)];
  const { classOf } = refined(coloured(nodes, edges, colourOf));
  const places = new Map<number, number>();
  const members: number[][] = [];
  for (const node of nodes) {
    const name = classOf.get(node) ?? 0;
    const place = places.get(name) ?? members.push([]) - 1;
    places.set(name, place);
    members[place]?.push(node);
  }
  const placeOf = (node: number): number => places.get(classOf.get(node) ?? 0) ?? 0;
  const targets = members.map(() => new Set<number>());
  for (const [source, target] of edges) targets[placeOf(source)]?.add(placeOf(target));
  return {
    classes: members.map(each => Uint32Array.from(each)),
    edges: targets.flatMap((each, source) => [...each].sort((a, b) => a - b).map(target => [source, target] as const)),
  };
}

interface Partition {
  readonly classOf: Map<number, number>;
  readonly members: Set<number>[];
  /** For each node, the targets of its edges; in `up`, the sources of edges to it. */
  readonly down: ReadonlyMap<number, readonly number[]>;
  readonly up: ReadonlyMap<number, readonly number[]>;
}

/**
 * Splits classes until the members of each have the same classes as neighbours. Only neighbours of nodes with a new class are examined
 * again, and the largest part keeps the old class, so that a node gets a new class a logarithmic number of times, even in long chains.
 */
function refined(partition: Partition): Partition {
  let pending: Iterable<number> = [...partition.classOf.keys()];
  for (let renamed = [0]; renamed.length > 0; ) {
    renamed = split(partition, pending);
    pending = new Set(renamed.flatMap(node => [...around(partition.down, node), ...around(partition.up, node)]));
  }
  return partition;
}

function coloured(
  nodes: NodeSet,
  edges: readonly (readonly [number, number])[],
  colourOf: (node: number) => string,
): Partition {
  const colours = new Map<string, number>();
  const classOf = new Map<number, number>();
  const members: Set<number>[] = [];
  for (const node of nodes) {
    const colour = colourOf(node);
    const name = colours.get(colour) ?? members.push(new Set()) - 1;
    colours.set(colour, name);
    classOf.set(node, name);
    members[name]?.add(node);
  }
  const down = new Map<number, number[]>();
  const up = new Map<number, number[]>();
  for (const [source, target] of edges) {
    append(down, source, target);
    append(up, target, source);
  }
  return { classOf, members, down, up };
}

/** Splits the classes of `pending` and returns the nodes that got a new class. */
function split(partition: Partition, pending: Iterable<number>): number[] {
  const { classOf, members } = partition;
  const sights = new Map<number, Map<string, number[]>>();
  for (const node of pending) {
    const name = classOf.get(node) ?? 0;
    const parts = sights.get(name) ?? new Map<string, number[]>();
    sights.set(name, parts);
    append(parts, sightOf(partition, node), node);
  }
  const renamed: number[] = [];
  for (const [name, parts] of sights) {
    for (const part of leaving(members[name] ?? new Set(), [...parts.values()])) {
      const fresh = members.push(new Set(part)) - 1;
      for (const node of part) {
        members[name]?.delete(node);
        classOf.set(node, fresh);
        renamed.push(node);
      }
    }
  }
  return renamed;
}

/** All parts of a class except the largest. The members in none of `parts` have unchanged neighbours, and are one more part. */
function leaving(whole: ReadonlySet<number>, parts: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const looked = parts.reduce((sum, part) => sum + part.length, 0);
  const largest = parts.reduce((best, part) => (part.length > best.length ? part : best), []);
  const others = whole.size - looked;
  if (others >= largest.length) return parts;
  const seen = new Set(parts.flat());
  const rest = others === 0 ? [] : [[...whole].filter(node => !seen.has(node))];
  return [...parts.filter(part => part !== largest), ...rest];
}

/** The classes of a node's neighbours, as a text. */
function sightOf({ classOf, down, up }: Partition, node: number): string {
  const classes = (nodes: readonly number[]): string =>
    [...new Set(nodes.map(each => classOf.get(each) ?? 0))].sort((a, b) => a - b).join(' ');
  return `${classes(around(down, node))}|${classes(around(up, node))}`;
}

function around(edges: ReadonlyMap<number, readonly number[]>, node: number): readonly number[] {
  return edges.get(node) ?? [];
}

function append<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
