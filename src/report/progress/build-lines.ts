/** The permanent lines of a build in a terminal or a log, one function for each sort, so that plain and tty print the same text. */
import { join } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import type { BuildEvent } from '../../engine/model/events.ts';
import { annotations, foldable } from '../../util/ci.ts';
import { formatFailure } from '../../util/failure.ts';
import { count } from '../text/count.ts';
import { formatDuration } from '../text/duration.ts';
import { withoutControls } from '../text/fit.ts';
import { machineWords } from '../text/machine-time.ts';
import { leftInFlight, objectLines } from './object-lines.ts';
import { skippedLines } from './skipped-lines.ts';
import type { FailedNode, RunningNode, Tally } from './tally.ts';

export type Event<T extends BuildEvent['type']> = BuildEvent & { readonly type: T };

/** The end of an action, or of the work on an object. */
export type Ending = Event<'ran' | 'made' | 'found' | 'failed' | 'cancelled'>;

/** `[ 3/12] `: the number of ended actions, and of all actions that are known so far. Its width does not change during a build. */
export function counter(tally: Tally): string {
  const known = String(tally.known);
  return `[${String(tally.finished).padStart(known.length)}/${known}]`.padEnd(counterWidth(tally));
}

export function counterWidth(tally: Tally): number {
  return 2 * String(tally.nodes).length + '[/] '.length;
}

export function waitingLine(event: Event<'waiting'>): string {
  const command = event.command === undefined ? '' : ` (${withoutControls(event.command)})`;
  const holder = event.pid === undefined ? `another process${command}` : `pid ${event.pid}${command}`;
  return `waiting for ${holder}, which has locked this store`;
}

/** Printed even with --quiet: otherwise the user would assume that the edit is built. */
export function editedLine(event: Event<'edited'>, colors: Colors): string {
  return `${nodeName(event)} ${colors.yellow('was edited')} during the build: build again to include the change`;
}

export function nodeName(node: { readonly kind: string; readonly label: string }): string {
  return `${node.kind} ${node.label}`;
}

/** `disk //…:disk from cache.example.org`; undefined for a node that this store knew. */
export function takenLine({ from, ...node }: Event<'hit'>, colors: Colors): string | undefined {
  return from === undefined ? undefined : `${nodeName(node)} ${colors.cyan(`from ${withoutControls(from)}`)}`;
}

/** `disk //…:disk 48.2 s`; `before` is the running node, undefined for one that did not start. */
export function endingLine(event: Ending, before: RunningNode | undefined, colors: Colors): string {
  const took = before === undefined ? undefined : formatDuration(event.at - before.at);
  const name = nodeName(event);
  switch (event.type) {
    case 'ran':
      return `${name} ${formatDuration(event.duration)}${event.changed ? '' : colors.dim(' unchanged')}`;
    case 'made':
      return `${name} ${formatDuration(event.duration)}`;
    case 'found':
      return `${name} ${colors.dim('found')}`;
    case 'failed':
      return `${name} ${colors.red('failed')}${took === undefined ? '' : ` after ${took}`}`;
    case 'cancelled':
      return `${name} ${colors.yellow('cancelled')}${took === undefined ? '' : ` after ${took}`}`;
    default:
      return event satisfies never;
  }
}

/** The last lines: every failure in full, the skipped nodes, and the summary. */
export function closingLines(
  tally: Tally,
  event: Event<'finished'>,
  options: FailureOptions & { readonly verbose: boolean },
): readonly string[] {
  return [
    ...failureLines(tally.failures, options),
    ...skippedLines(tally.skipped, { status: event.status, verbose: options.verbose }),
    ...objectLines(tally.objects.values(), options.colors),
    ...(event.status === 'interrupted' ? leftInFlight(tally.objects.values()) : []),
    sumLine(tally, event, options.colors),
  ];
}

export interface FailureOptions {
  readonly logFolder: string;
  readonly colors: Colors;
  /** Present if the lines go to a log: then lines for the CI system are added. */
  readonly log?: { readonly env: Readonly<Record<string, string | undefined>>; readonly now: () => number };
}

const NO_LOG = { env: {}, now: () => 0 };

/** A block for each failure, with an empty line before and after. */
export function failureLines(
  failures: readonly FailedNode[],
  { logFolder, colors, log: { env, now } = NO_LOG }: FailureOptions,
): readonly string[] {
  if (failures.length === 0) return [];
  const blocks = failures.map(({ failure, log, ...node }, index) => {
    const lines = [
      `${colors.red('failed')} ${colors.bold(nodeName(node))}`,
      ...formatFailure(failure).split('\n').map(withoutControls),
      ...(log === undefined ? [] : [`  log   ${join(logFolder, log)}`]),
    ];
    const title = withoutControls(`failed ${nodeName(node)}: ${failure.what}`);
    const block = { title, lines, name: `failure_${index + 1}`, isFolded: failures.length > 1 };
    return ['', ...foldable(block, env, now()), ...annotations(failure, env)];
  });
  return [...blocks.flat(), ''];
}

function sumLine(tally: Tally, { status, ran, at }: Event<'finished'>, colors: Colors): string {
  const machines = machineWords(tally.ran);
  const elapsed = `${formatDuration(tally.elapsed(at))}${machines === undefined ? '' : `; ${machines}`}`;
  const taken = takenWords(tally);
  const upToDate = [...taken, `${tally.upToDate - tally.taken.size} up to date`].join(', ');
  switch (status) {
    case 'done':
      if (ran === 0 && taken.length > 0) return `${colors.green('done')}: ${upToDate}, ${elapsed}`;
      if (ran === 0) return `${colors.green('up to date')}: ${count(tally.nodes, 'node')}, nothing to do`;
      return `${colors.green('done')}: ${count(ran, 'action')} run, ${upToDate}, ${elapsed}`;
    case 'failed':
      return `${colors.red('failed')}: ${[...partialCounts(tally), `${ran} run`, upToDate].join(', ')}, ${elapsed}`;
    case 'interrupted':
      return `${colors.yellow('interrupted')}: ${[...partialCounts(tally), `${ran} run`, upToDate].join(', ')}, ${elapsed}`;
    default:
      return status satisfies never;
  }
}

/** `2 from cache.example.org`, for each cache. */
function takenWords({ taken }: Tally): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of taken.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, number]) => `${number} from ${withoutControls(name)}`);
}

/** The counts of nodes that did not succeed, without zeros. */
function partialCounts(tally: Tally): readonly string[] {
  return (['failed', 'cancelled', 'skipped'] as const)
    .filter(standing => tally.count(standing) > 0)
    .map(standing => `${tally.count(standing)} ${standing}`);
}
