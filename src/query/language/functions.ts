/** The functions of the language. A function gets sets, numbers and expressions, never the text of the query. */
import { marked, type NodeSet } from '../graph/node-set.ts';
import { allPaths, reach, somePath } from '../graph/reach.ts';
import type { QueryWorld } from '../graph/world.ts';
import { Problem, type Span } from './query-problem.ts';
import type { FunctionName, PARAMETERS, ParameterName } from './signatures.ts';

/** The arguments of one call. */
export interface Given {
  /** Every node, if the call omits it. */
  readonly set: (parameter: ParametersOf<'set'>) => NodeSet;
  readonly count: (parameter: ParametersOf<'count'>) => number | undefined;
  readonly regex: () => RegExp;
  readonly name: () => { readonly name: string; readonly at: Span };
  /** The place of the call, for messages. */
  readonly at: Span;
}

type ParametersOf<T> = { [P in ParameterName]: (typeof PARAMETERS)[P] extends T ? P : never }[ParameterName];

export const FUNCTIONS: Readonly<Record<FunctionName, (given: Given, world: QueryWorld) => NodeSet>> = {
  deps: (given, { graph }) => marked(reach(graph.down, given.set('x'), { depth: given.count('depth') })),

  rdeps: (given, { graph }) => {
    const universe = given.set('universe');
    const depth = given.count('depth');
    const closed = universe.length === graph.nodes.length;
    return marked(reach(graph.up, given.set('x'), closed ? { depth } : { depth, within: reach(graph.down, universe) }));
  },

  allpaths: (given, { graph }) => allPaths(graph, given.set('from'), given.set('to')),

  somepath: (given, { graph }) => somePath(graph, given.set('from'), given.set('to')),

  kind: (given, { graph }) => {
    const regex = given.regex();
    return given.set('x').filter(node => regex.test(graph.nodes[node]?.kind ?? ''));
  },

  filter: (given, { graph }) => {
    const regex = given.regex();
    return given.set('x').filter(node => regex.test(graph.nodes[node]?.label ?? ''));
  },

  attr: (given, world) => {
    const { name, at } = given.name();
    const values = world.attribute(name);
    if (!values.ok) throw new Problem(at, values.error);
    const regex = given.regex();
    return given.set('x').filter(node => values.value(node).some(text => regex.test(text)));
  },

  inputs: (given, { graph }) => {
    const regex = given.regex();
    return given
      .set('x')
      .filter(node => graph.nodes[node]?.inputs.some(({ name, label }) => regex.test(name) || regex.test(label)));
  },

  outputs: (given, { graph }) => {
    const regex = given.regex();
    return given.set('x').filter(node => graph.nodes[node]?.outputs.some(name => regex.test(name)));
  },

  some: given => {
    const x = given.set('x');
    if (x.length > 0) return x.slice(0, given.count('limit') ?? 1);
    throw new Problem(given.at, {
      code: 'AIB_QUERY_EMPTY',
      what: '`some` was applied to an empty set',
      hint: 'leave out `some`: the result is then empty',
    });
  },
};
