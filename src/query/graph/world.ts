/** The data of a query: a graph, and the attributes of its nodes. The language never accesses images except through this interface. */
import type { Result } from '../../util/result.ts';
import type { IndexGraph } from './index-graph.ts';
import type { NodeSet } from './node-set.ts';

export interface QueryWorld {
  readonly graph: IndexGraph;
  /** The nodes that match a label or pattern; no match is a failure. */
  readonly select: (pattern: string) => Result<NodeSet>;
  /** The texts of one attribute for each node; empty if a node does not have it. An unknown name is a failure. */
  readonly attribute: (name: string) => Result<(node: number) => readonly string[]>;
  /** Facts of a node by name: version, arch, … */
  readonly facts: (node: number) => ReadonlyMap<string, string>;
}
