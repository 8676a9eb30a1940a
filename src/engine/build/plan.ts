/**
 * What a build of these targets would do, as far as that is known without building. Decides about each node as a build does, with `decide`,
 * but never runs, writes or waits for anything.
 *
 *     current   its record and the needed bytes are present; or the store knows its object (a plan does not look it up)
 *     runs      its action will run; or its object will be looked up, and created if it does not exist
 *     unsure    something that it depends on runs first; whether it runs depends on the result (early cutoff)
 *     broken    it cannot be read or prepared, or depends on such a node
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
  /** Known for every node that runs; for an unsure node only if it has changed itself, or its bytes may be needed. */
  readonly reason?: Reason;
  readonly failure?: Failure;
  /** Known if all inputs are known. */
  readonly action?: Action;
  readonly encoded?: EncodedAction;
  /** The machine resources that its action needs, as far as they are known. */
  readonly resources?: Resources;
  /** Only for an unsure node: its action, if everything that it waits for has the same result as last time. */
  readonly assumed?: EncodedAction;
  /** The last record of the label, with any key. */
  readonly latest?: ActionRecord;
  /** Only for an object of the outside world. */
  readonly known?: KnownFacts;
  /** Its outputs, if they are known before anything runs. */
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

/** Why a node cannot be looked up: broken dependencies, or if there are none, those whose outputs are not known yet. */
function obstacles(
  node: MadeNode,
  planned: Plan,
): { readonly isHopeless: boolean; readonly waitsFor: readonly Label[] } {
  const dependencies = dependenciesOf(node);
  const broken = dependencies.filter(label => planned.get(label)?.outlook === 'broken');
  if (broken.length > 0) return { isHopeless: true, waitsFor: broken };
  return { isHopeless: false, waitsFor: dependencies.filter(label => planned.get(label)?.outputs === undefined) };
}

/** Uses only what the store knows; nothing is looked up outside. */
function resolveObject(node: ExternalNode, planned: Plan, { store, intake }: PlanRequest): PlannedNode {
  const { isHopeless, waitsFor } = obstacles(node, planned);
  if (isHopeless) return { node, outlook: 'broken', waitsFor };
  // It uses no resources of the machine, even while it is waited for.
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
  // Never built here: assume that it runs.
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

/** Represents an output that was never made, so that it counts as a difference. */
const UNKNOWN: Artifact = { type: 'file', digest: { hash: '0'.repeat(64) as Sha256, size: 0 } };

/** Separates what has changed in the node itself from what may change because of its dependencies. */
function assumption(
  node: ActionNode,
  latest: ActionRecord | undefined,
  planned: Plan,
): Pick<PlannedNode, 'assumed' | 'resources' | 'reason'> {
  // The output of an object has no record, and it may stay the same.
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
 * Targets need the bytes of their outputs, and a node that runs needs those of its inputs; if they are gone, the node that made them runs
 * again, with the same digests. Dependents come first, so that the outputs that are needed from a node are known when its turn comes.
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
    // The facts of a known object are written to a file when they are needed.
    if (node.type === 'leaf' || state === undefined || state.known !== undefined) continue;
    const asked = wanted.get(node.label);
    if (state.outlook === 'current' && asked !== undefined) {
      const gone = await goneOutput(state, asked.outputs, request.store);
      if (gone !== undefined)
        planned.set(node.label, { ...state, outlook: asked.sure ? 'runs' : 'unsure', reason: gone });
    }
    const current = planned.get(node.label) ?? state;
    if (current.outlook !== 'runs' && current.outlook !== 'unsure') continue;
    // An object is looked up first; if it exists, its inputs are not needed.
    const isSure = current.outlook === 'runs' && node.type === 'action';
    for (const { label, output } of edgesWanted(current, planned)) want(label, output, isSure);
  }
}

/** The edges whose bytes the node reads if it runs, as far as their artifacts are known. */
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
