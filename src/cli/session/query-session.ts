/** A question to the graph, from its text to nodes: what `query` and `graph` have in common. Builds nothing and waits for no other aib. */
import type { Workspace } from '../../config/workspace/workspace.ts';
import type { Graph } from '../../engine/model/graph.ts';
import type { NodeSet } from '../../query/graph/node-set.ts';
import { projectWorld } from '../../query/graph/project-world.ts';
import { nodeStates, STATE_FACTS } from '../../query/graph/state-facts.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import { attributeNames } from '../../query/language/attribute-names.ts';
import { evaluateQuery } from '../../query/language/evaluate.ts';
import { parseQuery } from '../../query/language/query-parser.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { targetOf } from '../words/targets.ts';
import { projectOf, questionSignal, storeIfAny, workspaceOf } from './session.ts';

export interface Answered {
  readonly workspace: Workspace;
  readonly world: QueryWorld;
  readonly nodes: NodeSet;
  /** Undefined if it was not wanted, or if nothing was built. To be closed by whoever asked. */
  readonly store: Store | undefined;
}

export interface Wanted {
  /** The state of each node, even if the question does not ask for it. */
  readonly state: boolean;
  readonly store: boolean;
}

/** The mirror is asked only where there is no lock yet. */
export async function queryGraph(text: string, options: Options, wanted: Wanted): Promise<Result<Answered>> {
  // A mistyped query is told at once, before any configuration is read.
  const parsed = parseQuery(text);
  if (!parsed.ok) return parsed;
  const workspace = workspaceOf(options);
  if (!workspace.ok) return workspace;
  const project = await projectOf(workspace.value, options, { signal: questionSignal() });
  if (!project.ok) return project;
  const asked = new Set([...attributeNames(parsed.value), ...attributesToKeepApart(options)]);
  const wantsState = wanted.state || STATE_FACTS.some(fact => asked.has(fact));
  const store = wantsState || wanted.store ? storeIfAny(workspace.value) : ok(undefined);
  if (!store.ok) return store;
  const states = wantsState ? await allStates(project.value.graph, store.value) : undefined;
  const world = projectWorld(project.value, states);
  const nodes = evaluateQuery(text, world);
  if (nodes.ok) return ok({ workspace: workspace.value, world, nodes: nodes.value, store: store.value });
  store.value?.close();
  return nodes;
}

/** `--by arch,version` */
export function attributesToKeepApart({ by }: Options): readonly string[] {
  return by === undefined
    ? []
    : String(by)
        .split(',')
        .filter(name => name !== '');
}

/** Each node for itself: of one whose bytes nobody asked for, too, it is told whether they are there. */
function allStates(graph: Graph, store: Store | undefined) {
  return nodeStates(graph, [...graph.nodes.values()].map(targetOf), store);
}
