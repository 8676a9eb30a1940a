/**
 * The text forms of an answer, one line at a time; report/ draws pictures. Never shows a node that is not in the answer, or an edge to one.
 */

import { factRecord } from './fact-record.ts';
import { innerEdges } from './inner-edges.ts';
import type { NodeSet } from './node-set.ts';
import type { QueryWorld } from './world.ts';

export interface Answer {
  readonly world: QueryWorld;
  readonly nodes: NodeSet;
  /** Paths in the store of the outputs of a node's newest successful run, as far as they still exist. */
  readonly filesOf: (label: string) => readonly string[];
}

export type Rendered =
  | { readonly type: 'lines'; readonly lines: Iterable<string> }
  /** The printer aligns them; the first row contains the column names. */
  | { readonly type: 'rows'; readonly rows: readonly (readonly string[])[] };

export const OUTPUTS = {
  label: answer => lines(labelsOf(answer)),
  kind: ({ world, nodes }) => lines(mapEach(nodes, node => `${kindOf(world, node)} ${labelOf(world, node)}`)),
  json: answer => lines(jsonLines(answer)),
  table: answer => ({ type: 'rows', rows: tableRows(answer) }),
  maxrank: answer => lines(rankLines(answer)),
  files: answer => lines(fileLines(answer)),
} as const satisfies Readonly<Record<string, (answer: Answer) => Rendered>>;

export type OutputName = keyof typeof OUTPUTS;

export function isOutputName(name: string): name is OutputName {
  return Object.hasOwn(OUTPUTS, name);
}

function lines(each: Iterable<string>): Rendered {
  return { type: 'lines', lines: each };
}

function labelsOf({ world, nodes }: Answer): Iterable<string> {
  return mapEach(nodes, node => labelOf(world, node));
}

/** One object per line: label, kind, inputs and outputs as in the graph, and the facts that `attr` knows. */
function* jsonLines({ world, nodes }: Answer): Generator<string> {
  for (const index of nodes) {
    const node = world.graph.nodes[index];
    if (node === undefined) continue;
    const facts = factRecord(world.facts(index));
    yield JSON.stringify({ label: node.label, kind: node.kind, ...facts, inputs: node.inputs, outputs: node.outputs });
  }
}

const COLUMNS = ['kind', 'release', 'arch', 'firmware', 'cloud'];
/** Only if the state of the nodes is known. */
const STATE_COLUMNS = ['state', 'built', 'size'];

function tableRows({ world, nodes }: Answer): readonly (readonly string[])[] {
  const hasState = nodes.some(node => world.facts(node).has('state'));
  const names = hasState ? [...COLUMNS, ...STATE_COLUMNS] : COLUMNS;
  const rows = Array.from(nodes, node => {
    const facts = world.facts(node);
    return [labelOf(world, node), ...names.map(name => facts.get(name) ?? '')];
  });
  return [['label', ...names], ...rows];
}

/** The rank of a node is the length of the longest path to it from a node of the answer that has no dependents in the answer. */
function* rankLines({ world, nodes }: Answer): Generator<string> {
  const ranks = new Uint32Array(world.graph.nodes.length);
  // In graph order, all dependents of a node come before it.
  for (const [source, target] of innerEdges(world.graph, nodes))
    ranks[target] = Math.max(ranks[target] ?? 0, (ranks[source] ?? 0) + 1);
  const byRank: number[][] = [];
  for (const node of nodes) {
    const rank = ranks[node] ?? 0;
    for (let missing = byRank.length; missing <= rank; missing += 1) byRank.push([]);
    byRank[rank]?.push(node);
  }
  for (const [rank, members] of byRank.entries()) for (const node of members) yield `${rank} ${labelOf(world, node)}`;
}

function* fileLines({ world, nodes, filesOf }: Answer): Generator<string> {
  for (const node of nodes) yield* filesOf(labelOf(world, node));
}

function* mapEach(nodes: NodeSet, text: (node: number) => string): Generator<string> {
  for (const node of nodes) yield text(node);
}

function labelOf(world: QueryWorld, node: number): string {
  return world.graph.nodes[node]?.label ?? '';
}

function kindOf(world: QueryWorld, node: number): string {
  return world.graph.nodes[node]?.kind ?? '';
}
