/** Lines about objects at providers: the progress of a step, the result of each object, and unfinished objects. */
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Facts, Progress } from '../../engine/model/external.ts';
import type { Label } from '../../engine/model/graph.ts';
import { formatBytes } from '../../util/bytes.ts';
import { columns } from '../text/columns.ts';
import { formatSeconds } from '../text/duration.ts';

/** The state of an object after the last event about it. */
export interface ObjectRow {
  readonly label: Label;
  readonly kind: string;
  readonly standing: 'known' | 'asking' | 'found' | 'absent' | 'making' | 'pending' | 'made' | 'failed' | 'skipped';
  /** The step that is in progress. */
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

/** A table of all objects; none if no object was looked up. */
export function objectLines(objects: Iterable<ObjectRow>, colors: Colors): readonly string[] {
  const rows = [...objects];
  if (rows.every(({ standing }) => standing === 'known')) return [];
  const table = columns(rows.map(row => [`${row.kind} ${row.label}`, standingWords(row, colors), factWords(row)]));
  return ['', ...table, ''];
}

function standingWords({ standing, step = '' }: ObjectRow, colors: Colors): string {
  switch (standing) {
    case 'known':
      return 'known, not looked up';
    case 'found':
    case 'made':
      return colors.green(standing);
    case 'failed':
      return colors.red('failed');
    case 'making':
    case 'pending':
      return colors.yellow(`unfinished: ${step}`);
    case 'asking':
      return colors.yellow('looked up, no answer');
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

/** Objects that the provider still works on although the build has ended; empty if there are none. */
export function leftInFlight(objects: Iterable<ObjectRow>): readonly string[] {
  const left = [...objects].filter(({ standing }) => standing === 'making' || standing === 'pending');
  if (left.length === 0) return [];
  return [
    'unfinished at the provider; the next build continues with:',
    ...left.map(({ kind, label, step = '' }) => `  ${kind} ${label}, its ${step}`),
  ];
}
