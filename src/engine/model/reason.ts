/** Why an action must run, decided where the miss is found. The texts for it are only here. */
import type { ActionRecord, Part } from '../../store/records/action-record.ts';
import { differingParts } from './action-key.ts';
import { recordedParts } from './decode-action.ts';

export type Reason =
  | { readonly type: 'never-built' }
  /** The newest record of the label has another action; `names` are the parts that differ. */
  | { readonly type: 'changed'; readonly before: ActionRecord; readonly names: readonly string[] }
  /** The newest record of the label is from an older aib, which did not store its action. */
  | { readonly type: 'older' }
  /** The label was last built with this action, but the record of that is gone. */
  | { readonly type: 'record-gone' }
  /** The record is present; the bytes of this output, which are needed, are not. */
  | { readonly type: 'output'; readonly output: string; readonly is: 'missing' | 'damaged' }
  /** For an object of the outside world: this store does not know it, and a build will look it up. */
  | { readonly type: 'unknown' }
  /** The object was looked up, and these steps of it are left. */
  | { readonly type: 'absent'; readonly steps: readonly string[] };

export function missReason(latest: ActionRecord | undefined, parts: readonly Part[]): Reason {
  if (latest === undefined) return { type: 'never-built' };
  const before = recordedParts(latest);
  if (before === undefined) return { type: 'older' };
  const names = differingParts(before, parts);
  return names.length === 0 ? { type: 'record-gone' } : { type: 'changed', before: latest, names };
}

/** A few words that can follow "because"; names two differences and counts the rest. */
export function reasonText(reason: Reason): string {
  switch (reason.type) {
    case 'never-built':
      return 'never built here';
    case 'older':
      return 'its record is from an older aib and does not contain the action';
    case 'record-gone':
      return 'its record is gone';
    case 'output':
      return `its output ${reason.output} is ${reason.is}`;
    case 'unknown':
      return 'it has not been looked up yet';
    case 'absent':
      return `it has no ${reason.steps.join(', no ')} yet`;
    case 'changed': {
      const shown = reason.names.slice(0, 2).join(', ');
      const more = reason.names.length > 2 ? ` and ${reason.names.length - 2} more` : '';
      return `${shown}${more} changed`;
    }
  }
}
