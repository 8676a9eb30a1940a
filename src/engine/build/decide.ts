/**
 * Decides from the inputs of a node whether a record has its outputs already, or why its action must run. Builds, plans and queries all use
 * this function, so that they agree. Reads records, never bytes.
 */
import type { Artifact } from '../../store/content/artifact.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { RecordStore } from '../../store/records/records.ts';
import type { Failure } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import type { Action } from '../model/action.ts';
import { type EncodedAction, encodeAction } from '../model/action-key.ts';
import type { ActionNode, Edge, Outputs } from '../model/graph.ts';
import { missReason, type Reason } from '../model/reason.ts';
import { recordedOutputs } from './recorded-outputs.ts';

/** A node's action with given inputs. */
export interface DescribedAction {
  readonly action: Action;
  readonly encoded: EncodedAction;
}

export type Decision =
  /** A record has its outputs; the caller checks whether their bytes are present. */
  | ({ readonly verdict: 'hit'; readonly outputs: Outputs } & DescribedAction)
  /** Its action must run; `latest` is what the label last resolved to. */
  | ({ readonly verdict: 'miss'; readonly reason: Reason; readonly latest: ActionRecord | undefined } & DescribedAction)
  /** The rule refuses. */
  | { readonly verdict: 'broken'; readonly failure: Failure };

export function decide(
  node: ActionNode,
  inputs: Outputs,
  records: Pick<RecordStore, 'find' | 'latest'> | undefined,
): Decision {
  const described = describe(node, inputs);
  if (!described.ok) return { verdict: 'broken', failure: described.error };
  const { action, encoded } = described.value;
  const outputs = outputsOnRecord(described.value, records);
  if (outputs !== undefined) return { verdict: 'hit', action, encoded, outputs };
  const latest = records?.latest(node.label);
  return { verdict: 'miss', action, encoded, latest, reason: missReason(latest, encoded.parts) };
}

/** The outputs of the action according to a record; undefined without a record. */
export function outputsOnRecord(
  { action, encoded }: DescribedAction,
  records: Pick<RecordStore, 'find'> | undefined,
): Outputs | undefined {
  const record = records?.find(encoded.key);
  return record === undefined ? undefined : recordedOutputs(record, action.spec);
}

/** Fails if the rule refuses. */
export function describe(node: ActionNode, inputs: Outputs): Result<DescribedAction> {
  const action = node.prepare(inputs);
  return action.ok ? ok({ action: action.value, encoded: encodeAction(action.value.spec) }) : action;
}

/**
 * The edges whose bytes the action reads: of other edges it uses only the digest. `artifactOf` returns an edge's artifact, if it is known.
 */
export function edgesRead(
  node: ActionNode,
  { spec }: Action,
  artifactOf: (edge: Edge) => Artifact | undefined,
): readonly Edge[] {
  const read = new Set([...spec.inputs.values()].map(({ digest }) => digest.hash));
  return Object.values(node.inputs).filter(edge => {
    const artifact = artifactOf(edge);
    return artifact !== undefined && read.has(artifact.digest.hash);
  });
}
