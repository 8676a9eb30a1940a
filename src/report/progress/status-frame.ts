/**
 * The lines of the status region: progress, running nodes, remaining time. A pure function. Lines must be narrower than the terminal,
 * because a character in the last column could wrap.
 *
 *     [ 3/12] 2 running, 13 up to date  53 s, about 2 min 05 s left
 *       disk //aws/x86_64/uefi/tiny@3.20:disk  packages, 12/40  41 s
 *       boot //nocloud/x86_64/bios/tiny:boot  7 s
 *       package 43 of 120, 12.1 MiB, 4 running  3 s
 */
import type { Colors } from 'picocolors/types.js';
import { formatSeconds } from '../text/duration.ts';
import { elideEnd, elideMiddle, oneLine } from '../text/fit.ts';
import { counter, nodeName } from './build-lines.ts';
import type { Tally } from './tally.ts';

export interface FrameOptions {
  readonly now: number;
  /** Of the terminal. */
  readonly columns: number;
  /** Of the terminal; the frame has fewer rows, so that the cursor can move back to its top. */
  readonly rows: number;
  readonly colors: Colors;
}

interface Row {
  readonly name: string;
  readonly words: string;
  /** Start time, milliseconds since the epoch. */
  readonly at: number;
  /** Number of running nodes. */
  readonly nodes: number;
}

const MOST_LINES = 20;
/** Below this width a row contains only the name of the node. */
const NARROW = 40;
const INDENT = '  ';
const GAP = '  ';
/** Share of a row that the progress text may take from the name, and the minimum width to show it. */
const WORDS_SHARE = 0.4;
const LEAST_WORDS = 8;

export function statusFrame(tally: Tally, options: FrameOptions): readonly string[] {
  if (tally.startedAt === undefined) return [];
  const width = options.columns - 1;
  const room = Math.max(0, Math.min(MOST_LINES, options.rows - 2) - 1);
  const rows = rowsOf(tally);
  // The build waits for the oldest nodes. A line "and 1 more" would take as much space as the node itself.
  const shown = rows.length <= room ? rows : rows.slice(0, Math.max(0, room - 1));
  const lines = [options.colors.bold(elideEnd(headLine(tally, options.now), width))];
  for (const row of shown) lines.push(rowLine(row, width, options));
  const hidden = tally.running.size - shown.reduce((sum, { nodes }) => sum + nodes, 0);
  if (hidden > 0 && room > 0) lines.push(elideEnd(`${INDENT}and ${hidden} more`, width));
  return lines;
}

function headLine(tally: Tally, now: number): string {
  const counts = [`${tally.running.size} running`];
  if (tally.count('failed') > 0) counts.push(`${tally.count('failed')} failed`);
  counts.push(`${tally.count('hit')} up to date`);
  const times = [formatSeconds(tally.elapsed(now))];
  const left = timeLeft(tally, now);
  if (left !== undefined) times.push(left);
  return `${counter(tally)}${counts.join(', ')}${GAP}${times.join(', ')}`;
}

/** From the node with the most time left. Nodes that are not started add an unknown time, because nodes run in parallel. */
function timeLeft(tally: Tally, now: number): string | undefined {
  let most = 0;
  for (const { kind, at, expected } of tally.running.values()) {
    // The time of one package of many is not useful; the row of the batch shows the progress.
    if (!tally.batches.has(kind)) most = Math.max(most, (expected ?? 0) - (now - at));
  }
  if (Math.round(most / 1000) < 1) return undefined;
  const more = tally.known > tally.finished + tally.running.size;
  return `${more ? 'at least' : 'about'} ${formatSeconds(most)} left`;
}

/** A row for each running node, or for all of a batch; the oldest first. */
function rowsOf({ running, batches }: Tally): readonly Row[] {
  const nodes = [...running.values()].filter(({ kind }) => !batches.has(kind));
  const rows: readonly Row[] = [
    ...nodes.map(node => ({ name: oneLine(nodeName(node)), words: oneLine(node.words), at: node.at, nodes: 1 })),
    ...[...batches.values()].map(batch => ({ name: batch.row, words: '', at: batch.at, nodes: batch.running })),
  ];
  return rows.filter(row => row.nodes > 0).toSorted((a, b) => a.at - b.at);
}

/** Name, progress and time as far as they fit: first the middle of the name is cut, then the progress is left out. */
function rowLine(row: Row, width: number, { now, colors }: FrameOptions): string {
  const { name } = row;
  if (width < NARROW) return elideMiddle(INDENT + name, width);
  const time = formatSeconds(now - row.at);
  const room = width - INDENT.length - GAP.length - time.length;
  const words = fittingWords(row.words, room, name.length);
  const used = words === '' ? 0 : GAP.length + words.length;
  return [INDENT + elideMiddle(name, room - used), ...(words === '' ? [] : [colors.dim(words)]), time].join(GAP);
}

function fittingWords(words: string, room: number, nameLength: number): string {
  const free = room - nameLength - GAP.length;
  if (words.length <= free) return words;
  const share = Math.max(free, Math.floor(room * WORDS_SHARE));
  return share < LEAST_WORDS ? '' : elideEnd(words, share);
}
