/** The outputs of a record under the names of the action that found it. Never reads bytes. */
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { ActionSpec } from '../model/action.ts';
import type { Outputs } from '../model/graph.ts';

/**
 * A record's outputs under the names of this action, which may differ from the names of the recorded action: names are not in the key.
 * Undefined if an output is missing, which happens only in a damaged record.
 */
export function recordedOutputs(record: Pick<ActionRecord, 'outputs'>, spec: ActionSpec): Outputs | undefined {
  const recorded = Object.values(record.outputs);
  const outputs: Record<string, Outputs[string]> = {};
  for (const [name, { type, path }] of Object.entries(spec.outputs)) {
    const found = recorded.find(output => output.path === path && output.type === type);
    if (found === undefined) return undefined;
    outputs[name] = { type, digest: found.digest, ...(found.executable === true ? { executable: true } : {}) };
  }
  return outputs;
}
