/** Records the outputs of an action. The record is written last, so that an interrupted run never leaves a record without its outputs. */
import { storeFailure } from '../../store/database/store-failure.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Action } from '../model/action.ts';
import type { EncodedAction } from '../model/action-key.ts';
import { messagesOf } from '../model/decode-action.ts';
import type { ActionNode, Outputs } from '../model/graph.ts';

interface RanAction {
  readonly node: ActionNode;
  readonly action: Action;
  readonly encoded: EncodedAction;
  readonly outputs: Outputs;
}

/** Returns the recorded outputs. A disk error, such as a full disk, is a failure of the action. */
export function commitAction(store: Store, ran: RanAction): Result<Outputs> {
  try {
    store.records.commit(recordOf(ran), store.now());
    return ok(ran.outputs);
  } catch (error) {
    const failure = storeFailure(error);
    if (failure === undefined) throw error;
    return fail(failure);
  }
}

function recordOf({ node, action, encoded, outputs }: RanAction): ActionRecord {
  const recorded = Object.entries(action.spec.outputs).map(([name, { path }]) => {
    const artifact = outputs[name];
    if (artifact === undefined) throw internal(`the runner returned no output ${name} of ${node.label}`);
    return [name, { ...artifact, path }] as const;
  });
  return {
    key: encoded.key,
    label: node.label,
    kind: node.kind,
    sort: action.sort,
    outputs: Object.fromEntries(recorded),
    messages: messagesOf(encoded),
  };
}
