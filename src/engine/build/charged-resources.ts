/**
 * What an action is charged while it runs: what it requests, and more if it used more in an earlier run. Never changes what the action is
 * granted: a machine that is granted as much as it used last time would use more each time.
 */
import type { Resources } from '../model/action.ts';

/** The charge is a multiple of this, so that the queue has few sorts of actions; a use below this is ignored. */
const STEP_MIB = 64;
/** Reserve above the measured peak: the next run may use more than the last one. */
const HEADROOM = 1.1;

/** `seen` is in MiB, as is the resource `memory`. Every action uses one of the `jobs`, where their number is limited. */
export function chargedResources(asked: Resources, seen: number | undefined): Resources {
  const needed = (seen ?? 0) * HEADROOM;
  const memory = Math.max(asked.memory ?? 0, needed < STEP_MIB ? 0 : Math.ceil(needed / STEP_MIB) * STEP_MIB);
  return { ...asked, ...(memory === 0 ? {} : { memory }), jobs: 1 };
}
