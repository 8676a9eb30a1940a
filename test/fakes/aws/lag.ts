/** A delay of the fake: a number of reads that find something unfinished, a time, or both. Never really waits. */

export interface Lag {
  readonly reads?: number;
  readonly ms?: number;
}

/** A lag that has started. Plain data, so that it outlives a restart. */
export interface Wait {
  readonly until: number;
  /** The number of further reads that find it unfinished. */
  reads: number;
}

export function begin({ reads = 0, ms = 0 }: Lag, now: number): Wait {
  return { until: now + ms, reads };
}

/** Whether it is over for one more read; the read counts. */
export function passes(wait: Wait, now: number): boolean {
  if (isOver(wait, now)) return true;
  if (wait.reads > 0) wait.reads -= 1;
  return false;
}

export function isOver({ until, reads }: Wait, now: number): boolean {
  return reads === 0 && now >= until;
}
