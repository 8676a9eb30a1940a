/** Why an action must run, in a few words, decided where the miss is found. */
import type { ActionRecord, Part } from '../store/records.ts';
import { differingParts } from './action-key.ts';

/** The first differences from the newest record of the same label; more than two are counted. */
export function missReason(latest: ActionRecord | undefined, parts: readonly Part[]): string {
  if (latest === undefined) return 'never built here';
  const names = differingParts(latest.parts, parts);
  if (names.length === 0) return 'its record is gone';
  const shown = names.slice(0, 2).join(', ');
  const more = names.length > 2 ? ` and ${names.length - 2} more` : '';
  return `${shown}${more} changed`;
}
