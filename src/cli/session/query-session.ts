/** Evaluates a query, from its text to nodes, for `query` and `graph`. Builds nothing and waits for no other aib. */
import type { NodeSet } from '../../query/graph/node-set.ts';
import { projectWorld } from '../../query/graph/project-world.ts';
import { nodeStates, STATE_FACTS } from '../../query/graph/state-facts.ts';
import type { QueryWorld } from '../../query/graph/world.ts';
import { attributeNames } from '../../query/language/attribute-names.ts';
import { evaluateQuery } from '../../query/language/evaluate.ts';
import { parseQuery } from '../../query/language/query-parser.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../util/result.ts';
import { targetOf } from '../words/targets.ts';
import type { Session } from './session.ts';

export interface Answered {
  readonly world: QueryWorld;
  readonly nodes: NodeSet;
  /** Undefined if it was not requested, or if nothing was built yet. */
  readonly store: Store | undefined;
}

export interface Wanted {
  /** The state of each node, even if the query does not use it. */
  readonly state: boolean;
  readonly store: boolean;
}

/** Reads the mirror only if there is no lock yet. */
export async function queryGraph(text: string, session: Session, wanted: Wanted): Promise<Result<Answered>> {
  // A syntax error is reported at once, before the configuration is read.
  const parsed = parseQuery(text);
  if (!parsed.ok) return parsed;
  const project = await session.project();
  if (!project.ok) return project;
  const asked = new Set([...attributeNames(parsed.value), ...(session.options.by ?? [])]);
  const wantsState = wanted.state || STATE_FACTS.some(fact => asked.has(fact));
  const store = wantsState || wanted.store ? session.storeIfAny() : ok(undefined);
  if (!store.ok) return store;
  const states = wantsState ? await allStates(project.value, store.value) : undefined;
  const world = projectWorld(project.value, states);
  const nodes = evaluateQuery(text, world);
  return nodes.ok ? ok({ world, nodes: nodes.value, store: store.value }) : nodes;
}

/** Every node is a target, so that the state of each one includes whether its outputs exist. */
function allStates({ graph, unanswered }: Project, store: Store | undefined) {
  return nodeStates(graph, [...graph.nodes.values()].map(targetOf), store, unanswered);
}
