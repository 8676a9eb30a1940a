/**
 * Replaces the command line after src/cli/start.ts, and builds the synthetic graph of the working folder as `aib build` builds images: with
 * the same start, store, lock, engine, reporter and snapshot, but with the graph from `graph.json` instead of a configuration.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { commandOf } from '../../src/cli/session/null-build.ts';
import { saveSnapshot } from '../../src/cli/session/save-snapshot.ts';
import { findWorkspace } from '../../src/config/workspace/workspace.ts';
import { build, type Target } from '../../src/engine/build/build.ts';
import { type Label, makeGraph, type Node } from '../../src/engine/model/graph.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { makeReporter } from '../../src/report/progress/reporter.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { statTuple } from '../../src/store/content/stat-tuple.ts';
import { lockStore, openStore } from '../../src/store/store.ts';
import type { Result } from '../../src/util/result.ts';
import { joiningRunner } from './joining-runner.ts';
import type { SyntheticNode } from './synthetic.ts';

const at = Date.now();
const [, ...labels] = process.argv.slice(2);
const workspace = got(findWorkspace(process.cwd()));
const store = got(openStore(workspace.cache, { now: Date.now, onNotice: line => process.stderr.write(`${line}\n`) }));
const reporter = makeReporter({
  mode: 'auto',
  out: process.stderr,
  verbose: false,
  now: Date.now,
  logFolder: store.folder,
});
const { signal } = new AbortController();
const lock = await lockStore(store.folder, { pid: process.pid, command: 'bench' }, { onWait: () => {}, signal });

const description = join(workspace.folder, 'graph.json');
const configuration = new Map([description, process.argv[1] ?? ''].map(path => [path, statTuple(path)]));
const described = JSON.parse(readFileSync(description, 'utf8')) as readonly SyntheticNode[];
const targets = described.map(({ index }): Target => ({ label: labelOf(index), outputs: ['out'] }));

const run = store.history.begin(labels.join(' '), store.now());
const result = await build({
  graph: got(makeGraph(nodesOf(described))),
  targets,
  store,
  runners: { command: process.env.AIB_BENCH_FILL === undefined ? localRunner(store) : joiningRunner(store) },
  capacity: { cpu: availableParallelism() },
  onFailure: 'stop',
  signal,
  run,
  emit: event => reporter.emit(event),
});
reporter.close();
if (result.status === 'done' && result.edited.length === 0) {
  // Printed so that the benchmark can check that all contestants have the same result.
  const last = result.outputs.get(labelOf(described.length - 1))?.out?.digest.hash ?? '';
  process.stdout.write(`${last}\n`);
  const summary = { nodes: result.outputs.size, lines: [last] };
  const command = commandOf(workspace, { verb: 'build', labels });
  await saveSnapshot({
    store,
    command,
    at,
    targets,
    outputs: result.outputs,
    configuration,
    made: new Map(),
    summary,
  });
}
lock.release();
store.close();
process.exitCode = result.status === 'done' ? 0 : 1;

function* nodesOf(nodes: readonly SyntheticNode[]): Generator<Node> {
  for (const { index, source, input } of nodes) {
    const from = `//source/${index}` as Label;
    yield sourceNode({ label: from, path: join(workspace.folder, source) });
    const before = input === undefined ? {} : { input: { label: labelOf(input), output: 'out' } };
    yield commandNode({
      label: labelOf(index),
      arguments: ['sh', '-c', `cat source ${Object.keys(before).join(' ')} > out`],
      inputs: { source: { label: from, output: 'file' }, ...before },
      outputs: { out: { type: 'file', path: 'out' } },
    });
  }
}

function labelOf(index: number): Label {
  return `//node/${index}` as Label;
}

function got<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.what}`);
  return result.value;
}
