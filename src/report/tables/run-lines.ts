/** The lines that `aib log` prints about runs. A value that was not recorded is an empty cell. */
import type { Step } from '../../engine/build/critical-path.ts';
import type { Execution } from '../../store/history/execution.ts';
import type { RunRecord } from '../../store/history/run-log.ts';
import { formatBytes } from '../../util/bytes.ts';
import { columns } from '../text/columns.ts';
import { formatDuration } from '../text/duration.ts';
import { machineWords } from '../text/machine-time.ts';
import { formatWhen } from '../text/when.ts';
import type { NotedRun, OneSided, RunDiff } from './run-diff.ts';

/** Number of steps of a critical path that are shown; the shorter ones are counted. */
const SHOWN_STEPS = 40;
/** Shorter waits, in milliseconds, are not shown. */
const WORTH_MS = 20;

export function listLines(runs: readonly RunRecord[]): readonly string[] {
  if (runs.length === 0) return ['this store has no runs yet'];
  // The project is shown only if there are several.
  const isShared = new Set(runs.flatMap(({ workspace }) => workspace ?? [])).size > 1;
  const rows = runs.map(run => [
    String(run.id),
    formatWhen(run.started),
    run.status,
    ...[run.ran, run.hits, run.failed].map(count => (count === undefined ? '' : String(count))),
    run.ended === undefined ? '' : formatDuration(run.ended - run.started),
    ...(isShared ? [run.workspace ?? ''] : []),
    run.command,
  ]);
  const project = isShared ? ['project'] : [];
  return columns([['run', 'when', 'status', 'ran', 'hits', 'failed', 'took', ...project, 'command'], ...rows], {
    right: [0, 3, 4, 5, 6],
  });
}

export function runLines({ run, executions, unrun }: NotedRun): readonly string[] {
  const rows = executions.map(execution => [
    `+${formatDuration(execution.started - run.started)}`,
    formatDuration(execution.duration),
    waitOf(execution),
    execution.memory === undefined ? '' : formatBytes(execution.memory * 1_048_576),
    execution.changed === false ? 'unchanged' : execution.status,
    `${execution.kind} ${execution.label}`,
    `because ${execution.reason}`,
  ]);
  const header = ['start', 'took', 'waited', 'memory', 'end', 'node', ''];
  const machines = machineWords(executions);
  return [
    headline(run),
    ...(rows.length === 0 ? ['nothing ran'] : columns([header, ...rows], { right: [0, 1, 2, 3] })),
    ...(machines === undefined ? [] : [machines]),
    ...executions.flatMap(({ label, failure }) => (failure === undefined ? [] : [`${label}: ${failure}`])),
    ...(unrun?.taken ?? []).map(({ label, from }) => `from ${from}: ${label}`),
    ...(unrun?.skipped ?? []).map(({ label, because }) =>
      because === 'stopped' ? `not reached: ${label}` : `skipped because of ${because}: ${label}`,
    ),
  ];
}

export function criticalPathLines(run: RunRecord, steps: readonly Step[]): readonly string[] {
  if (steps.length === 0) return [headline(run), 'nothing ran'];
  const shortest = steps.map(({ execution }) => execution.duration).toSorted((a, b) => b - a)[SHOWN_STEPS - 1] ?? 0;
  const shown = steps.filter(({ execution }) => execution.duration >= shortest).slice(0, SHOWN_STEPS);
  const hidden = steps.length - shown.length;
  const rows = shown.map(({ execution, waitedFor, potential }) => [
    formatDuration(execution.duration),
    potential === undefined ? '' : formatDuration(potential),
    waitedFor === 'room' ? waitOf(execution) : '',
    `${execution.kind} ${execution.label}`,
  ]);
  const sum = steps.reduce((total, { execution }) => total + execution.duration, 0);
  return [
    headline(run),
    ...columns([['took', 'potential', 'waited', 'step'], ...rows], { right: [0, 1, 2] }),
    ...(hidden === 0 ? [] : [`and ${hidden} shorter steps`]),
    `${steps.length} steps, ${formatDuration(sum)}${run.ended === undefined ? '' : ` of ${formatDuration(run.ended - run.started)}`}`,
  ];
}

export function diffLines({ a, b, onlyA, onlyB, differing, alike }: RunDiff): readonly string[] {
  const rows = differing.map(pair => [
    `${formatDuration(pair.a.duration)} → ${formatDuration(pair.b.duration)}`,
    pair.a.status === pair.b.status ? '' : `${pair.a.status} → ${pair.b.status}`,
    `${pair.b.kind} ${pair.b.label}`,
  ]);
  return [
    headline(a),
    headline(b),
    ...oneSidedLines(onlyA, `ran only in ${a.id}; in ${b.id}`),
    ...oneSidedLines(onlyB, `ran only in ${b.id}; in ${a.id}`),
    ...(rows.length === 0
      ? []
      : ['ran in both, with a different time or result:', ...columns(rows).map(line => `  ${line}`)]),
    ...(alike === 0 ? [] : [`${alike} ran in both without a clear difference`]),
    ...(onlyA.length + onlyB.length + differing.length + alike === 0 ? ['nothing ran in either'] : []),
  ];
}

/** `run 7  2026-11-26 08:03:12  done  3 ran, 22 hits  48.2 s  build //x` */
function headline(run: RunRecord): string {
  const counts = [
    ...(run.ran === undefined ? [] : [`${run.ran} ran`]),
    ...(run.hits === undefined ? [] : [`${run.hits} hits`]),
    ...(run.failed === undefined || run.failed === 0 ? [] : [`${run.failed} failed`]),
  ].join(', ');
  const took = run.ended === undefined ? '' : formatDuration(run.ended - run.started);
  return [`run ${run.id}`, formatWhen(run.started), run.status, counts, took, run.command]
    .filter(words => words !== '')
    .join('  ');
}

function waitOf({ queued, started }: Execution): string {
  return started - queued < WORTH_MS ? '' : formatDuration(started - queued);
}

function oneSidedLines(nodes: readonly OneSided[], heading: string): readonly string[] {
  if (nodes.length === 0) return [];
  const rows = nodes.map(({ execution, other }) => [
    `${execution.kind} ${execution.label}`,
    formatDuration(execution.duration),
    other,
    `because ${execution.reason}`,
  ]);
  return [`${heading}:`, ...columns(rows, { right: [1] }).map(line => `  ${line}`)];
}
