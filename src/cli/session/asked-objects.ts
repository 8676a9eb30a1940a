/** Asks providers for the state of the objects that labels name. Creates nothing and records nothing. */
import { keyFilter } from '../../config/tree/key-filter.ts';
import type { Target } from '../../engine/build/build.ts';
import { type Plan, plan } from '../../engine/build/plan.ts';
import { findOut, type Standing } from '../../engine/external/course.ts';
import { Pools } from '../../engine/external/pools.ts';
import { type ExternalObject, identityOf } from '../../engine/model/external.ts';
import { type ExternalNode, inputsAmong, type Label, type Outputs } from '../../engine/model/graph.ts';
import type { AwsCloud } from '../../rules/clouds/aws-variant.ts';
import type { Project } from '../../rules/project/project.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import { ok, type Result } from '../../util/result.ts';
import { chooseTargets } from '../words/targets.ts';
import { awsFor } from './clouds.ts';
import { notice } from './messages.ts';
import { withOutput } from './null-build.ts';
import type { Session } from './session.ts';

export interface ChosenObjects {
  readonly aws: AwsCloud | undefined;
  readonly project: Project;
  readonly targets: readonly Target[];
}

/** The cloud objects that words select: a label without an output means the import. */
export async function chooseObjects(session: Session, words: readonly string[]): Promise<Result<ChosenObjects>> {
  const labels = words.map(word => withOutput(word, 'import'));
  const aws = await awsFor(session, labels);
  if (!aws.ok) return aws;
  const project = await session.project({ aws: aws.value });
  if (!project.ok) return project;
  const stays = keyFilter(session.options, project.value.dimensions);
  if (!stays.ok) return stays;
  const chosen = chooseTargets(labels, project.value, stays.value);
  if (!chosen.ok) return chosen;
  for (const line of chosen.value.notices) notice(line);
  return ok({ aws: aws.value, project: project.value, targets: chosen.value.targets });
}

export interface AskedObject {
  readonly node: ExternalNode;
  /** Undefined if its inputs are not known yet. */
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
    // The identity of an object comes from its files, not from the objects that it was made from.
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
