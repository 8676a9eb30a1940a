/** The results of rebuilt nodes, as lines for users. */
import type { Explanation } from '../../verify/rebuild/output-difference.ts';
import type { NodeVerdict, RunVerdict, TargetVerdict } from '../../verify/rebuild/rebuild.ts';
import type { Run, Variation } from '../../verify/rebuild/variations.ts';
import { columns } from '../text/columns.ts';
import { count } from '../text/count.ts';
import { formatDuration } from '../text/duration.ts';
import { oneLine, visibleControls } from '../text/fit.ts';
import { diskDifferenceLines } from './disk-difference-lines.ts';

/** Number of files in the summary of a node. */
const FILES_SHOWN = 20;

/** Printed when a node is done. */
export function verdictLines({ label, kind, outcome, level = 'different', runs }: NodeVerdict): readonly string[] {
  const took = runs.map(run => `${runName(run)} ${formatDuration(run.milliseconds)}`).join(', ');
  const agreement = level === 'different' ? '' : `, but ${level}`;
  return [
    `${kind} ${label}: ${outcome}${agreement} (${took})`,
    ...runs.flatMap(run => runLines(run, label)),
    ...inShort(runs),
  ];
}

/** Printed when one run of a node is done, if the runs of a node are not consecutive. */
export function runLine(label: string, run: RunVerdict): string {
  return `${runName(run)}: ${label} ${run.outcome} (${formatDuration(run.milliseconds)})`;
}

function runName({ run, round }: Pick<RunVerdict, 'run' | 'round'>): string {
  return round === 1 ? run : `${run} ${round}`;
}

/** One rebuild: its result, and what was varied. */
type Tried = Pick<RunVerdict, 'outcome' | 'differences'> & { readonly by: string | undefined };

/**
 * Which variations make each file on disks, or else each output, differ. A file that differs in every run depends on chance or on the
 * current time.
 */
function inShort(all: readonly RunVerdict[]): readonly string[] {
  const runs = all.every(({ outcome }) => outcome === 'same' || outcome === 'allowed') ? [] : all;
  const wholes: readonly Tried[] = runs.map(run => ({ ...run, by: run.run }));
  const parts: readonly Tried[] = runs.flatMap(({ parts = [] }) =>
    parts.map(part => ({ ...part, by: part.variation })),
  );
  const tried = parts.length > 0 ? parts : wholes;
  const causes = new Map<string, Set<string | undefined>>(wholes.flatMap(namesIn).map(name => [name, new Set()]));
  for (const each of tried) for (const name of namesIn(each)) causes.get(name)?.add(each.by);
  if (causes.size === 0 || tried.length < 2) return [];
  const words = [...causes].map(([name, by]) => `    ${oneLine(name)}: ${byWhat(by, tried)}`);
  const more = words.length - FILES_SHOWN;
  return ['  summary', ...words.slice(0, FILES_SHOWN), ...(more > 0 ? [`    … ${more} more`] : [])];
}

function byWhat(by: ReadonlySet<string | undefined>, tried: readonly Tried[]): string {
  if (by.has(undefined) || by.size === new Set(tried.map(each => each.by)).size) return 'differs in every run';
  return by.size === 0
    ? 'differs only with several variations together'
    : `differs with another ${[...by].join(' or ')}`;
}

function namesIn({ differences }: Pick<RunVerdict, 'differences'>): readonly string[] {
  return differences.flatMap(({ output, explanation }) => {
    if (explanation.type !== 'disk') return [output];
    const files = explanation.difference.partitions.flatMap(partition => partition.files.map(({ path }) => path));
    return files.length === 0 ? [output] : files;
  });
}

function runLines(run: RunVerdict, label: string): readonly string[] {
  const name = runName(run);
  if (run.outcome === 'failed')
    return [`  ${name}: ${oneLine(run.failure?.what ?? 'it failed')} [${run.failure?.code ?? ''}]`];
  if (run.outcome === 'same') return [];
  if (run.outcome === 'allowed') return run.differences.flatMap(({ allowed = {} }) => allowedLines(name, allowed));
  return [
    ...run.differences.flatMap(({ output, paths, explanation }) => [
      `  ${name}: ${output} differs`,
      ...explanationLines(explanation).map(line => `    ${line}`),
      `    built  ${paths[0]}`,
      `    again  ${paths[1]}`,
    ]),
    ...(run.parts ?? []).map(({ variation, outcome }) => `    ${variation ?? 'nothing'} varied: ${outcome}`),
    `    repeat: aib verify ${label} --vary ${run.run}${run.parts === undefined ? ' --minimise' : ''}`,
  ];
}

function allowedLines(name: string, allowed: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(allowed).map(([path, reason]) => `  ${name}: ${oneLine(path)} is allowed: ${oneLine(reason)}`);
}

function explanationLines(explanation: Explanation): readonly string[] {
  switch (explanation.type) {
    case 'disk':
      return diskDifferenceLines(explanation.difference);
    case 'text':
      return explanation.lines.map(visibleControls);
    case 'bytes': {
      const [before, after] = explanation.sizes;
      const size = before === after ? count(before, 'byte') : `${before} → ${after} bytes`;
      return [`${size}, from byte ${explanation.first} on`];
    }
    case 'form':
      return ['a different list of files, or different execute permissions'];
    default:
      return explanation satisfies never;
  }
}

/** The last lines before the table. */
export function verdictSummary(verdicts: readonly NodeVerdict[], runs: readonly Run[]): readonly string[] {
  const alike = verdicts.filter(({ outcome }) => outcome === 'bit-identical').length;
  const all = new Map(runs.flatMap(({ variations }) => variations.map(variation => [variation.name, variation])));
  const [can, cannot] = [[...all.values()].filter(isVaried), [...all.values()].filter(each => !isVaried(each))];
  return [
    `${alike} of ${count(verdicts.length, 'node')} bit-identical`,
    `varied: ${['moment', ...can.map(({ words }) => words)].join(', ')}`,
    ...(cannot.length === 0 ? [] : [`not varied: ${cannot.map(each => `${each.words} (${each.cannot})`).join(', ')}`]),
  ];
}

function isVaried({ cannot }: Variation): boolean {
  return cannot === undefined;
}

/** One row for each requested label. */
export function targetTable(targets: readonly TargetVerdict[]): readonly string[] {
  return columns(
    [
      ['label', 'verdict', 'nodes', 'first other node'],
      ...targets.map(({ label, outcome, nodes, first }) => [label, outcome, String(nodes), first ?? '']),
    ],
    { right: [2] },
  );
}
