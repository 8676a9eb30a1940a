/** Very wide, deep and dense graphs of thousands of actions: built, found up to date, and built again after one edit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build } from '../../src/engine/build/build.ts';
import { programSpec } from '../../src/engine/model/action.ts';
import { type ActionNode, type Edge, makeGraph, type Node } from '../../src/engine/model/graph.ts';
import { inProcessRunner } from '../../src/engine/run/in-process-runner.ts';
import { type ProgramTable, parameterOf } from '../../src/engine/run/program.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { openStore } from '../../src/store/store.ts';
import { ok } from '../../src/util/result.ts';
import { edge, label } from '../engine/rig.ts';
import { tier } from '../tier.ts';
import { makeFolder, report } from './rig.ts';

const SIZE = tier === 'first' ? 2_000 : 10_000;

/** Outputs the number of its inputs and the first letter of the source, if it reads that; small, so that only the engine is measured. */
function node(name: string, needs: readonly Edge[]): ActionNode {
  const inputs = Object.fromEntries(needs.map((need, index) => [`in${index}`, need]));
  return {
    type: 'action',
    label: label(name),
    kind: 'small',
    inputs,
    outputs: ['out'],
    prepare: artifacts => {
      const digests = Object.values(artifacts).map(({ digest }) => digest.hash.slice(0, 8));
      const spec = programSpec({
        kind: 'small',
        format: 1,
        parameters: { text: `${name} ${digests.join(' ')}` },
        inputs: new Map(Object.entries(artifacts)),
        outputs: { out: { type: 'file', path: 'out' } },
      });
      return ok({ sort: 'builtin', spec, resources: { cpu: 1 } });
    },
  };
}

const PROGRAMS: ProgramTable = {
  small: async () => async context => {
    writeFileSync(join(context.folder, 'out'), parameterOf(context, 'text'));
    return ok(undefined);
  },
};

const SOURCE = edge('source', 'file');

const SHAPES: Readonly<Record<string, () => { readonly nodes: readonly Node[]; readonly last: string }>> = {
  //  source ──► n0 … n9999 ──► last
  wide: () => {
    const names = Array.from({ length: SIZE - 1 }, (_, index) => `n${index}`);
    const last = node(
      'last',
      names.map(name => edge(name)),
    );
    return { nodes: [...names.map(name => node(name, [SOURCE])), last], last: 'last' };
  },
  //  source ──► n0 ──► n1 ──► … ──► n9999
  deep: () => ({
    nodes: Array.from({ length: SIZE }, (_, index) =>
      node(`n${index}`, [index === 0 ? SOURCE : edge(`n${index - 1}`)]),
    ),
    last: `n${SIZE - 1}`,
  }),
  //  each pair depends on both nodes of the previous pair: 2^5000 paths
  diamonds: () => ({
    nodes: Array.from({ length: SIZE }, (_, index) => {
      const pair = index - (index % 2);
      return node(`n${index}`, pair === 0 ? [SOURCE] : [edge(`n${pair - 2}`), edge(`n${pair - 1}`)]);
    }),
    last: `n${SIZE - 1}`,
  }),
};

test.each(Object.keys(SHAPES))(
  'a graph of thousands of actions that is %s',
  async shape => {
    const { nodes, last } = SHAPES[shape]?.() ?? expect.unreachable();
    const folder = makeFolder();
    const path = join(folder, 'source');
    writeFileSync(path, 'one');
    const graph = makeGraph([sourceNode({ label: label('source'), path }), ...nodes]);
    if (!graph.ok) throw new Error(graph.error.what);
    const run = async () => {
      const opened = openStore(join(folder, 'cache'), { now: Date.now, onNotice: line => expect.unreachable(line) });
      if (!opened.ok) throw new Error(opened.error.what);
      const store = opened.value;
      const began = performance.now();
      const result = await build({
        graph: graph.value,
        targets: [{ label: label(last), outputs: ['out'] }],
        store,
        runners: { builtin: inProcessRunner(store, PROGRAMS) },
        capacity: { cpu: 4 },
        onFailure: 'stop',
        signal: new AbortController().signal,
        run: store.history.begin('test', store.now()),
        emit: () => {},
      });
      const took = Math.round(performance.now() - began);
      expect(result.status).toBe('done');
      store.close();
      return { took, ran: result.ran };
    };
    const reached = shape === 'diamonds' ? SIZE - 1 : SIZE;
    const cold = await run();
    expect(cold.ran).toBe(reached);
    const warm = await run();
    expect(warm.ran).toBe(0);
    writeFileSync(path, 'two');
    const edited = await run();
    expect(edited.ran).toBe(reached);
    report(`${shape} graph`, {
      actions: reached,
      'ms cold': cold.took,
      'ms with nothing to do': warm.took,
      'ms after an edit that reaches all': edited.took,
    });
    // Quadratic work would take longer than a build of everything.
    expect(warm.took).toBeLessThan(cold.took);
  },
  240_000,
);
