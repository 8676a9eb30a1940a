/**
 * Compares aib with ninja, GNU make and Bazel on the same graph: `node bench/graph.ts [--rounds N] [--without TOOL]… [SIZE…]`, by default
 * 1,000, 10,000 and 100,000 nodes. Nothing to do, one source changed, and everything to do; time as ratios, and peak memory. Tools that are
 * not installed are reported and left out.
 *
 * `null` is `./aib build` with its launcher. The two others start without the launcher, because the graph does not contain images.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aibHome } from '../src/util/files/home.ts';
import { bundleGraph } from './graph/bundle.ts';
import { aib, bazel, type CommandLine, type GraphTool, make, ninja } from './graph/contestants.ts';
import { changedNode, countDependents } from './graph/synthetic.ts';
import { EMPTY_NODE, launcherNode, type Ran, ratioTable, type Timings, table, takeTurns, timed } from './harness.ts';

const TIME = '/usr/bin/time';
/** With more nodes a cold build takes almost an hour, and Bazel is left out. */
const MOST_FOR_COLD = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, without: { type: 'string', multiple: true, default: [] } },
});
const sizes = (positionals.length > 0 ? positionals : ['1000', '10000', '100000']).map(Number);
if (!sizes.every(size => Number.isInteger(size) && size >= 8)) {
  process.stderr.write(`a size is a whole number from 8 on, not ${positionals.join(' ')}\n`);
  process.exit(2);
}

const launcher = join(aibHome(), 'aib');
// Makes the bundle that the launcher runs.
timed(launcher, ['--version']);
const bundle = await bundleGraph();
try {
  for (const size of sizes) measure(size);
} finally {
  bundle.remove();
}

function measure(size: number): void {
  const base = mkdtempSync(join(tmpdir(), 'aib-bench-'));
  const tools: GraphTool[] = [];
  try {
    say(`\n# ${size} nodes\n`);
    for (const make of toolsFor(size)) tools.push(make(base));
    const rounds = Number(values.rounds ?? Math.max(5, Math.min(15, Math.round(100_000 / size))));
    const peaks = {
      cold: size > MOST_FOR_COLD ? fill(tools) : measureCold(tools, size > 1_000 ? 1 : Math.min(3, rounds)),
      null: measureNull(tools, rounds),
      incremental: measureIncremental(tools, size, rounds),
    };
    say('\npeak memory, MiB\n');
    const rows = tools.map((tool, index) => [tool.name, ...Object.values(peaks).map(peak => peak[index] ?? '-')]);
    say(table([['', ...Object.keys(peaks)], ...rows]));
  } finally {
    for (const tool of tools) tool.end?.();
    rmSync(base, { recursive: true, force: true });
  }
}

function toolsFor(size: number): readonly ((base: string) => GraphTool)[] {
  const programs = { launcher, node: launcherNode(), start: bundle.start };
  const makers = { aib: (folder: string) => aib(folder, size, programs), ninja, make, bazel };
  return Object.entries(makers).flatMap(([name, maker]) => {
    if (values.without.includes(name) || (name === 'bazel' && size > MOST_FOR_COLD)) return [];
    if (name !== 'aib' && spawnSync(name, ['--version'], { stdio: 'ignore' }).status !== 0) {
      say(`${name} is not installed, and left out\n`);
      return [];
    }
    return [
      (base: string) => {
        mkdirSync(join(base, name));
        return maker(join(base, name), size);
      },
    ];
  });
}

/** Builds everything, in the fastest way with the same result. */
function fill(tools: readonly GraphTool[]): readonly string[] {
  for (const tool of tools) {
    tool.clean();
    const [program, ...words] = tool.command;
    timed(program, words, { cwd: tool.folder, env: { ...process.env, AIB_BENCH_FILL: '1' } });
  }
  mustAgree(tools);
  return [];
}

