/** What stands in the outside world of the objects that labels name: each is asked for, none is made, and nothing is written down. */
import type { Target } from '../../engine/build/build.ts';
import { type Plan, plan } from '../../engine/build/plan.ts';
import { findOut, type Standing } from '../../engine/external/course.ts';
import { Pools } from '../../engine/external/pools.ts';
import { type ExternalObject, identityOf } from '../../engine/model/external.ts';
import { type ExternalNode, inputsAmong, type Label, type Outputs } from '../../engine/model/graph.ts';
import type { Project } from '../../rules/project/project.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import type { Result } from '../../util/result.ts';

export interface AskedObject {
  readonly node: ExternalNode;
  /** Undefined where it is not known yet what it is made of. */
  readonly asked:
    | { readonly object: ExternalObject; readonly inputs: Outputs; readonly standing: Result<Standing> }
    | undefined;
}

export interface AskedObjects {
  /** In the order of the targets. */
  readonly objects: readonly AskedObject[];
  readonly planned: Plan;
}

export async function askObjects(
  { graph }: Project,
  store: Store | undefined,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<AskedObjects> {
  const planned = await plan({ graph, targets, store, intake: new LookingIntake(store?.sources) });
  const outputs = new Map<Label, Outputs>();
  for (const [label, node] of planned) if (node.outputs !== undefined) outputs.set(label, node.outputs);
  const pools = new Pools({});
  const ask = async (node: ExternalNode): Promise<AskedObject> => {
    const inputs = inputsAmong(node, outputs);
    // An object is known by what it is made of, not by what it came from.
    const isKnown = Object.entries(node.inputs).every(([name, { label }]) => name in inputs || isObject(graph, label));
    const described = isKnown ? node.describe(inputs) : undefined;
    if (described?.ok !== true) return { node, asked: undefined };
    const object = described.value;
    const course = { identity: identityOf(object), object, steps: node.steps, pools, signal };
    return { node, asked: { object, inputs, standing: await findOut(course, () => {}) } };
  };
  const nodes = targets.flatMap(({ label }) => {
    const node = graph.nodes.get(label);
    return node?.type === 'external' ? [node] : [];
  });
  return { objects: await Promise.all(nodes.map(ask)), planned };
}

function isObject(graph: Project['graph'], label: Label): boolean {
  return graph.nodes.get(label)?.type === 'external';
}
