/** Builds of random graphs after random edits and losses must come to what a clean build comes to, with no work that was done before. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Artifact } from '../../src/store/records.ts';
import { ok } from '../../src/util/result.ts';
import { edge, inProcess, label, makeRig, reopen } from './rig.ts';

const SOURCES = 3;
const NODES = 9;

/** `join` shows every change of an input, `first` only that of one, `parity` nearly none: what is behind it is cut off. */
type Operation = 'join' | 'first' | 'parity';

interface Model {
  readonly sources: readonly string[];
  readonly nodes: readonly {
    readonly operation: Operation;
    readonly salt: string;
    /** Indices of sources, then of earlier nodes. */
    readonly needs: readonly number[];
  }[];
}

type Edit =
  | { readonly type: 'source'; readonly index: number; readonly content: string }
  | { readonly type: 'salt'; readonly index: number; readonly salt: string }
  | { readonly type: 'lose'; readonly index: number };

const content = fc.constantFrom('', 'a', 'b', 'ab');
const model: fc.Arbitrary<Model> = fc.record({
  sources: fc.tuple(...Array.from({ length: SOURCES }, () => content)),
  nodes: fc.tuple(
    ...Array.from({ length: NODES }, (_, index) =>
      fc.record({
        operation: fc.constantFrom<Operation>('join', 'first', 'parity'),
        salt: fc.constantFrom('x', 'y'),
        needs: fc.uniqueArray(fc.nat(SOURCES + index - 1), { maxLength: 3 }),
      }),
    ),
  ),
});
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ type: fc.constant('source' as const), index: fc.nat(SOURCES - 1), content }),
  fc.record({ type: fc.constant('salt' as const), index: fc.nat(NODES - 1), salt: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ type: fc.constant('lose' as const), index: fc.nat(NODES - 1) }),
);
const round = fc.record({
  edits: fc.array(edit, { maxLength: 4 }),
  targets: fc.uniqueArray(fc.nat(NODES - 1), { minLength: 1, maxLength: 3 }),
});

function apply({ operation, salt }: Model['nodes'][number], texts: readonly string[]): string {
  if (operation === 'join') return `${salt}(${texts.join(',')})`;
  if (operation === 'first') return `${salt}${texts[0] ?? ''}`;
  return String(texts.join('').length % 2);
}

/** What every node must come to, and what its action is told apart by. */
function evaluate({ sources, nodes }: Model): readonly { readonly text: string; readonly identity: string }[] {
  const texts: string[] = [...sources];
  return nodes.map(node => {
    const inputs = node.needs.map(index => texts[index] ?? '');
    const text = apply(node, inputs);
    texts.push(text);
    return { text, identity: JSON.stringify([node.operation, node.salt, inputs]) };
  });
}

function change(before: Model, edits: readonly Edit[]): Model {
  let { sources, nodes } = before;
  for (const each of edits) {
    if (each.type === 'source') sources = sources.with(each.index, each.content);
    const node = nodes[each.index];
    if (each.type === 'salt' && node !== undefined) nodes = nodes.with(each.index, { ...node, salt: each.salt });
  }
  return { sources, nodes };
}

/** A small generator of its own, so that a failing order can be played again. */
function makeRandom(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function makeNodes(rig: ReturnType<typeof makeRig>, { sources, nodes }: Model, random: () => number) {
  const needed = (index: number) => (index < SOURCES ? edge(`s${index}`, 'file') : edge(`n${index - SOURCES}`));
  return [
    ...sources.map((text, index) => rig.source(`s${index}`, text)),
    ...nodes.map((node, index) => {
      const inputs = Object.fromEntries(node.needs.map((need, position) => [`in${position}`, needed(need)]));
      return inProcess(`n${index}`, `${node.operation} ${node.salt}`, inputs, async texts => {
        for (let pause = random() * 4; pause > 1; pause -= 1) await breath();
        return ok({
          out: apply(
            node,
            node.needs.map((_, position) => texts[`in${position}`] ?? ''),
          ),
        });
      });
    }),
  ];
}

test('any sequence of edits and builds comes to what a clean build comes to, and repeats no work', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      model,
      fc.array(round, { minLength: 1, maxLength: 4 }),
      fc.nat(1_000_000),
      async (first, rounds, seed) => {
        const rig = makeRig();
        const random = makeRandom(seed);
        const known = new Map<string, Artifact>();
        let state = first;
        for (const { edits, targets } of rounds) {
          state = change(state, edits);
          const expected = evaluate(state);
          const identityOf = (name: string): string => expected[Number(name.replace('//n', ''))]?.identity ?? '';
          for (const { type, index } of edits) {
            const made = type === 'lose' ? known.get(expected[index]?.identity ?? '') : undefined;
            if (made !== undefined) rmSync(rig.store.blobs.path(made.digest), { force: true });
          }
          const isThere = ({ digest }: Artifact): boolean => existsSync(rig.store.blobs.path(digest));
          // The oracle of least work: an action may run if it never did, or if its bytes are gone.
          const mayRun = new Set(
            expected
              .map(({ identity }) => identity)
              .filter(identity => {
                const made = known.get(identity);
                return made === undefined || !isThere(made);
              }),
          );
          const store = reopen(join(rig.folder, 'cache'));
          try {
            const built = await rig.build(
              makeNodes(rig, state, random),
              targets.map(index => `n${index}`),
              { store, capacity: { cpu: 1 + Math.floor(random() * 4) }, shuffle: () => random() * 1e6 },
            );
            expect(built.failures).toEqual(new Map());
            expect(built.status).toBe('done');
            for (const index of targets) expect(await rig.text(built, `n${index}`)).toBe(expected[index]?.text);
            const ran = built.started.map(identityOf);
            expect(new Set(ran).size).toBe(ran.length);
            for (const identity of ran) expect(mayRun).toContain(identity);
            for (const [name, { out }] of built.outputs)
              if (out !== undefined && name.startsWith('//n')) known.set(identityOf(name), out);
            const again = await rig.build(
              makeNodes(rig, state, random),
              targets.map(index => `n${index}`),
              { store },
            );
            expect(again.started).toEqual([]);
          } finally {
            store.close();
          }
        }
        const clean = makeRig();
        const built = await clean.build(makeNodes(clean, state, random), ['n8', 'n7', 'n6']);
        for (const [index, { text }] of evaluate(state).entries())
          if (built.outputs.has(label(`n${index}`))) expect(await clean.text(built, `n${index}`)).toBe(text);
      },
    ),
    { numRuns: 60 },
  );
});
