/** Why an action must run, decided where the miss is found; the words for it are made here and nowhere else. */
import type { ActionRecord, Part } from '../../store/records/action-record.ts';
import { differingParts } from './action-key.ts';
import { recordedParts } from './decode-action.ts';

export type Reason =
  | { readonly type: 'never-built' }
  /** The newest record of the label is of another action; `names` are the parts that differ. */
  | { readonly type: 'changed'; readonly before: ActionRecord; readonly names: readonly string[] }
  /** The newest record of the label is by an older aib, which did not keep what it ran. */
  | { readonly type: 'older' }
  /** The label was last made by this very action, but nothing says so any more. */
  | { readonly type: 'record-gone' }
  /** The record is there; the bytes of this output, which somebody wants, are not. */
  | { readonly type: 'output'; readonly output: string; readonly is: 'missing' | 'damaged' }
  /** Of an object of the outside world: this store does not know of it, and a build will ask. */
  | { readonly type: 'unknown' }
  /** The outside world was asked, and these steps are left of the object. */
  | { readonly type: 'absent'; readonly steps: readonly string[] };

export function missReason(latest: ActionRecord | undefined, parts: readonly Part[]): Reason {
  if (latest === undefined) return { type: 'never-built' };
  const before = recordedParts(latest);
  if (before === undefined) return { type: 'older' };
  const names = differingParts(before, parts);
  return names.length === 0 ? { type: 'record-gone' } : { type: 'changed', before: latest, names };
}

/** A few words, as after "because"; of more than two differences the rest are counted. */
export function reasonText(reason: Reason): string {
  switch (reason.type) {
    case 'never-built':
      return 'never built here';
    case 'older':
      return 'an older aib made it last, and kept less of what it ran';
    case 'record-gone':
      return 'its record is gone';
    case 'output':
      return `its output ${reason.output} is ${reason.is}`;
    case 'unknown':
      return 'nobody has asked for it here';
    case 'absent':
      return `there is no ${reason.steps.join(', no ')} of it yet`;
    case 'changed': {
      const shown = reason.names.slice(0, 2).join(', ');
      const more = reason.names.length > 2 ? ` and ${reason.names.length - 2} more` : '';
      return `${shown}${more} changed`;
    }
  }
}
