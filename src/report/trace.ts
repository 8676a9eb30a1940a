/**
 * A run as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing, in the JSON object format of Chrome's trace events. One row for
 * each slot of parallel actions, with waits for resources, arrows from inputs to users, and counters. Times are in microseconds from the
 * start of the run. Contains only what was recorded about the run.
 */
import type { Execution } from '../store/history/execution.ts';
import type { RunRecord } from '../store/history/run-log.ts';
import { machineTimes } from './text/machine-time.ts';

interface TraceEvent {
  readonly name: string;
  /** M metadata, X complete, b and e begin and end of a wait, s and f ends of an arrow, C counter. */
  readonly ph: 'M' | 'X' | 'b' | 'e' | 's' | 'f' | 'C';
  readonly pid: 1;
  /** Row; 0 is the run itself. */
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: number;
  readonly bp?: 'e';
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface Trace {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly TraceEvent[];
  /** Seconds of virtual machines, by kind of node; trace viewers show them as facts about the whole trace. */
  readonly otherData: Readonly<Record<string, number>>;
}

export function traceOf(run: RunRecord, executions: readonly Execution[]): Trace {
  const at = (ms: number): number => Math.max(0, Math.round((ms - run.started) * 1_000));
  const rows = [...new Set(executions.map(({ slot }) => slot))].sort((a, b) => a - b);
  const numbers = new Map(executions.map(({ label }, index) => [label, index]));
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      { name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: `run ${run.id}: aib ${run.command}` } },
      ...rows.map(
        (slot): TraceEvent => ({
          name: 'thread_name',
          ph: 'M',
          pid: 1,
          tid: slot + 1,
          args: { name: `slot ${slot + 1}` },
        }),
      ),
      ...executions.map(execution => actionEvent(execution, at)),
      ...executions.flatMap((execution, index) => waitEvents(execution, index, at)),
      ...executions.flatMap(execution => arrowEvents(execution, executions, numbers, at)),
      ...counterEvents(executions, at),
    ],
    otherData: Object.fromEntries(
      [...machineTimes(executions)].map(([kind, { ms }]) => [`machine seconds of ${kind}`, ms / 1_000]),
    ),
  };
}

function actionEvent(execution: Execution, at: (ms: number) => number): TraceEvent {
  const { label, kind, status, reason, key, resources, memory, changed, failure } = execution;
  return {
    name: label,
    cat: kind,
    ph: 'X',
    pid: 1,
    tid: execution.slot + 1,
    ts: at(execution.started),
    dur: execution.duration * 1_000,
    args: { status, reason, key, resources, memory, changed, failure },
  };
}

function waitEvents(
  { label, queued, started }: Execution,
  id: number,
  at: (ms: number) => number,
): readonly TraceEvent[] {
  if (started <= queued) return [];
  const wait = { name: label, cat: 'waits for resources', pid: 1, tid: 0, id } as const;
  return [
    { ...wait, ph: 'b', ts: at(queued) },
    { ...wait, ph: 'e', ts: at(started) },
  ];
}

/** Chrome binds the start of an arrow to the action that runs at that time, so the arrow starts just before the end of its action. */
function arrowEvents(
  user: Execution,
  executions: readonly Execution[],
  numbers: ReadonlyMap<string, number>,
  at: (ms: number) => number,
): readonly TraceEvent[] {
  return user.after.flatMap((label, index): readonly TraceEvent[] => {
    const input = executions[numbers.get(label) ?? -1];
    if (input === undefined) return [];
    const arrow = { name: 'input', cat: 'input', pid: 1, id: (numbers.get(user.label) ?? 0) * 1_000 + index } as const;
    const leaves = Math.max(at(input.started), at(input.started + input.duration) - 1);
    return [
      { ...arrow, ph: 's', tid: input.slot + 1, ts: leaves },
      { ...arrow, ph: 'f', bp: 'e', tid: user.slot + 1, ts: at(user.started) },
    ];
  });
}

/** The number of running actions, and their reserved resources, at each start and end. */
function counterEvents(executions: readonly Execution[], at: (ms: number) => number): readonly TraceEvent[] {
  const changes = executions
    .flatMap(execution => [
      { time: at(execution.started), sign: 1, execution },
      { time: at(execution.started + execution.duration), sign: -1, execution },
    ])
    .sort((a, b) => a.time - b.time || a.sign - b.sign);
  const now = { running: 0, cpu: 0, memory: 0 };
  return changes.flatMap(({ time, sign, execution: { resources } }): readonly TraceEvent[] => {
    now.running += sign;
    now.cpu += sign * (resources.cpu ?? 0);
    now.memory += sign * (resources.memory ?? 0);
    const counter = { ph: 'C', pid: 1, tid: 0, ts: time } as const;
    return [
      { ...counter, name: 'actions', args: { running: now.running } },
      { ...counter, name: 'cpu reserved', args: { cpu: now.cpu } },
      { ...counter, name: 'memory reserved (MiB)', args: { memory: now.memory } },
    ];
  });
}
