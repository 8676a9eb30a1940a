/**
 * Nodes that stand alike, put together: what makes a picture of 400 variants readable. Never joins nodes of different colours.
 *
 * Two nodes stand alike if they have the same colour, depend on the same classes of nodes that stand alike, and the same classes depend on
 * them; only nodes of the answer count. Of all ways to part an answer into such classes this is the one with the fewest (there is exactly one:
 * the coarsest bisimulation, both ways). So it does not matter in which order nodes come, chains that differ only by their variant become one
 * chain, and
 *
 *   - between two classes there is an edge if and only if there is one between members, and then every member of the first has one to some
 *     member of the second, and every member of the second has one from some member of the first;
 *   - no class depends on itself, however long the way.
 */

import type { IndexGraph } from './index-graph.ts';
import { innerEdges } from './inner-edges.ts';
import type { NodeSet } from './node-set.ts';

export interface Quotient {
  /** Ordered by their first members; the members in the order of the answer. */
  readonly classes: readonly NodeSet[];
  /** By place in `classes`, from what depends to what it depends on, each once; in the order of the classes. */
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
  /** The nodes that each has an edge to, and from. */
  readonly down: ReadonlyMap<number, readonly number[]>;
  readonly up: ReadonlyMap<number, readonly number[]>;
}

/**
 * Parts classes until the members of each see the same classes around them. Only neighbours of nodes whose class got a new name are looked at
 * again, and the largest part keeps the old name, so that a node is renamed a logarithmic number of times, however long the chains are.
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

/** Those that got a new class, because not all of their old one see what they see. */
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

/** All parts of a class but the largest. Members in none of the parts saw nothing change, so that they are one more. */
function leaving(whole: ReadonlySet<number>, parts: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const looked = parts.reduce((sum, part) => sum + part.length, 0);
  const largest = parts.reduce((best, part) => (part.length > best.length ? part : best), []);
  const others = whole.size - looked;
  if (others >= largest.length) return parts;
  const seen = new Set(parts.flat());
  const rest = others === 0 ? [] : [[...whole].filter(node => !seen.has(node))];
  return [...parts.filter(part => part !== largest), ...rest];
}

/** The classes around a node, as a text. */
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
