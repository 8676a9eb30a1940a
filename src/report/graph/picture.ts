/** A picture before its layout: the boxes and arrows of an answer. Contains no arrow to a box that is not drawn. */
import { innerEdges } from '../../query/graph/inner-edges.ts';
import type { NodeSet } from '../../query/graph/node-set.ts';
import { quotient } from '../../query/graph/quotient.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import { commonLabel } from './common-label.ts';

export interface Picture {
  /** In the order of the answer. */
  readonly boxes: readonly Box[];
  /** By place in `boxes`, from a node to its dependency. */
  readonly edges: readonly Edge[];
}

export type Edge = readonly [from: number, to: number];

export interface Box {
  /** Numbers of nodes in the graph: one node, or several equivalent nodes. */
  readonly members: NodeSet;
  readonly kind: string;
  /** The state of all members; undefined if states are not known. */
  readonly state: string | undefined;
  /** Depends on nothing in the whole graph: it comes from the lock or from a source file. */
  readonly isLeaf: boolean;
  /** The label, or the common part of the labels of all members. */
  readonly label: string;
}

export interface PictureOptions {
  /** Draws equivalent nodes as one box. */
  readonly factored: boolean;
  /** Attributes, besides kind and state, that the nodes of one box must have in common. Default none. */
  readonly by?: readonly ((node: number) => readonly string[])[];
}

export function pictureOf(world: QueryWorld, nodes: NodeSet, { factored, by = [] }: PictureOptions): Picture {
  if (!factored) {
    const places = new Map([...nodes].map((node, place) => [node, place]));
    const placeOf = (node: number): number => places.get(node) ?? 0;
    return {
      boxes: Array.from(nodes, node => boxOf(world, Uint32Array.of(node))),
      edges: Array.from(innerEdges(world.graph, nodes), ([from, to]) => [placeOf(from), placeOf(to)]),
    };
  }
  const colourOf = (node: number): string =>
    JSON.stringify([world.graph.nodes[node]?.kind, stateOf(world, node), ...by.map(texts => texts(node))]);
  const { classes, edges } = quotient(world.graph, nodes, colourOf);
  return { boxes: classes.map(members => boxOf(world, members)), edges };
}

function boxOf(world: QueryWorld, members: NodeSet): Box {
  const nodes = [...members].flatMap(member => world.graph.nodes[member] ?? []);
  return {
    members,
    kind: nodes[0]?.kind ?? '',
    state: stateOf(world, members[0] ?? 0),
    isLeaf: nodes.every(node => node.inputs.length === 0),
    label: commonLabel(nodes.map(node => node.label)),
  };
}

function stateOf(world: QueryWorld, node: number): string | undefined {
  return world.facts(node).get('state');
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
