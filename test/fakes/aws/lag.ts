/** How long something takes at the fake: a number of reads that find it unfinished, a time, or both. Never waits by itself. */

export interface Lag {
  readonly reads?: number;
  readonly ms?: number;
}

/** A lag that has begun. Plain data, so that it outlives a restart. */
export interface Wait {
  readonly until: number;
  /** That are still to be disappointed. */
  reads: number;
}

export function begin({ reads = 0, ms = 0 }: Lag, now: number): Wait {
  return { until: now + ms, reads };
}

/** Whether it is over for one more read, which counts. */
export function passes(wait: Wait, now: number): boolean {
  if (isOver(wait, now)) return true;
  if (wait.reads > 0) wait.reads -= 1;
  return false;
}

export function isOver({ until, reads }: Wait, now: number): boolean {
  return reads === 0 && now >= until;
}
