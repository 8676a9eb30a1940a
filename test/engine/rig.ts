/** A temporary store, and functions that build small graphs of shell commands in it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type BuildRequest, type BuildResult, build, type Target } from '../../src/engine/build/build.ts';
import { type Output, programSpec, type Resources } from '../../src/engine/model/action.ts';
import type { BuildEvent } from '../../src/engine/model/events.ts';
import { type ActionNode, type Edge, type Label, makeGraph, type Node } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { type Program, type ProgramContext, type ProgramTable, parameterOf } from '../../src/engine/run/program.ts';
import type { Runners } from '../../src/engine/run/runner.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { BUILTINS } from '../../src/rules/programs/builtin-table.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { ok, type Result } from '../../src/util/result.ts';
import { SYNTHETIC_PROGRAMS } from '../torture/synthetic-graph.ts';

/** A folder in memory, if there is one, so that nothing waits for a disk. */
const BASE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export interface Rig {
  readonly folder: string;
  readonly store: Store;
  /** A source node over a file of the rig; writes the file. */
  readonly source: (name: string, content: string) => Node;
  readonly write: (name: string, content: string) => void;
  readonly build: (
    nodes: readonly Node[],
    targets: readonly string[],
    options?: Partial<BuildRequest>,
  ) => Promise<Built>;
  readonly text: (built: Built, label: string, output?: string) => Promise<string>;
}

export interface Built extends BuildResult {
  readonly events: readonly BuildEvent[];
  /** Labels whose action ran, in the order in which they started. */
  readonly started: readonly string[];
}

export function label(name: string): Label {
  return `//${name}` as Label;
}

export function edge(name: string, output = 'out'): Edge {
  return { label: label(name), output };
}

/** A node that runs a shell script in its input root; writes `out`. */
export function shell(
  name: string,
  script: string,
  inputs: Readonly<Record<string, Edge>> = {},
  options: {
    readonly outputs?: Readonly<Record<string, Output>>;
    readonly resources?: Resources;
    readonly timeoutSeconds?: number;
  } = {},
): Node {
  return commandNode({
    label: label(name),
    arguments: ['sh', '-euc', script],
    inputs,
    outputs: options.outputs ?? { out: { type: 'file', path: 'out' } },
    ...(options.resources === undefined ? {} : { resources: options.resources }),
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds }),
  });
}

/** The work of an in-process node: gets the texts of its inputs, and returns the texts of its outputs. */
export type Work = (
  texts: Readonly<Record<string, string>>,
  context: ProgramContext,
) => Promise<Result<Readonly<Record<string, string>>>>;

/**
 * The work of nodes in tests, by the content of their keys, because an action contains no function. If two are equal, the newer one counts.
 */
const WORKS = new Map<string, Program>();

function workId(text: string, inputs: Iterable<string>): string {
  return JSON.stringify([text, [...inputs].sort()]);
}

/** A node that runs inside aib, without a process; `text` is everything in its key except the inputs. */
export function inProcess(
  name: string,
  text: string,
  inputs: Readonly<Record<string, Edge>>,
  work: Work,
  options: { readonly outputs?: readonly string[]; readonly timeoutSeconds?: number } = {},
): ActionNode {
  const outputs = options.outputs ?? ['out'];
  WORKS.set(workId(text, Object.keys(inputs)), async context => {
    const texts = Object.keys(inputs).map(input => [input, readFileSync(context.inputFile(input), 'utf8')] as const);
    const made = await work(Object.fromEntries(texts), context);
    if (!made.ok) return made;
    for (const [output, content] of Object.entries(made.value)) writeFileSync(join(context.folder, output), content);
    return ok(undefined);
  });
  return {
    type: 'action',
    label: label(name),
    kind: 'in-process',
    inputs,
    outputs,
    prepare: artifacts => {
      const declared = outputs.map(output => [output, { type: 'file', path: output } as const] as const);
      const spec = programSpec({
        kind: 'in-process',
        format: 1,
        parameters: { text },
        inputs: new Map(Object.entries(artifacts)),
        outputs: Object.fromEntries(declared),
      });
      const { timeoutSeconds = 0 } = options;
      return ok({ sort: 'builtin', spec: { ...spec, timeoutSeconds }, resources: { cpu: 1 } });
    },
  };
}

/** aib's own builtins, and the work of test nodes; run in this process, where a test can observe and stop them. */
const TEST_PROGRAMS: ProgramTable = {
  ...BUILTINS,
  ...SYNTHETIC_PROGRAMS,
  'in-process': async () => async context => {
    const work = WORKS.get(workId(parameterOf(context, 'text'), context.inputs.keys()));
    if (work === undefined) throw new Error('a node that no test made');
    return work(context);
  },
};

export function makeRig(): Rig {
  const folder = mkdtempSync(join(BASE, 'aib-engine-'));
  const store = reopen(join(folder, 'cache'));
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  return {
    folder,
    store,
    write,
    source: (name, content) => {
      write(name, content);
      return sourceNode({ label: label(name), path: join(folder, name) });
    },
    build: async (nodes, targets, options = {}) => {
      const graph = makeGraph(nodes);
      if (!graph.ok) throw new Error(graph.error.what);
      const events: BuildEvent[] = [];
      const result = await build({
        graph: graph.value,
        targets: targets.map((name): Target => ({ label: label(name), outputs: ['out'] })),
        store,
        capacity: { cpu: 2 },
        onFailure: 'stop',
        signal: new AbortController().signal,
        run: store.history.begin('test', store.now()),
        ...options,
        runners: runnersOf(options.store ?? store, options.runners),
        emit: event => {
          events.push(event);
          options.emit?.(event);
        },
      });
      const started = events.flatMap(event => (event.type === 'running' ? [event.label] : []));
      return { ...result, events, started };
    },
    text: async (built, name, output = 'out') => {
      const artifact = built.outputs.get(label(name))?.[output];
      if (artifact === undefined) throw new Error(`${name} has no output ${output}`);
      return (await store.blobs.read(artifact.digest)).toString();
    },
  };
}

function runnersOf(store: Store, own: Runners = {}): Runners {
  return { command: localRunner(store), builtin: inProcessRunner(store, TEST_PROGRAMS), ...own };
}

export function reopen(folder: string): Store {
  const store = openStore(folder, { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(store.error.what);
  return store.value;
}
