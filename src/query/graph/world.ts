/** What a query is asked of: a graph, and what its nodes say of themselves. The language knows images only through this. */
import type { Result } from '../../util/result.ts';
import type { IndexGraph } from './index-graph.ts';
import type { NodeSet } from './node-set.ts';

export interface QueryWorld {
  readonly graph: IndexGraph;
  /** The nodes that a label or pattern means; one that means none is a failure. */
  readonly select: (pattern: string) => Result<NodeSet>;
  /** The texts of one attribute for each node, empty where it has none. A name that no node could have is a failure. */
  readonly attribute: (name: string) => Result<(node: number) => readonly string[]>;
  /** What a node is, by name, for people and programs: version, arch, … */
  readonly facts: (node: number) => ReadonlyMap<string, string>;
}