/** Everything must be done; time and memory are measured in the same processes. */
function measureCold(tools: readonly GraphTool[], rounds: number): readonly string[] {
  const peaks = new Map<GraphTool, string>();
  const timings = takeTurns(
    tools.map(tool => ({
      name: tool.name,
      run: () => {
        tool.clean();
        const { milliseconds, peak } = runForMemory(tool, tool.command);
        peaks.set(tool, peak);
        return milliseconds;
      },
    })),
    rounds,
  );
  report('cold: everything is to be done', rounds, timings);
  mustAgree(tools);
  return tools.map(tool => peaks.get(tool) ?? '');
}

function measureNull(tools: readonly GraphTool[], rounds: number): readonly string[] {
  const contestants = tools.map(tool => {
    const command = tool.nullCommand ?? tool.command;
    const run = (): number => {
      const { milliseconds, stderr } = runTool(tool, command);
      if (tool.name === 'aib' && !stderr.startsWith('up to date:')) throw new Error(`not a null build: ${stderr}`);
      return milliseconds;
    };
    return { name: tool.name, run };
  });
  const timings = takeTurns([EMPTY_NODE, ...contestants], rounds);
  report('null: nothing is to be done', rounds, timings);
  return tools.map(tool => runForMemory(tool, tool.nullCommand ?? tool.command).peak);
}

function measureIncremental(tools: readonly GraphTool[], size: number, rounds: number): readonly string[] {
  const { index, source } = changedNode(size);
  const count = countDependents(index, size);
  const change = (tool: GraphTool, content: string): void => {
    writeFileSync(join(tool.folder, source), `${content}\n`);
    // A change at the moment of the start of a build would be another case.
    pause(50);
  };
  let round = 0;
  const contestants = tools.map((tool, position) => {
    const run = (): number => {
      if (position === 0) round += 1;
      change(tool, `change ${round}`);
      const { milliseconds, stderr } = runTool(tool, tool.command);
      if (tool.name === 'aib' && !stderr.includes(`done: ${count} actions run`))
        throw new Error(`not ${count} actions: ${stderr}`);
      return milliseconds;
    };
    return { name: tool.name, run };
  });
  const timings = takeTurns(contestants, rounds);
  report(`incremental: one source changed, ${count} nodes are to be made`, rounds, timings);
  mustAgree(tools);
  return tools.map(tool => {
    change(tool, 'for its memory');
    return runForMemory(tool, tool.command).peak;
  });
}

/** All tools must have the same result, or they did not do the same work. */
function mustAgree(tools: readonly GraphTool[]): void {
  const made = tools.map(tool => `${tool.name} ${tool.last(runTool(tool, tool.command).stdout)}`);
  if (new Set(made.map(text => text.split(' ')[1])).size !== 1)
    throw new Error(`not all made the same: ${made.join(', ')}`);
}

function runTool({ folder }: GraphTool, [program, ...words]: CommandLine): Ran {
  return timed(program, words, { cwd: folder });
}

/** Also returns the peak memory of the largest process in MiB, if there is a program that measures it. */
function runForMemory(tool: GraphTool, command: CommandLine): Ran & { readonly peak: string } {
  if (!existsSync(TIME)) return { ...runTool(tool, command), peak: '-' };
  const file = join(tool.folder, 'peak');
  const ran = runTool(tool, [TIME, '--format=%M', `--output=${file}`, ...command]);
  const own = Number(readFileSync(file, 'utf8').trim());
  return { ...ran, peak: ((tool.serverMemory?.() ?? own) / 1_024).toFixed(1) };
}

function report(title: string, rounds: number, timings: readonly Timings[]): void {
  const bases = timings.filter(({ name }) => name === EMPTY_NODE.name || name === 'ninja');
  say(`\n${title}; ms, ${rounds} ${rounds === 1 ? 'run' : 'runs'} each\n${ratioTable(timings, bases)}`);
}

function say(text: string): void {
  process.stdout.write(text);
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
