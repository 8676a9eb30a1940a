/** What is said of objects of the outside world: how a step is getting on, what became of each, and what was left on the way. */
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Facts, Progress } from '../../engine/model/external.ts';
import type { Label } from '../../engine/model/graph.ts';
import { formatBytes } from '../../util/bytes.ts';
import { columns } from '../text/columns.ts';
import { formatSeconds } from '../text/duration.ts';

/** Where an object stands by the last event about it. */
export interface ObjectRow {
  readonly label: Label;
  readonly kind: string;
  readonly standing: 'known' | 'asking' | 'found' | 'absent' | 'making' | 'pending' | 'made' | 'failed' | 'skipped';
  /** The one that is being made, or waited for. */
  readonly step?: string;
  readonly facts?: Facts;
}

/** `waits for the snapshot, 1.2 GiB of 5.0 GiB, about 2 min 05 s left` */
export function stepWords({ type, step, progress }: BuildEvent & { readonly type: 'making' | 'pending' }): string {
  const verb = type === 'making' ? 'makes' : 'waits for';
  return [`${verb} the ${step}`, ...progressWords(progress)].join(', ');
}

function progressWords({ done, total, left }: Progress): readonly string[] {
  const whole = total === undefined ? '' : ` of ${formatBytes(total)}`;
  return [
    ...(done === undefined ? [] : [`${formatBytes(done)}${whole}`]),
    ...(left === undefined ? [] : [`about ${formatSeconds(left)} left`]),
  ];
}

/** A table of all objects, unless nothing came of asking: nobody asked. */
export function objectLines(objects: Iterable<ObjectRow>, colors: Colors): readonly string[] {
  const rows = [...objects];
  if (rows.every(({ standing }) => standing === 'known')) return [];
  const table = columns(rows.map(row => [`${row.kind} ${row.label}`, standingWords(row, colors), factWords(row)]));
  return ['', ...table, ''];
}

function standingWords({ standing, step = '' }: ObjectRow, colors: Colors): string {
  switch (standing) {
    case 'known':
      return 'known, not asked for';
    case 'found':
    case 'made':
      return colors.green(standing);
    case 'failed':
      return colors.red('failed');
    case 'making':
    case 'pending':
      return colors.yellow(`left at its ${step}`);
    case 'asking':
      return colors.yellow('asked for, no answer');
    case 'absent':
    case 'skipped':
      return colors.yellow('not made');
    default:
      return standing satisfies never;
  }
}

function factWords({ facts = {} }: ObjectRow): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** What goes on in the outside world although nobody waits for it any more; empty if nothing does. */
export function leftInFlight(objects: Iterable<ObjectRow>): readonly string[] {
  const left = [...objects].filter(({ standing }) => standing === 'making' || standing === 'pending');
  if (left.length === 0) return [];
  return [
    'left on the way, for the next build to find and to go on with:',
    ...left.map(({ kind, label, step = '' }) => `  ${kind} ${label}, its ${step}`),
  ];
}
