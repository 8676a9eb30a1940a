/**
 * Builds of random graphs after random edits, losses and failures must have the result of a clean build, without repeating earlier work.
 * Edits change sources, actions, edges, and the set of nodes; actions break and are fixed.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Outputs } from '../../src/engine/model/graph.ts';
import type { Artifact } from '../../src/store/content/artifact.ts';
import { fail, ok } from '../../src/util/result.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { edge, inProcess, label, makeRig, reopen, type Work } from './rig.ts';

const SOURCES = 3;
const NODES = 9;
/** `side` changes less often than `out`, so that one of the two often stays the same. */
const OUTPUTS = ['out', 'side'] as const;

/** `join` reacts to every change of an input, `first` only to that of one, `parity` to nearly none, so that early cutoff happens. */
type Operation = 'join' | 'first' | 'parity';

interface Model {
  readonly sources: readonly string[];
  readonly nodes: readonly {
    readonly operation: Operation;
    readonly salt: string;
    /** Indices of sources, then two for each earlier node, one for each of its outputs; indices of missing nodes are ignored. */
    readonly needs: readonly number[];
    readonly isThere: boolean;
    /** Its action fails; this is in its key, like the script of a command. */
    readonly isBroken: boolean;
  }[];
}

type Edit =
  | { readonly type: 'source'; readonly index: number; readonly content: string }
  | { readonly type: 'salt'; readonly index: number; readonly salt: string }
  | { readonly type: 'needs'; readonly index: number; readonly needs: readonly number[] }
  | { readonly type: 'remove' | 'add' | 'break' | 'mend'; readonly index: number }
  | { readonly type: 'lose'; readonly index: number };

const content = fc.constantFrom('', 'a', 'b', 'ab');
const needsOf = (index: number) => fc.uniqueArray(fc.nat(SOURCES + OUTPUTS.length * index - 1), { maxLength: 3 });
const model: fc.Arbitrary<Model> = fc.record({
  sources: fc.tuple(...Array.from({ length: SOURCES }, () => content)),
  nodes: fc.tuple(
    ...Array.from({ length: NODES }, (_, index) =>
      fc.record({
        operation: fc.constantFrom<Operation>('join', 'first', 'parity'),
        salt: fc.constantFrom('x', 'y'),
        needs: needsOf(index),
        isThere: fc.constant(true),
        isBroken: fc.constant(false),
      }),
    ),
  ),
});
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ type: fc.constant('source' as const), index: fc.nat(SOURCES - 1), content }),
  fc.record({ type: fc.constant('salt' as const), index: fc.nat(NODES - 1), salt: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ type: fc.constant('lose' as const), index: fc.nat(NODES - 1) }),
  fc.nat(NODES - 1).chain(index => needsOf(index).map(needs => ({ type: 'needs' as const, index, needs }))),
  // Nodes are added more often than removed, so that graphs do not become empty.
  fc.record({ type: fc.constantFrom('remove', 'add', 'add', 'break', 'break', 'mend'), index: fc.nat(NODES - 1) }),
);
const round = fc.record({
  edits: fc.array(edit, { maxLength: 8, size: 'max' }),
  targets: fc.uniqueArray(fc.nat(NODES - 1), { minLength: 1, maxLength: 3 }),
});

function apply({ operation, salt }: Model['nodes'][number], texts: readonly string[]): string {
  if (operation === 'join') return `${salt}(${texts.join(',')})`;
  if (operation === 'first') return `${salt}${texts[0] ?? ''}`;
  return String(texts.join('').length % 2);
}

function sideOf(out: string): string {
  return `side ${out.length % 3}`;
}

/** The node and the output of a need; undefined for a source. */
function nodeOf(need: number): { readonly node: number; readonly output: (typeof OUTPUTS)[number] } | undefined {
  const at = need - SOURCES;
  if (at < 0) return undefined;
  return { node: Math.floor(at / OUTPUTS.length), output: OUTPUTS[at % OUTPUTS.length] ?? 'out' };
}

interface Expected {
  /** The text of its output `out`; undefined for a node that is broken, or needs a broken one. */
  readonly text: string | undefined;
  readonly identity: string;
  readonly isBroken: boolean;
}

/** The expected result of every node, and the text that identifies its action. */
function evaluate(state: Model): readonly Expected[] {
  const texts: (string | undefined)[] = [...state.sources];
  return state.nodes.map((node, position) => {
    const inputs = neededBy(state, position).map(index => texts[index]);
    const isWhole = !node.isBroken && inputs.every(input => input !== undefined);
    const text = isWhole ? apply(node, inputs) : undefined;
    texts.push(text, text === undefined ? undefined : sideOf(text));
    return { text, identity: JSON.stringify([node.operation, node.salt, inputs]), isBroken: node.isBroken };
  });
}

/** Its needs that exist. */
function neededBy({ nodes }: Model, position: number): readonly number[] {
  return (nodes[position]?.needs ?? []).filter(need => nodes[nodeOf(need)?.node ?? NODES]?.isThere ?? need < SOURCES);
}

function change(before: Model, edits: readonly Edit[]): Model {
  let { sources, nodes } = before;
  for (const each of edits) {
    if (each.type === 'source') sources = sources.with(each.index, each.content);
    const node = nodes[each.index];
    if (node === undefined) continue;
    if (each.type === 'salt') nodes = nodes.with(each.index, { ...node, salt: each.salt });
    if (each.type === 'needs') nodes = nodes.with(each.index, { ...node, needs: each.needs });
    if (each.type === 'remove' || each.type === 'add')
      nodes = nodes.with(each.index, { ...node, isThere: each.type === 'add' });
    if (each.type === 'break' || each.type === 'mend')
      nodes = nodes.with(each.index, { ...node, isBroken: each.type === 'break' });
  }
  return { sources, nodes };
}

