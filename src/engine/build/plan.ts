/**
 * What a build of these targets would do, as far as that can be known without doing it. Decides about each node as a build does, by `decide`,
 * but only looks: it runs nothing, writes nothing and waits for nobody.
 *
 *     current   its record is there, and so are the bytes that somebody wants of it; or its object is remembered, which nobody asks for here
 *     runs      its action will run; or its object is asked for, and made if it is not there
 *     unsure    something that it depends on is made first; whether it runs depends on what comes out (early cutoff)
 *     broken    it cannot be read or prepared, or depends on something that cannot
 */

import type { Artifact } from '../../store/content/artifact.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { KnownFacts } from '../../store/records/facts.ts';
import type { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import { internal } from '../../util/failure.ts';
import type { Action, Resources } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import { identityOf } from '../model/external.ts';
import {
  type ActionNode,
  dependenciesOf,
  type Edge,
  type ExternalNode,
  edgesOf,
  edgesOfSteps,
  type Graph,
  inputsOf,
  type Label,
  type MadeNode,
  type Node,
  OBJECT,
  type Outputs,
  reachable,
} from '../model/graph.ts';
import { missReason, type Reason } from '../model/reason.ts';
import type { Target } from './build.ts';
import { decide, describe, edgesRead } from './decide.ts';
import { encodeFacts } from './object-facts.ts';

type Outlook = 'current' | 'runs' | 'unsure' | 'broken';

export interface PlannedNode {
  readonly node: Node;
  readonly outlook: Outlook;
  /** Known for every node that runs; for one that is unsure if it has changed itself, or its bytes may be wanted. */
  readonly reason?: Reason;
  readonly failure?: Failure;
  /** Known if all inputs are. */
  readonly action?: Action;
  readonly encoded?: EncodedAction;
  /** What its action takes from the machine, as far as that is known. */
  readonly resources?: Resources;
  /** Of a node that is unsure: its action if all that it waits for comes out as it did last time. */
  readonly assumed?: EncodedAction;
  /** What the label last resolved to, by whatever key. */
  readonly latest?: ActionRecord;
  /** Of an object of the outside world. */
  readonly known?: KnownFacts;
  /** What it gives, if that is known before anything runs. */
  readonly outputs?: Outputs;
  /** Dependencies whose outputs are not known yet. */
  readonly waitsFor: readonly Label[];
}

export interface PlanRequest {
  readonly graph: Graph;
  readonly targets: readonly Target[];
  /** Undefined where nothing was ever built. */
  readonly store: Store | undefined;
  readonly intake: LookingIntake;
}

/** By label, dependencies first. */
export type Plan = ReadonlyMap<Label, PlannedNode>;

export async function plan(request: PlanRequest): Promise<Plan> {
  const order = reachable(
    request.graph,
    request.targets.map(({ label }) => label),
  );
  const planned = new Map<Label, PlannedNode>();
  for (const node of order) planned.set(node.label, await resolve(node, planned, request));
  await wantBytes(order, planned, request);
  return planned;
}

async function resolve(node: Node, planned: Plan, request: PlanRequest): Promise<PlannedNode> {
  const { intake } = request;
  if (node.type === 'leaf') {
    const outputs = await node.read(intake);
    return outputs.ok
      ? { node, outlook: 'current', outputs: outputs.value, waitsFor: [] }
      : { node, outlook: 'broken', failure: outputs.error, waitsFor: [] };
  }
  return node.type === 'action' ? resolveAction(node, planned, request) : resolveObject(node, planned, request);
}

/** What keeps a node from being looked up: dependencies that are broken, else those whose outputs are not known yet. */
function obstacles(
  node: MadeNode,
  planned: Plan,
): { readonly isHopeless: boolean; readonly waitsFor: readonly Label[] } {
  const dependencies = dependenciesOf(node);
  const broken = dependencies.filter(label => planned.get(label)?.outlook === 'broken');
  if (broken.length > 0) return { isHopeless: true, waitsFor: broken };
  return { isHopeless: false, waitsFor: dependencies.filter(label => planned.get(label)?.outputs === undefined) };
}

/** Asks nobody: what is remembered counts. */
function resolveObject(node: ExternalNode, planned: Plan, { store, intake }: PlanRequest): PlannedNode {
  const { isHopeless, waitsFor } = obstacles(node, planned);
  if (isHopeless) return { node, outlook: 'broken', waitsFor };
  // It takes nothing of the machine, however long it is waited for.
  const object = { node, resources: {}, waitsFor };
  if (waitsFor.length > 0) return { ...object, outlook: 'unsure' };
  const described = node.describe(inputsOf(node, edge => plannedArtifact(edge, planned)));
  if (!described.ok) return { ...object, outlook: 'broken', failure: described.error };
  const known = store?.facts.get(identityOf(described.value));
  if (known === undefined) return { ...object, outlook: 'runs', reason: { type: 'unknown' } };
  const outputs: Outputs = { [OBJECT]: { type: 'file', digest: intake.bytes(encodeFacts(known.facts)) } };
  return { ...object, outlook: 'current', outputs, known };
}

function resolveAction(node: ActionNode, planned: Plan, { store }: PlanRequest): PlannedNode {
  const latest = store?.records.latest(node.label);
  const known = latest === undefined ? {} : { latest };
  const { isHopeless, waitsFor } = obstacles(node, planned);
  if (isHopeless) return { node, outlook: 'broken', ...known, waitsFor };
  // Nobody ever asked for its outputs here, so it takes more than luck for them to be there.
  if (waitsFor.length > 0 && latest === undefined)
    return { node, outlook: 'runs', reason: { type: 'never-built' }, waitsFor };
  if (waitsFor.length > 0) return { node, outlook: 'unsure', ...known, waitsFor, ...assumption(node, latest, planned) };

  const inputs = inputsOf(node, edge => plannedArtifact(edge, planned));
  const decision = decide(node, inputs, store?.records);
  if (decision.verdict === 'broken') return { node, outlook: 'broken', failure: decision.failure, ...known, waitsFor };
  const { action, encoded } = decision;
  const made = { node, action, resources: action.resources, encoded, ...known, waitsFor };
  if (decision.verdict === 'hit') return { ...made, outlook: 'current', outputs: decision.outputs };
  return { ...made, outlook: 'runs', reason: decision.reason };
}

/** Stands for what was never made, and so for a difference. */
const UNKNOWN: Artifact = { type: 'file', digest: { hash: '0'.repeat(64) as Sha256, size: 0 } };

/** Tells what of a node has changed already from what may only change because of something else. */
function assumption(
  node: ActionNode,
  latest: ActionRecord | undefined,
  planned: Plan,
): Pick<PlannedNode, 'assumed' | 'resources' | 'reason'> {
  // What an object gives has no record, and nothing says that it will be another.
  const isOpen = (dependency: PlannedNode | undefined): boolean =>
    dependency?.node.type === 'external' && dependency.outputs === undefined;
  if (dependenciesOf(node).some(label => isOpen(planned.get(label)))) return {};
  const inputs = inputsOf(node, ({ label, output }) => {
    const dependency = planned.get(label);
    return dependency?.outputs?.[output] ?? dependency?.latest?.outputs[output] ?? UNKNOWN;
  });
  const described = describe(node, inputs);
  if (!described.ok) return {};
  const { action, encoded: assumed } = described.value;
  const reason = missReason(latest, assumed.parts);
  return { assumed, resources: action.resources, ...(reason.type === 'changed' ? { reason } : {}) };
}

/**
 * Targets want the bytes of their outputs, and what runs those of its inputs; where they are gone, the node that made them runs again, to the
 * same digests. Dependents come first, so that whatever a node has to bring is known when its turn comes.
 */
async function wantBytes(
  order: readonly Node[],
  planned: Map<Label, PlannedNode>,
  request: PlanRequest,
): Promise<void> {
  const wanted = new Map<Label, { readonly outputs: Set<string>; sure: boolean }>();
  const want = (label: Label, output: string, sure: boolean): void => {
    const entry = wanted.get(label) ?? { outputs: new Set(), sure: false };
    entry.outputs.add(output);
    entry.sure ||= sure;
    wanted.set(label, entry);
  };
  for (const { label, outputs } of request.targets) for (const output of outputs) want(label, output, true);
  for (const node of order.toReversed()) {
    const state = planned.get(node.label);
    // What is known of an object is written down when it is wanted.
    if (node.type === 'leaf' || state === undefined || state.known !== undefined) continue;
    const asked = wanted.get(node.label);
    if (state.outlook === 'current' && asked !== undefined) {
      const gone = await goneOutput(state, asked.outputs, request.store);
      if (gone !== undefined)
        planned.set(node.label, { ...state, outlook: asked.sure ? 'runs' : 'unsure', reason: gone });
    }
    const current = planned.get(node.label) ?? state;
    if (current.outlook !== 'runs' && current.outlook !== 'unsure') continue;
    // An object is only asked for, and its parts are not wanted, if it is there.
    const isSure = current.outlook === 'runs' && node.type === 'action';
    for (const { label, output } of edgesWanted(current, planned)) want(label, output, isSure);
  }
}

/** Those whose bytes the node reads if it runs, as far as it is known what they give. */
function edgesWanted({ node, action }: PlannedNode, planned: Plan): readonly Edge[] {
  const known = ({ label, output }: Edge): Artifact | undefined => planned.get(label)?.outputs?.[output];
  if (node.type === 'external') return edgesOfSteps(node, node.steps).filter(known);
  return node.type === 'leaf' || action === undefined ? edgesOf(node).filter(known) : edgesRead(node, action, known);
}

async function goneOutput(
  { outputs }: PlannedNode,
  wanted: ReadonlySet<string>,
  store: Store | undefined,
): Promise<Reason | undefined> {
  for (const output of wanted) {
    const artifact = outputs?.[output];
    if (artifact === undefined) continue;
    const is = store === undefined ? 'missing' : await store.blobs.inspect(artifact);
    if (is !== 'present') return { type: 'output', output, is };
  }
  return undefined;
}

function plannedArtifact({ label, output }: Edge, planned: Plan): Artifact {
  const artifact = planned.get(label)?.outputs?.[output];
  if (artifact === undefined) throw internal(`${label} has no output ${output}`);
  return artifact;
}
