/**
 * One run as an HTML page that needs nothing else: outcome, timeline, critical path, why each action ran, failures with the ends of their
 * logs, and the graph of what ran. It has no script. Says only what was recorded, and shows foreign text as text.
 */
import type { Step } from '../../engine/build/critical-path.ts';
import type { Execution } from '../../store/history/execution.ts';
import { AIB_VERSION } from '../../util/aib-version.ts';
import { formatBytes } from '../../util/bytes.ts';
import { FAILURES, isFailureCode } from '../../util/failure-table.ts';
import { shownText } from '../page/markup.ts';
import { pageHeadLines } from '../page/page-head.ts';
import { styleOf } from '../page/page-style.ts';
import type { NotedRun } from '../tables/run-diff.ts';
import { count } from '../text/count.ts';
import { formatDuration } from '../text/duration.ts';
import { machineTimes } from '../text/machine-time.ts';
import { formatWhen } from '../text/when.ts';
import { runGraphLines } from './run-graph.ts';
import { timelineLines } from './timeline.ts';

export interface RunPage extends NotedRun {
  readonly steps: readonly Step[];
  /** The last lines of the log of a failed action; undefined if there is none any more. */
  readonly logOf: (execution: Execution) => string | undefined;
  /** The machine, in words; undefined if it is not known any more. */
  readonly host: string | undefined;
}

/** Steps of the critical path that are listed; shorter ones are counted. */
const STEPS = 30;

export function* runPage({ run, executions, unrun, steps, logOf, host }: RunPage): Generator<string> {
  yield* pageHeadLines({ title: `run ${run.id} · aib`, style: styleOf('run/run-page.css') });
  yield '<body>';
  yield `<header class="${run.status === 'done' ? 'good' : 'bad'}"><h1>Run ${run.id}: ${shownText(run.status)}</h1>`;
  yield `<p><code>aib ${shownText(run.command)}</code></p>`;
  yield `<p>${[...headFacts(run, executions), ...(host === undefined ? [] : [shownText(host)])].join(' · ')}</p></header>`;
  yield '<main>';
  yield* failureLines(executions, logOf);
  if (executions.length === 0) yield '<p>Nothing ran.</p>';
  else {
    const critical = new Set(steps.map(({ execution }) => execution.label));
    yield '<section><h2>Timeline</h2>';
    yield '<p class="quiet">A row is a slot; actions with a thick edge are on the critical path. Point at a bar for its node and its reason.</p>';
    yield '<div class="wide">';
    yield* timelineLines(run, executions, critical);
    yield '</div></section>';
    yield* criticalLines(run.ended === undefined ? undefined : run.ended - run.started, steps);
    yield* actionLines(run.started, executions);
    const graph = [...runGraphLines(executions)];
    if (graph.length > 0) {
      yield '<section><h2>Graph of what ran</h2><div class="wide">';
      yield* graph;
      yield '</div></section>';
    }
  }
  yield* unrunLines(unrun);
  yield '</main>';
  yield `<footer class="quiet">made by aib ${AIB_VERSION} from the records of the run</footer>`;
  yield '</body>';
  yield '</html>';
}

function headFacts(run: NotedRun['run'], executions: readonly Execution[]): readonly string[] {
  const machines = [...machineTimes(executions).values()].reduce((sum, { ms }) => sum + ms, 0);
  return [
    formatWhen(run.started),
    ...(run.ended === undefined ? [] : [formatDuration(run.ended - run.started)]),
    count(executions.length, 'action'),
    ...(run.hits === undefined ? [] : [`${run.hits} up to date`]),
    ...(run.failed === undefined || run.failed === 0 ? [] : [`${run.failed} failed`]),
    ...(machines === 0 ? [] : [`machines ${formatDuration(machines)}`]),
  ];
}

function* failureLines(executions: readonly Execution[], logOf: RunPage['logOf']): Generator<string> {
  for (const execution of executions) {
    if (execution.status !== 'failed') continue;
    yield `<section class="failure"><h2>${shownText(execution.label)} failed</h2>`;
    if (execution.failure !== undefined) yield `<p>${shownText(execution.failure)}</p>`;
    const remedy = remedyOf(execution.failure);
    if (remedy !== undefined) yield `<p>try: ${shownText(remedy)}</p>`;
    const log = logOf(execution);
    if (log !== undefined && log !== '') yield `<pre>${log.split('\n').map(shownText).join('\n')}</pre>`;
    yield `<p class="quiet">the whole log: <code>aib log ${shownText(execution.label)}</code></p></section>`;
  }
}

/** The remedy of its code; the one of its case was printed by the build. */
function remedyOf(failure: string | undefined): string | undefined {
  const [, code = ''] = /\[(AIB_[A-Z0-9_]+)\]/.exec(failure ?? '') ?? [];
  return isFailureCode(code) ? FAILURES[code].remedy : undefined;
}

function* criticalLines(whole: number | undefined, steps: readonly Step[]): Generator<string> {
  const longest = steps.map(({ execution }) => execution.duration).toSorted((a, b) => b - a)[STEPS - 1] ?? 0;
  const shown = steps.filter(({ execution }) => execution.duration >= longest).slice(0, STEPS);
  const sum = steps.reduce((total, { execution }) => total + execution.duration, 0);
  yield `<section><h2>Critical path</h2><p class="quiet">${count(steps.length, 'step')}, ${formatDuration(sum)}${whole === undefined ? '' : ` of ${formatDuration(whole)}`}. Potential: how much shorter the run would have been if the step had taken no time.</p>`;
  yield '<div class="wide"><table><thead><tr><th class="number">took</th><th class="number">potential</th><th>node</th></tr></thead><tbody>';
  for (const { execution, potential } of shown) {
    const gain = potential === undefined ? '' : formatDuration(potential);
    yield `<tr><td class="number">${formatDuration(execution.duration)}</td><td class="number">${gain}</td><td>${nodeMarkup(execution)}</td></tr>`;
  }
  yield '</tbody></table></div>';
  if (shown.length < steps.length) yield `<p class="quiet">and ${steps.length - shown.length} shorter steps</p>`;
  yield '</section>';
}

function* actionLines(began: number, executions: readonly Execution[]): Generator<string> {
  yield '<section><h2>What ran, and why</h2><div class="wide"><table><thead><tr><th class="number">start</th><th class="number">took</th><th class="number">memory</th><th>end</th><th>node</th><th>because</th></tr></thead><tbody>';
  for (const execution of executions) {
    const { started, duration, memory, changed, status, reason } = execution;
    const size = memory === undefined ? '' : formatBytes(memory * 1_048_576);
    const ended = changed === false ? 'unchanged' : status;
    yield `<tr class="${status}"><td class="number">+${formatDuration(started - began)}</td><td class="number">${formatDuration(duration)}</td><td class="number">${size}</td><td>${ended}</td><td>${nodeMarkup(execution)}</td><td>${shownText(reason)}</td></tr>`;
  }
  yield '</tbody></table></div></section>';
}

function nodeMarkup({ kind, label }: Execution): string {
  return `${shownText(kind)} <code>${shownText(label)}</code>`;
}

function* unrunLines(unrun: NotedRun['unrun']): Generator<string> {
  const skipped = unrun?.skipped ?? [];
  if (skipped.length === 0) return;
  yield `<section><h2>Not reached</h2><details><summary>${count(skipped.length, 'node')}</summary><ul>`;
  for (const { label, because } of skipped) {
    const why = because === 'stopped' ? '' : `, because of <code>${shownText(because)}</code>`;
    yield `<li><code>${shownText(label)}</code>${why}</li>`;
  }
  yield '</ul></details></section>';
}
