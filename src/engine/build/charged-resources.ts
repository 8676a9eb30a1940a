/**
 * What an action is charged while it runs: what it asks for, and more if it was seen to take more. Never what it is told that it has: a
 * machine that was given as much as it once took would take more each time.
 */
import type { Resources } from '../model/action.ts';

/** What is charged is a multiple of this, so that few sorts of actions wait in the queue; less is not worth a thought. */
const STEP_MIB = 64;
/** Room above the most memory that was seen: the next run is not the last one. */
const HEADROOM = 1.1;

/** `seen` is in MiB, as is the resource `memory`. Every action takes one of the `jobs`, where their number is limited. */
export function chargedResources(asked: Resources, seen: number | undefined): Resources {
  const needed = (seen ?? 0) * HEADROOM;
  const memory = Math.max(asked.memory ?? 0, needed < STEP_MIB ? 0 : Math.ceil(needed / STEP_MIB) * STEP_MIB);
  return { ...asked, ...(memory === 0 ? {} : { memory }), jobs: 1 };
}
