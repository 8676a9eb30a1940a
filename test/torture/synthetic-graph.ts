/**
 * A graph of small actions, the same for the same seed: sources, commands (`sh`) and in-process nodes, files and folders, several inputs
 * and two outputs each. Its outputs depend only on the sources, so two builds of it can be compared byte for byte.
 *
 *     s0 … s4 ──► layer 0 ──► layer 1 ──► … ──► all
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { type Output, programSpec } from '../../src/engine/model/action.ts';
import type { ActionNode, Edge, Label, Node } from '../../src/engine/model/graph.ts';
import { type Program, type ProgramTable, parameterOf } from '../../src/engine/run/program.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { ok } from '../../src/util/result.ts';

export interface GraphOptions {
  /** The folder of the sources; missing ones are written. */
  readonly sources: string;
  readonly seed: number;
  readonly layers: number;
  /** Number of nodes in a layer. */
  readonly width: number;
  /** Share of the nodes that start a process, up to a half; default a quarter. */
  readonly commands?: number;
  /** Bytes that each node adds to its input; default 200. */
  readonly bytes?: number;
  /** Useless bytes in each record: of a large record, SQLite reads a part from the file each time. Default 0. */
  readonly padding?: number;
}

const SOURCES = 5;

/** The node that needs all others, directly or not. */
export const ALL = '//all' as Label;

export function syntheticGraph(options: GraphOptions): readonly Node[] {
  const random = makeRandom(options.seed);
  const nodes: Node[] = [];
  let previous: Edge[] = [];
  mkdirSync(options.sources, { recursive: true });
  for (let index = 0; index < SOURCES; index += 1) {
    const path = join(options.sources, `s${index}`);
    if (!existsSync(path)) writeFileSync(path, `source ${index}\n`);
    const label = `//s${index}` as Label;
    nodes.push(sourceNode({ label, path }));
    previous.push({ label, output: 'file' });
  }
  const unused = new Set<Label>();
  for (let layer = 0; layer < options.layers; layer += 1) {
    const made: Edge[] = [];
    for (let column = 0; column < options.width; column += 1) {
      const needs = pick(previous, random);
      const node = syntheticNode(`//${layer}/${column}` as Label, needs, random(), options);
      nodes.push(node);
      // Most nodes read the output `out` of others, some only the other output.
      made.push({ label: node.label, output: random() < 0.75 ? 'out' : 'more' });
      for (const { label } of needs) unused.delete(label);
    }
    for (const { label } of made) unused.add(label);
    // Some edges skip a layer.
    previous = [...made, ...previous.filter(() => random() < 0.1)];
  }
  const ends = [...unused].map((label): Edge => ({ label, output: 'out' }));
  nodes.push(syntheticNode(ALL, ends, 1, options));
  return nodes;
}

/** A seeded generator, so that a failure can be repeated; values from 0 up to 1. */
export function makeRandom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One to three of them. */
function pick(edges: readonly Edge[], random: () => number): readonly Edge[] {
  const count = 1 + Math.floor(random() * 3);
  return Array.from({ length: count }, () => edges[Math.floor(random() * edges.length)]).filter(
    edge => edge !== undefined,
  );
}

function syntheticNode(label: Label, needs: readonly Edge[], choice: number, options: GraphOptions): ActionNode {
  const { commands = 0.25, bytes = 200, padding = 0 } = options;
  const inputs = Object.fromEntries(needs.map((edge, index) => [`in${index}`, edge]));
  if (choice >= commands) {
    const parameters = { type: choice < 0.5 ? 'directory' : 'file', bytes: String(bytes), ...padded(padding) } as const;
    return inProcessNode(label, inputs, parameters);
  }
  return commandNode({
    label,
    arguments: ['sh', '-euc', COMMAND, String(label), String(bytes)],
    environment: padded(padding),
    inputs,
    outputs: { out: { type: 'file', path: 'out' }, more: { type: 'file', path: 'more' } },
  });
}

/** Everything that was read is reduced to a few bytes, so that outputs do not grow from layer to layer. */
const COMMAND = `
  echo "$0" > sum
  find . -name 'in*' | LC_ALL=C sort | xargs -I@ find @ -type f | LC_ALL=C sort | xargs cksum >> sum
  { cat sum; head -c "$1" /dev/zero; } > out
  tr a-z A-Z < sum > more
`;

function inProcessNode(
  label: Label,
  inputs: Readonly<Record<string, Edge>>,
  parameters: Readonly<Record<string, string>> & { readonly type: Output['type'] },
): ActionNode {
  return {
    type: 'action',
    label,
    kind: 'synthetic',
    inputs,
    outputs: ['out', 'more'],
    prepare: artifacts =>
      ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'synthetic',
          format: 1,
          parameters: { label, ...parameters },
          inputs: new Map(Object.entries(artifacts)),
          outputs: { out: { type: parameters.type, path: 'out' }, more: { type: 'file', path: 'more' } },
        }),
        resources: { cpu: 1 },
      }),
  };
}

function padded(bytes: number): Readonly<Record<string, string>> {
  return bytes === 0 ? {} : { PADDING: '.'.repeat(bytes) };
}

const makeSynthetic: Program = async context => {
  // Lets other work run in between, as a real program would.
  await breath();
  const hash = createHash('sha256').update(parameterOf(context, 'label'));
  for (const [path, type] of context.inputs) {
    const files = type === 'file' ? [path] : context.listInput(path).map(name => `${path}/${name}`);
    for (const file of files) hash.update(readFileSync(context.inputFile(file)));
  }
  const sum = hash.digest('hex');
  const content = sum + '.'.repeat(Number(parameterOf(context, 'bytes')));
  writeFileSync(join(context.folder, 'more'), `more ${sum}`);
  const out = join(context.folder, 'out');
  if (parameterOf(context, 'type') === 'file') {
    writeFileSync(out, content);
  } else {
    mkdirSync(join(out, 'deeper'), { recursive: true });
    writeFileSync(join(out, 'sum'), sum);
    writeFileSync(join(out, 'deeper', 'content'), content);
  }
  return ok(undefined);
};

export const SYNTHETIC_PROGRAMS: ProgramTable = { synthetic: async () => makeSynthetic };
