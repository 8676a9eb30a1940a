/**
 * The chain of actions that decided how long a run took: from its end back to what each step waited for last, an input or the resources of
 * another action. The potential of a step never includes time in which something else had to run anyway.
 */
import type { Execution } from '../../store/history/execution.ts';

export interface Step {
  readonly execution: Execution;
  /** What it waited for last: the previous step made its input, or held its resources; the first step waited for neither. */
  readonly waitedFor: 'nothing' | 'input' | 'room';
  /**
   * Milliseconds by which the run would have been shorter if this step had taken no time, considering inputs only; undefined for short
   * steps of a long chain.
   */
  readonly potential: number | undefined;
}

/** Milliseconds in the queue that do not count as a wait for resources. */
const QUEUE_MS = 20;
/** The potential is computed for at most this many steps, the longest. */
const MAX_POTENTIALS = 100;

/** First to last. */
export function criticalPath(executions: readonly Execution[]): readonly Step[] {
  const byLabel = new Map(executions.map(execution => [execution.label, execution]));
  const byEnd = executions.toSorted((a, b) => endOf(a) - endOf(b));
  const chain: Omit<Step, 'potential'>[] = [];
  const onChain = new Set<Execution>();
  for (let execution = byEnd.at(-1); execution !== undefined; ) {
    onChain.add(execution);
    const blocker = roomFor(execution, byEnd, onChain);
    const before: Execution | undefined = blocker ?? inputOf(execution, byLabel, onChain);
    const waitedFor = before === undefined ? 'nothing' : blocker === undefined ? 'input' : 'room';
    chain.push({ execution, waitedFor });
    execution = before;
  }
  const potentials = potentialsOf(
    executions,
    byLabel,
    chain.map(step => step.execution),
  );
  return chain.reverse().map(step => ({ ...step, potential: potentials.get(step.execution.label) }));
}

function endOf({ started, duration }: Execution): number {
  return started + duration;
}

/** The action whose end freed the resources for this one, if it waited for them. */
function roomFor(
  execution: Execution,
  byEnd: readonly Execution[],
  used: ReadonlySet<Execution>,
): Execution | undefined {
  const { queued, started } = execution;
  if (started - queued < QUEUE_MS) return undefined;
  // Ends are rounded, and the next action starts a moment later.
  return byEnd.findLast(
    other => !used.has(other) && endOf(other) > queued && endOf(other) <= started + QUEUE_MS && other.started < started,
  );
}

function inputOf(
  { after }: Execution,
  byLabel: ReadonlyMap<string, Execution>,
  used: ReadonlySet<Execution>,
): Execution | undefined {
  let last: Execution | undefined;
  for (const label of after) {
    const input = byLabel.get(label);
    if (input === undefined || used.has(input)) continue;
    if (last === undefined || endOf(input) > endOf(last)) last = input;
  }
  return last;
}

function potentialsOf(
  executions: readonly Execution[],
  byLabel: ReadonlyMap<string, Execution>,
  chain: readonly Execution[],
): ReadonlyMap<string, number> {
  // Inputs started before their users, so this is an order of dependencies.
  const order = executions.toSorted((a, b) => a.started - b.started || endOf(a) - endOf(b));
  const longest = (without?: Execution): number => {
    const ends = new Map<string, number>();
    let end = 0;
    for (const execution of order) {
      let begin = 0;
      for (const label of execution.after) if (byLabel.has(label)) begin = Math.max(begin, ends.get(label) ?? 0);
      const own = begin + (execution === without ? 0 : execution.duration);
      ends.set(execution.label, own);
      end = Math.max(end, own);
    }
    return end;
  };
  const all = longest();
  const worth = chain.toSorted((a, b) => b.duration - a.duration).slice(0, MAX_POTENTIALS);
  return new Map(worth.map(execution => [execution.label, all - longest(execution)]));
}
