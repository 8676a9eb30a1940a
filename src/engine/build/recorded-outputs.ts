/** What a record gives to the action that found it. Reads no bytes. */
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { ActionSpec } from '../model/action.ts';
import type { Outputs } from '../model/graph.ts';

/**
 * A record's outputs under the names of this action, which may differ from those of the one that was recorded: names are not in the key.
 * Undefined if the record lacks one, as only a damaged one can.
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
