/** The timeline of a run as SVG: a row for each slot, a bar for each action that ran, the critical path marked. Text must not become markup. */
import type { Execution } from '../../store/history/execution.ts';
import type { RunRecord } from '../../store/history/run-log.ts';
import { shownText } from '../page/markup.ts';
import { formatDuration } from '../text/duration.ts';

const [WIDTH, ROW, GAP, AXIS] = [1000, 22, 4, 22];
/** Bars that are narrower have no text. */
const READABLE = 60;

/** `critical` are the labels on the critical path. */
export function* timelineLines(
  run: RunRecord,
  executions: readonly Execution[],
  critical: ReadonlySet<string>,
): Generator<string> {
  const end = Math.max(run.ended ?? 0, ...executions.map(({ started, duration }) => started + duration));
  const whole = Math.max(1, end - run.started);
  const at = (ms: number): number => (Math.max(0, ms) / whole) * WIDTH;
  const rows = [...new Set(executions.map(({ slot }) => slot))].sort((a, b) => a - b);
  const height = AXIS + rows.length * (ROW + GAP);
  yield `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline: ${rows.length} slots, ${executions.length} actions">`;
  for (const tick of ticksOf(whole)) {
    const x = at(tick).toFixed(1);
    yield `<line class="tick" x1="${x}" y1="0" x2="${x}" y2="${height}"/><text class="time" x="${x}" y="14" dx="4">${formatDuration(tick)}</text>`;
  }
  for (const execution of executions) yield bar(execution, critical.has(execution.label));
  yield '</svg>';

  function bar({ label, kind, status, started, duration, slot, reason }: Execution, isCritical: boolean): string {
    const [x, width] = [at(started - run.started), Math.max(1.5, at(duration))];
    const y = AXIS + rows.indexOf(slot) * (ROW + GAP);
    const classes = ['bar', status, ...(isCritical ? ['critical'] : [])].join(' ');
    const words = `${kind} ${label}, ${formatDuration(duration)}, because ${reason}`;
    const text =
      width < READABLE
        ? ''
        : `<text x="${(x + 5).toFixed(1)}" y="${y + 15}">${shownText(fitted(`${kind} ${shortName(label)}`, width))}</text>`;
    return `<g class="${classes}"><title>${shownText(words)}</title><rect x="${x.toFixed(2)}" y="${y}" width="${width.toFixed(2)}" height="${ROW}" rx="3"/>${text}</g>`;
  }
}

/** About six, at round times. */
function ticksOf(whole: number): readonly number[] {
  const rough = whole / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough) ?? 10 * power;
  return Array.from({ length: Math.floor(whole / step) + 1 }, (_, index) => index * step);
}

/** `//aws/x86_64/uefi/tiny@3.20:disk` → `aws/x86_64/uefi/tiny@3.20` */
function shortName(label: string): string {
  return label.replace(/^\/\//, '').replace(/:[^:]*$/, '');
}

/** A character of the timeline is about 6.6 wide. */
function fitted(text: string, width: number): string {
  const room = Math.floor((width - 10) / 6.6);
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}
