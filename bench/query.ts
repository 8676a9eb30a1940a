/**
 * The time of queries over large graphs, compared with an empty node process and, if it is installed, with Bazel's `query` on a warm
 * server: `node bench/query.ts`. Uses ratios, never absolute times.
 *
 * Each round is a separate process, so that aib is not warm: it makes a graph, then measures the time to index it and of each query with
 * its answer as text. The compared time is that of a process that does both: the empty process, the index and the query. Bazel's time is
 * that of its client, from start to end, over the same graph.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OUTPUTS } from '../src/query/graph/answer-forms.ts';
import { indexGraph, type QueryNode } from '../src/query/graph/index-graph.ts';
import { everything } from '../src/query/graph/node-set.ts';
import { evaluateQuery } from '../src/query/language/evaluate.ts';
import { removeTree } from '../src/util/files/remove-tree.ts';
import { fail, ok } from '../src/util/result.ts';
import { median, table, timed } from './harness.ts';

const ROUNDS = 7;
const SIZES = [
  { size: 10_000, target: 2 },
  { size: 100_000, target: 8 },
];

/** Milliseconds by query. */
type Times = Readonly<Record<string, number>>;

interface Round {
  readonly index: number;
  readonly queries: Times;
}

const asked = Number(process.argv[2] ?? 0);
if (asked > 0) process.stdout.write(JSON.stringify(round(asked)));
else for (const { size, target } of SIZES) await compare(size, target);

async function compare(size: number, target: number): Promise<void> {
  const rounds = await withBazel(size, ask =>
    Array.from({ length: ROUNDS }, () => ({
      // They take turns, so that other load of the machine affects all of them equally.
      empty: timed(process.execPath, ['-e', '0']).milliseconds,
      ours: JSON.parse(timed(process.execPath, [import.meta.filename, String(size)]).stdout) as Round,
      bazel: ask?.(),
    })),
  );
  const base = median(rounds.map(each => each.empty));
  const index = median(rounds.map(each => each.ours.index));
  const rows = queriesOf(size).map(text => {
    const query = median(rounds.map(each => each.ours.queries[text] ?? Number.NaN));
    const theirs = median(rounds.map(each => each.bazel?.[text] ?? Number.NaN));
    const shown = (value: number, digits: number): string => (Number.isNaN(value) ? '-' : value.toFixed(digits));
    return [text, shown(query, 1), shown((base + index + query) / base, 2), shown(theirs / base, 2)];
  });
  process.stdout.write(
    `${size} nodes, indexed in ${index.toFixed(1)} ms; an empty node process takes ${base.toFixed(1)} ms; target × ${target}\n`,
  );
  process.stdout.write(`${table([['', 'ms', '× empty node', 'Bazel × empty node'], ...rows])}\n`);
}

function round(size: number): Round {
  const given = graphOf(size);
  const begun = performance.now();
  const graph = indexGraph(given);
  const index = performance.now() - begun;
  const world = {
    graph,
    select: (pattern: string) => {
      const node = graph.indexOf(pattern);
      if (pattern === '//...') return ok(everything(size));
      return node === undefined
        ? fail({ code: 'AIB_NO_SUCH_LABEL', what: pattern } as const)
        : ok(Uint32Array.of(node));
    },
    attribute: () => ok(() => []),
    facts: () => new Map(),
  };
  const queries: Record<string, number> = {};
  for (const text of queriesOf(size)) {
    const start = performance.now();
    const answer = evaluateQuery(text, world);
    if (!answer.ok || answer.value.length === 0) throw new Error(`${text} gives nothing`);
    const printed = OUTPUTS.label({ world, nodes: answer.value, filesOf: () => [] });
    if (printed.type !== 'lines' || [...printed.lines].join('\n') === '') throw new Error(`${text} says nothing`);
    queries[text] = performance.now() - start;
  }
  return { index, queries };
}

function queriesOf(size: number): readonly string[] {
  const top = labelOf(0);
  const bottom = labelOf(size - 1);
  return [
    `deps(${top})`,
    `rdeps(//..., ${bottom})`,
    `allpaths(${top}, ${bottom})`,
    `somepath(${top}, ${bottom})`,
    'kind("^genrule", //...)',
    'filter("7$", //...)',
    `deps(${top}) - kind(genrule, rdeps(//..., ${bottom})) + filter("3$", //...)`,
  ];
}

/** A chain through all nodes, so that closures are whole graphs, and two more edges from each node to one of the next thousand nodes. */
function graphOf(size: number): readonly QueryNode[] {
  return Array.from({ length: size }, (_, node) => {
    const inputs = targetsOf(node, size).map(target => ({
      name: `in/${target}`,
      label: labelOf(target),
      output: 'out',
    }));
    return { label: labelOf(node), kind: kindOf(node), inputs, outputs: ['out'] };
  });
}

function targetsOf(node: number, size: number): readonly number[] {
  const targets = [node + 1, node + 1 + ((node * 7_919) % 1_000), node + 1 + ((node * 104_729) % 1_000)];
  return [...new Set(targets)].filter(target => target < size);
}

function labelOf(node: number): string {
  return `//:n${node}`;
}

function kindOf(node: number): 'genrule' | 'filegroup' {
  return node % 5 === 0 ? 'genrule' : 'filegroup';
}

/** Passes to `work` a function that runs all queries in Bazel, if it is installed, and ends Bazel afterwards. */
async function withBazel<T>(size: number, work: (ask: (() => Times) | undefined) => T): Promise<T> {
  if (spawnSync('bazel', ['--version']).status !== 0) return work(undefined);
  const folder = mkdtempSync(join(tmpdir(), 'aib-bench-bazel-'));
  // Not beside the files that Bazel unpacks, because it would search them for packages.
  const workspace = join(folder, 'workspace');
  writeWorkspace(workspace, size);
  const bazel = (...words: readonly string[]): number =>
    timed('bazel', ['--nohome_rc', `--output_user_root=${join(folder, 'out')}`, '--max_idle_secs=300', ...words], {
      cwd: workspace,
      env: { ...process.env, HOME: folder },
    }).milliseconds;
  const query = (text: string): number =>
    bazel('query', '--noimplicit_deps', '--notool_deps', '--order_output=no', '--noshow_progress', text);
  try {
    query('//...');
    return work(() => Object.fromEntries(queriesOf(size).map(text => [text, query(text)])));
  } finally {
    bazel('shutdown');
    await removeTree(folder);
  }
}

function writeWorkspace(folder: string, size: number): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'WORKSPACE'), '');
  const rules = Array.from({ length: size }, (_, node) => {
    const srcs = JSON.stringify(targetsOf(node, size).map(labelOf));
    return kindOf(node) === 'genrule'
      ? `genrule(name = "n${node}", srcs = ${srcs}, outs = ["o${node}"], cmd = "true")`
      : `filegroup(name = "n${node}", srcs = ${srcs})`;
  });
  writeFileSync(join(folder, 'BUILD'), `${rules.join('\n')}\n`);
}
