/**
 * Prints a build in an interactive terminal: ended nodes scroll away above a status region, which is drawn at most ten times a second.
 * After close() neither the region nor a hidden cursor may remain.
 */
import {
  closingLines,
  counter,
  editedLine,
  endingLine,
  failureLines,
  nodeName,
  takenLine,
  waitingLine,
} from './build-lines.ts';
import { leftInFlight } from './object-lines.ts';
import { ReasonWords } from './reason-words.ts';
import { columnsOf, Region } from './region.ts';
import type { Reporter, ReporterSetup } from './reporter-contract.ts';
import { statusFrame } from './status-frame.ts';
import { Tally } from './tally.ts';

const DRAW_INTERVAL_MS = 100;
/** Rows of a terminal that does not report them. */
const DEFAULT_ROWS = 24;

export function ttyReporter({ out, verbose, now, logFolder, colors, every }: ReporterSetup): Reporter {
  const tally = new Tally({ verbose });
  const reasons = new ReasonWords();
  const region = new Region(out);
  /** Lines that the next drawing puts above the region. */
  let pending: string[] = [];
  let finished = false;

  const draw = (): void => {
    const frame = finished
      ? []
      : statusFrame(tally, { now: now(), columns: columnsOf(out), rows: out.rows ?? DEFAULT_ROWS, colors });
    const above = pending;
    pending = [];
    region.draw(frame, above);
  };
  // Drawing only by the clock limits the rate, and a build with nothing to do ends before the region appears.
  const stop = every(DRAW_INTERVAL_MS, draw);

  const end = (lines: readonly string[]): void => {
    if (finished) return;
    finished = true;
    stop();
    pending.push(...lines);
    draw();
  };

  return {
    emit: event => {
      const before = 'label' in event ? tally.running.get(event.label) : undefined;
      const ended = tally.apply(event);
      switch (event.type) {
        case 'waiting':
          pending.push(waitingLine(event));
          break;
        case 'edited':
          pending.push(editedLine(event, colors));
          break;
        case 'notice':
          pending.push(event.line);
          break;
        case 'hit':
          if (event.from !== undefined) pending.push(`${counter(tally)}${takenLine(event, colors)}`);
          else if (verbose) pending.push(`${counter(tally)}${nodeName(event)}${colors.dim(' up to date')}`);
          break;
        case 'known':
          if (verbose) pending.push(`${counter(tally)}${nodeName(event)}${colors.dim(' known, not looked up')}`);
          break;
        case 'found':
          pending.push(`${counter(tally)}${endingLine(event, before, colors)}`);
          break;
        case 'ran':
        case 'made':
        case 'failed':
        case 'cancelled': {
          if (event.type === 'ran' && tally.batches.has(event.kind)) break;
          const reason = before === undefined ? '' : colors.dim(`  ${reasons.of(before.reason)}`);
          pending.push(`${counter(tally)}${endingLine(event, before, colors)}${reason}`);
          break;
        }
        case 'finished':
          end(closingLines(tally, event, { logFolder, colors, verbose }));
          break;
        case 'started':
        case 'running':
        case 'progress':
        case 'asking':
        case 'absent':
        case 'making':
        case 'pending':
        case 'skipped':
          break;
        default:
          event satisfies never;
      }
      if (ended !== undefined) pending.push(`${counter(tally)}${ended.line}`);
      // After the end there is no later drawing that would print this.
      if (finished) draw();
    },
    close: () => end(failureLines(tally.failures, { logFolder, colors })),
    abandon: () => end(leftInFlight(tally.objects.values())),
  };
}
