/** The differences of two runs: which nodes ran in only one of them, and why, and which took longer. Compares only their records. */
import type { Execution } from '../../store/history/execution.ts';
import type { RunRecord, Unrun } from '../../store/history/run-log.ts';

/** A run with everything that was recorded about it. */
export interface NotedRun {
  readonly run: RunRecord;
  readonly executions: readonly Execution[];
  readonly unrun: Unrun | undefined;
}

export interface RunDiff {
  readonly a: RunRecord;
  readonly b: RunRecord;
  readonly onlyA: readonly OneSided[];
  readonly onlyB: readonly OneSided[];
  /** Ran in both, with a clearly different duration or another result. */
  readonly differing: readonly { readonly a: Execution; readonly b: Execution }[];
  /** Number of the other nodes that ran in both. */
  readonly alike: number;
}

/** A node that ran in one of the runs. */
export interface OneSided {
  readonly execution: Execution;
  /** Its state in the other run, as words: `up to date`, `skipped because of //x`, `not part of it`. */
  readonly other: string;
}

/** A difference is clear if it is at least this number of milliseconds and this share of the longer duration. */
const CLEAR_MS = 100;
const CLEAR_SHARE = 0.2;

export function diffRuns(a: NotedRun, b: NotedRun): RunDiff {
  const [ofA, ofB] = [a, b].map(({ executions }) => new Map(executions.map(each => [each.label, each])));
  const both = a.executions.flatMap(execution => {
    const other = ofB?.get(execution.label);
    return other === undefined ? [] : [{ a: execution, b: other }];
  });
  const differing = both.filter(pair => pair.a.status !== pair.b.status || isClear(pair.a.duration, pair.b.duration));
  return {
    a: a.run,
    b: b.run,
    onlyA: a.executions.filter(({ label }) => ofB?.has(label) !== true).map(oneSided(b)),
    onlyB: b.executions.filter(({ label }) => ofA?.has(label) !== true).map(oneSided(a)),
    differing,
    alike: both.length - differing.length,
  };
}

function isClear(a: number, b: number): boolean {
  const difference = Math.abs(a - b);
  return difference >= CLEAR_MS && difference >= CLEAR_SHARE * Math.max(a, b);
}

function oneSided(other: NotedRun): (execution: Execution) => OneSided {
  const hits = new Map(other.unrun?.hits.map(label => [label, 'up to date']));
  for (const { label, from } of other.unrun?.taken ?? []) hits.set(label, `from ${from}`);
  const skipped = new Map(other.unrun?.skipped.map(({ label, because }) => [label, because]));
  return execution => ({ execution, other: standing(execution.label, other, hits, skipped) });
}

function standing(
  label: string,
  { run, unrun }: NotedRun,
  hits: ReadonlyMap<string, string>,
  skipped: ReadonlyMap<string, string>,
): string {
  const hit = hits.get(label);
  if (hit !== undefined) return hit;
  const because = skipped.get(label);
  if (because !== undefined) return because === 'stopped' ? 'not reached' : `skipped because of ${because}`;
  if (unrun !== undefined) return 'not part of it';
  return run.status === 'unfinished' ? 'not reached, or not part of it' : 'unknown';
}
