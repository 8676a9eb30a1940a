/** `aib plan LABEL…`: what a build would run, why, and about how long it would take. Runs none of it. */
import { type ExpectedObjects, expectedCosts } from '../../clouds/aws/image/costs.ts';
import { keyFilter } from '../../config/tree/key-filter.ts';
import { Estimates } from '../../engine/build/estimates.ts';
import { type Forecast, forecast } from '../../engine/build/forecast.ts';
import { type Plan, type PlannedNode, plan } from '../../engine/build/plan.ts';
import type { Label } from '../../engine/model/graph.ts';
import { reasonText } from '../../engine/model/reason.ts';
import { notLocked } from '../../query/graph/state-facts.ts';
import { costLine } from '../../report/tables/cost-lines.ts';
import { columns } from '../../report/text/columns.ts';
import { formatDuration } from '../../report/text/duration.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import { formatFailure } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';
import { machineCapacity } from '../session/machine-capacity.ts';
import { notice, showFailure } from '../session/messages.ts';
import { readOnlyVerb } from '../session/read-only-verb.ts';

import type { Options } from '../words/options.ts';
import { chooseTargets } from '../words/targets.ts';

export async function planCommand(words: readonly string[], options: Options): Promise<number> {
  if (options.since !== undefined) return (await import('./plan-since.ts')).planSince(words, options);
  if (words.length === 0)
    return showFailure({
      code: 'AIB_USAGE',
      what: 'aib plan requires at least one label',
      hint: 'aib plan //aws/x86_64/uefi/tiny',
    });
  return readOnlyVerb(
    options,
    async ({ project, store }) => {
      const { graph, dimensions } = project;
      const stays = keyFilter(options, dimensions);
      if (!stays.ok) return stays;
      const chosen = chooseTargets(words, project, stays.value);
      if (!chosen.ok) return chosen;
      for (const line of chosen.value.notices) notice(line);
      const intake = new LookingIntake(store?.sources);
      const planned = await plan({ graph, targets: chosen.value.targets, store, intake });
      const nodes = [...planned.values()];
      const estimates = new Estimates(
        nodes.map(({ node }) => node),
        store?.history,
      );
      const unlocked = notLocked(planned, project.unanswered);
      const expected = forecast(planned, estimates, machineCapacity(options.jobs));
      const sent = sentObjects(planned);
      const outcome = { nodes, unlocked, estimates, forecast: expected, sent };
      return ok(options.json === true ? [JSON.stringify(planRecord(outcome))] : planLines(outcome));
    },
    words,
  );
}

/** Shown instead of an outlook: the lock does not contain the packages yet. */
const NOT_LOCKED = 'not locked';

interface Outcome {
  readonly nodes: readonly PlannedNode[];
  readonly unlocked: ReadonlySet<Label>;
  readonly estimates: Estimates;
  readonly forecast: Forecast;
  readonly sent: ExpectedObjects;
}

/** The objects that a build would create at a cloud, with the bytes of their disks in the store, without zeros. */
function sentObjects(planned: Plan): ExpectedObjects {
  const sizes = (kind: string): readonly (number | undefined)[] =>
    [...planned.values()].flatMap(({ node, outlook }) => {
      if (node.kind !== kind || outlook === 'current' || outlook === 'broken') return [];
      const { disk } = node.inputs;
      const digest = disk === undefined ? undefined : planned.get(disk.label)?.outputs?.[disk.output]?.digest;
      return [digest?.size];
    });
  return { imports: sizes('import'), copies: sizes('copy'), publications: sizes('publish').length };
}

/** Of the nodes that have something to do; durations are milliseconds. */
function planRecord({ nodes, unlocked, estimates, forecast: expected, sent }: Outcome) {
  return {
    nodes: nodes
      .filter(({ outlook }) => outlook !== 'current')
      .map(({ node, outlook, waitsFor, failure, ...planned }) => ({
        label: node.label,
        kind: node.kind,
        outlook: unlocked.has(node.label) ? NOT_LOCKED : outlook,
        reason: reasonOf({ outlook, waitsFor, ...planned, ...(failure === undefined ? {} : { failure }) }),
        waitsFor,
        expected: estimates.duration(node),
        ...(failure === undefined ? {} : { failure }),
      })),
    current: nodes.filter(({ outlook }) => outlook === 'current').length,
    ...expected,
    ...(isNone(sent) ? {} : { sent: expectedCosts(sent) }),
  };
}

function isNone({ imports, copies, publications }: ExpectedObjects): boolean {
  return imports.length + copies.length + publications === 0;
}

function planLines({ nodes, unlocked, estimates, forecast: expected, sent }: Outcome): readonly string[] {
  const rows: string[][] = [];
  let untimed = 0;
  let known = 0;
  const counts = { current: 0, runs: 0, unsure: 0, broken: 0, [NOT_LOCKED]: 0 };
  for (const planned of nodes) {
    const { node } = planned;
    const outlook = unlocked.has(node.label) ? NOT_LOCKED : planned.outlook;
    counts[outlook] += 1;
    if (planned.known !== undefined) known += 1;
    if (outlook === 'current') continue;
    const isTimed = outlook !== 'broken' && estimates.isKnown(node);
    if (outlook !== 'broken' && !isTimed) untimed += 1;
    rows.push([
      outlook,
      node.label,
      isTimed ? formatDuration(estimates.duration(node)) : '',
      outlook === NOT_LOCKED && planned.failure !== undefined
        ? 'the lock does not contain its packages'
        : reasonOf(planned),
    ]);
  }
  if (rows.length === 0) return [`up to date: ${counts.current} nodes, nothing to do`];
  const unsure = counts.unsure === 0 ? '' : `, ${counts.unsure} more may run, depending on their outputs`;
  const unasked = known === 0 ? '' : `, ${known} of them objects at providers, which were not looked up`;
  const unanswered =
    counts[NOT_LOCKED] === 0 ? '' : `, ${counts[NOT_LOCKED]} require packages that a build must select first`;
  const broken = counts.broken === 0 ? '' : `, ${counts.broken} cannot run`;
  return [
    ...columns([['', 'node', 'about', 'because'], ...rows], { right: [2] }),
    '',
    `${counts.runs} would run${unsure}${unanswered}${broken}; ${counts.current} are up to date${unasked}`,
    ...(counts.runs + counts.unsure === 0 ? [] : [timeLine(expected, untimed)]),
    ...(isNone(sent) ? [] : [costLine(sent, expectedCosts(sent))]),
  ];
}

function timeLine({ duration, work, criticalPath }: Forecast, untimed: number): string {
  if (untimed > 0)
    return `duration unknown: ${untimed} of these have never run here, and no other node of their kind has`;
  const path = criticalPath.map(({ label }) => shortName(label)).join(' → ');
  return `about ${formatDuration(duration)} for ${formatDuration(work)} of work; the longest path is ${path}`;
}

function reasonOf({
  outlook,
  reason,
  failure,
  waitsFor,
}: Pick<PlannedNode, 'outlook' | 'reason' | 'failure' | 'waitsFor'>): string {
  if (failure !== undefined) return formatFailure(failure).split('\n')[0] ?? '';
  if (reason !== undefined) return reasonText(reason);
  const names = waitsFor.map(shortName).join(', ');
  return outlook === 'broken' ? `it requires ${names}` : `${names} ${waitsFor.length === 1 ? 'is' : 'are'} built first`;
}

/** `:disk` of a variant's own node; a shared node's whole label. */
function shortName(label: Label): string {
  return /:[^:/]+$/.exec(label)?.[0] ?? label;
}
