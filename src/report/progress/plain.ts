/**
 * Prints a build as lines in the order of its events, for CI and for files. Must not move the cursor.
 *
 *     [ 3/12] disk //aws/x86_64/uefi/tiny@3.20:disk  because input overlay changed
 *             disk //aws/x86_64/uefi/tiny@3.20:disk  packages, 12/40
 *             disk //aws/x86_64/uefi/tiny@3.20:disk 48.2 s
 *             package 43 of 120 fetched, 12.1 MiB
 *     done: 1 action run, 24 up to date, 53.1 s
 */
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { oneLine } from '../text/fit.ts';
import type { Batch } from './batch.ts';
import {
  closingLines,
  counter,
  counterWidth,
  type Event,
  editedLine,
  endingLine,
  failureLines,
  nodeName,
  takenLine,
  waitingLine,
} from './build-lines.ts';
import { leftInFlight, stepWords } from './object-lines.ts';
import { ReasonWords } from './reason-words.ts';
import type { Reporter, ReporterSetup } from './reporter-contract.ts';
import { type RunningNode, Tally } from './tally.ts';

/** Milliseconds between two progress lines of one node, so that a log stays readable. */
const PROGRESS_INTERVAL_MS = 10_000;
/** The same for a batch: its nodes have no other lines. */
const BATCH_INTERVAL_MS = 5_000;

export function plainReporter({ out, verbose, now, logFolder, colors, env }: ReporterSetup): Reporter {
  const log = { env, now };
  const tally = new Tally({ verbose });
  const reasons = new ReasonWords();
  /** When the last line about a node was printed. */
  const heard = new Map<Label | Batch, number>();
  let finished = false;

  const print = (lines: readonly string[]): void => {
    if (lines.length > 0) out.write(`${lines.join('\n')}\n`);
  };
  const indented = (text: string): readonly string[] => [' '.repeat(counterWidth(tally)) + text];

  const progressLines = (label: Label, words: string, before: RunningNode | undefined): readonly string[] => {
    if (before === undefined || before.words === words) return [];
    if (!verbose && now() - (heard.get(label) ?? before.at) < PROGRESS_INTERVAL_MS) return [];
    heard.set(label, now());
    return indented(`${nodeName(before)}  ${colors.dim(oneLine(words))}`);
  };

  /** Replaces the line about each node that ran. */
  const batchLines = (batch: Batch): readonly string[] => {
    if (batch.isOver() || now() - Math.max(batch.at, heard.get(batch) ?? 0) < BATCH_INTERVAL_MS) return [];
    heard.set(batch, now());
    return indented(batch.line);
  };

  const hitLines = (event: Event<'hit'>): readonly string[] => {
    const taken = takenLine(event, colors);
    if (taken !== undefined) return indented(taken);
    return verbose ? indented(`${nodeName(event)}${colors.dim(' up to date')}`) : [];
  };

  /** `before` is the running node before this event. */
  const linesOf = (event: BuildEvent, before: RunningNode | undefined): readonly string[] => {
    switch (event.type) {
      case 'waiting':
        return [waitingLine(event)];
      case 'notice':
        return [event.line];
      case 'edited':
        return [editedLine(event, colors)];
      case 'running':
        heard.delete(event.label);
        if (tally.batches.has(event.kind)) return [];
        return [`${counter(tally)}${nodeName(event)}  ${colors.dim(reasons.of(event.reason))}`];
      case 'progress':
        return progressLines(event.label, event.words, before);
      case 'making':
      case 'pending':
        return progressLines(event.label, stepWords(event), before);
      case 'hit':
        return hitLines(event);
      case 'known':
        return verbose ? indented(`${nodeName(event)}${colors.dim(' known, not looked up')}`) : [];
      case 'asking':
        heard.delete(event.label);
        return verbose ? indented(`${nodeName(event)}${colors.dim(' is looked up')}`) : [];
      case 'ran': {
        const batch = tally.batches.get(event.kind);
        return batch === undefined ? indented(endingLine(event, before, colors)) : batchLines(batch);
      }
      case 'made':
      case 'found':
      case 'cancelled':
      case 'failed':
        return indented(endingLine(event, before, colors));
      case 'finished':
        finished = true;
        return closingLines(tally, event, { logFolder, colors, verbose, log });
      case 'started':
      case 'absent':
      case 'skipped':
        return [];
      default:
        return event satisfies never;
    }
  };

  return {
    emit: event => {
      const before = 'label' in event ? tally.running.get(event.label) : undefined;
      const ended = tally.apply(event);
      print(linesOf(event, before));
      if (ended !== undefined) print(indented(ended.line));
    },
    close: () => {
      // After an aborted build the failures are not printed yet.
      if (!finished) print(failureLines(tally.failures, { logFolder, colors, log }));
      finished = true;
    },
    abandon: () => {
      if (!finished) print(leftInFlight(tally.objects.values()));
    },
  };
}
