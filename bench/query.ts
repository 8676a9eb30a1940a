/**
 * How long queries over large graphs take, beside an empty node process: `node bench/query.ts`. Judges by ratios, never by absolute times.
 *
 * Each round is a process of its own, so that nothing is warm: it makes a graph, then takes the time of indexing it and of each query. The
 * ratio is what a process that does both would take, to one that does nothing.
 */
import { execFileSync } from 'node:child_process';
import { evaluateQuery } from '../src/query/evaluate.ts';
import { indexGraph, type QueryNode } from '../src/query/index-graph.ts';
import { everything } from '../src/query/node-set.ts';
import { fail, ok } from '../src/util/result.ts';
import { median } from './harness.ts';

const ROUNDS = 7;
const SIZES = [
  { size: 10_000, target: 2 },
  { size: 100_000, target: 8 },
];

interface Round {
  readonly index: number;
  readonly queries: Readonly<Record<string, number>>;
}

const size = Number(process.argv[2] ?? 0);
if (size > 0) process.stdout.write(JSON.stringify(round(size)));
else compare();

function compare(): void {
  const empty: number[] = [];
  const rounds = SIZES.map(each => ({ ...each, rounds: [] as Round[] }));
  // They take turns, so that whatever else the machine does falls on all of them alike.
  for (let count = 0; count < ROUNDS; count += 1) {
    const start = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    empty.push(performance.now() - start);
    for (const each of rounds) {
      const words = [import.meta.filename, String(each.size)];
      each.rounds.push(JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Round);
    }
  }
  const base = median(empty);
  process.stdout.write(`empty node process: ${base.toFixed(1)} ms (median of ${ROUNDS})\n`);
  for (const each of rounds) {
    const index = median(each.rounds.map(one => one.index));
    process.stdout.write(
      `\n${each.size} nodes, indexed in ${index.toFixed(1)} ms; target ${each.target}\n     ms  ratio\n`,
    );
    for (const text of Object.keys(each.rounds[0]?.queries ?? {})) {
      const time = median(each.rounds.map(one => one.queries[text] ?? 0));
      const ratio = (base + index + time) / base;
      process.stdout.write(`${time.toFixed(1).padStart(7)} ${ratio.toFixed(2).padStart(6)}  ${text}\n`);
    }
  }
}

function round(nodes: number): Round {
  const given = graphOf(nodes);
  const begun = performance.now();
  const graph = indexGraph(given);
  const index = performance.now() - begun;
  const world = {
    graph,
    select: (pattern: string) => {
      const node = graph.indexOf(pattern);
      if (pattern === '//...') return ok(everything(nodes));
      return node === undefined
        ? fail({ code: 'AIB_NO_SUCH_LABEL', what: pattern } as const)
        : ok(Uint32Array.of(node));
    },
    attribute: () => ok(() => []),
    facts: () => new Map(),
  };
  const top = '//n/0';
  const bottom = `//n/${nodes - 1}`;
  const queries: Record<string, number> = {};
  for (const text of [
    `deps(${top})`,
    `rdeps(//..., ${bottom})`,
    `allpaths(${top}, ${bottom})`,
    `somepath(${top}, ${bottom})`,
    'kind("^disk$", //...)',
    'filter("7$", //...)',
    `deps(${top}) - kind(disk, rdeps(//..., ${bottom})) + filter("3$")`,
  ]) {
    const start = performance.now();
    const answer = evaluateQuery(text, world);
    queries[text] = performance.now() - start;
    if (!answer.ok || answer.value.length === 0) throw new Error(`${text} gives nothing`);
  }
  return { index, queries };
}

/** A chain through all nodes, so that closures are whole graphs, and two more edges from each node to the next thousand. */
function graphOf(nodes: number): readonly QueryNode[] {
  return Array.from({ length: nodes }, (_, node) => {
    const targets = [node + 1, node + 1 + ((node * 7_919) % 1_000), node + 1 + ((node * 104_729) % 1_000)];
    const inputs = [...new Set(targets)]
      .filter(target => target < nodes)
      .map(target => ({ name: `in/${target}`, label: `//n/${target}`, output: 'out' }));
    return { label: `//n/${node}`, kind: node % 5 === 0 ? 'disk' : 'image', inputs, outputs: ['out'] };
  });
}