function makeNodes(rig: ReturnType<typeof makeRig>, state: Model, random: () => number) {
  const { sources, nodes } = state;
  const needed = (need: number) => {
    const from = nodeOf(need);
    return from === undefined ? edge(`s${need}`, 'file') : edge(`n${from.node}`, from.output);
  };
  return [
    ...sources.map((text, index) => rig.source(`s${index}`, text)),
    ...nodes.flatMap((node, index) => {
      if (!node.isThere) return [];
      const needs = neededBy(state, index);
      const inputs = Object.fromEntries(needs.map((need, position) => [`in${position}`, needed(need)]));
      const key = `${node.operation} ${node.salt}${node.isBroken ? ' broken' : ''}`;
      const work: Work = async texts => {
        for (let pause = random() * 4; pause > 1; pause -= 1) await breath();
        if (node.isBroken) return fail({ code: 'AIB_COMMAND_FAILED', what: `n${index} is broken` });
        const read = needs.map((_, position) => texts[`in${position}`] ?? '');
        const out = apply(node, read);
        return ok({ out, side: sideOf(out) });
      };
      return [inProcess(`n${index}`, key, inputs, work, { outputs: OUTPUTS })];
    }),
  ];
}

test('any sequence of edits and builds comes to what a clean build comes to, and repeats no work', {
  timeout: 120_000,
}, async () => {
  const counts = { builds: 0, actions: 0, failures: 0 };
  await fc.assert(
    fc.asyncProperty(
      model,
      fc.array(round, { minLength: 1, maxLength: 5, size: 'max' }),
      fc.nat(1_000_000),
      async (first, rounds, seed) => {
        const rig = makeRig();
        const random = makeRandom(seed);
        const known = new Map<string, Outputs>();
        let state = first;
        for (const { edits, targets: wished } of rounds) {
          state = change(state, edits);
          const expected = evaluate(state);
          const targets = wished.filter(index => state.nodes[index]?.isThere === true);
          const reached = closure(state, targets);
          const failing = [...reached].some(index => expected[index]?.isBroken === true);
          const identityOf = (name: string): string => expected[Number(name.replace('//n', ''))]?.identity ?? '';
          for (const { type, index } of edits) {
            const made = type === 'lose' ? known.get(expected[index]?.identity ?? '') : undefined;
            const lost = made?.[random() < 0.5 ? 'out' : 'side'];
            if (lost !== undefined) rmSync(rig.store.blobs.path(lost.digest), { force: true });
          }
          const isThere = ({ digest }: Artifact): boolean => existsSync(rig.store.blobs.path(digest));
          // The oracle of least work: an action may run only if it never ran, or if its bytes are gone.
          const mayRun = new Set(
            expected
              .map(({ identity }) => identity)
              .filter(identity => {
                const made = known.get(identity);
                return made === undefined || !Object.values(made).every(isThere);
              }),
          );
          const store = reopen(join(rig.folder, 'cache'));
          try {
            const built = await rig.build(
              makeNodes(rig, state, random),
              targets.map(index => `n${index}`),
              {
                store,
                capacity: { cpu: 1 + Math.floor(random() * 4) },
                shuffle: () => random() * 1e6,
                onFailure: 'keep-going',
              },
            );
            expect(built.status).toBe(failing ? 'failed' : 'done');
            for (const index of targets) {
              const text = expected[index]?.text;
              if (text === undefined) expect(built.outputs.has(label(`n${index}`))).toBe(false);
              else expect(await rig.text(built, `n${index}`)).toBe(text);
            }
            const failed = [...built.failures.keys()].map(name => expected[Number(name.replace('//n', ''))]?.isBroken);
            expect(failed.every(isBroken => isBroken === true)).toBe(true);
            const ran = built.started.filter(name => !built.failures.has(label(name.slice(2)))).map(identityOf);
            expect(new Set(ran).size).toBe(ran.length);
            for (const identity of ran) expect(mayRun).toContain(identity);
            for (const [name, outputs] of built.outputs)
              if (name.startsWith('//n')) known.set(identityOf(name), outputs);
            counts.builds += 1;
            counts.failures += built.failures.size;
            counts.actions += ran.length;
            const again = await rig.build(
              makeNodes(rig, state, random),
              targets.map(index => `n${index}`),
              { store, onFailure: 'keep-going' },
            );
            // Failures are not recorded: broken nodes are tried again, and nothing else.
            expect(again.started.every(name => built.failures.has(label(name.slice(2))))).toBe(true);
          } finally {
            store.close();
          }
        }
        const clean = makeRig();
        const left = state.nodes.flatMap(({ isThere }, index) => (isThere ? [`n${index}`] : []));
        const built = await clean.build(makeNodes(clean, state, random), left, { onFailure: 'keep-going' });
        for (const [index, { text }] of evaluate(state).entries())
          if (built.outputs.has(label(`n${index}`))) expect(await clean.text(built, `n${index}`)).toBe(text);
      },
    ),
    { numRuns: 80 },
  );
  expect(Math.min(counts.builds, counts.failures)).toBeGreaterThan(5);
  const words = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stdout.write(`any graph: ${words.join(', ')}, none wrong\n`);
});

/** Indices of these nodes and of all their dependencies. */
function closure(state: Model, targets: readonly number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  const queue = [...targets];
  for (const index of queue) {
    if (reached.has(index)) continue;
    reached.add(index);
    for (const need of neededBy(state, index)) {
      const from = nodeOf(need);
      if (from !== undefined) queue.push(from.node);
    }
  }
  return reached;
}
