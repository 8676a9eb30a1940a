/**
 * Watches every change of state in builds of random graphs: two outputs per node, twins that share an action, actions with different
 * outputs in each run, lost bytes, refusals, failures and interruptions. An illegal change would end the build; here all legal changes must
 * also occur, no node may stay in an unfinished state, and settled outputs must come from the settled outputs of the inputs.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeStatus } from '../../src/engine/build/node-state.ts';
import type { OnFailure } from '../../src/engine/build/supervisor.ts';
import type { ActionNode, Label, Outputs } from '../../src/engine/model/graph.ts';
import type { Artifact } from '../../src/store/content/artifact.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import type { Store } from '../../src/store/store.ts';
import { fail, ok } from '../../src/util/result.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { LossyCache } from './lossy-cache.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen, type Work } from './rig.ts';
import { watchStates } from './watch-states.ts';

const NODES = 8;
const OUTPUTS = ['out', 'log'] as const;

interface NodePlan {
  readonly salt: string;
  /** Earlier nodes, with -1 for the source before them; each with the output that is read. */
  readonly needs: readonly { readonly from: number; readonly output: 'out' | 'log' }[];
  /** `coin`: it never makes the same bytes twice. */
  readonly nature: 'sound' | 'coin' | 'fails' | 'refuses';
}

interface Round {
  readonly content: string;
  readonly lost: readonly { readonly node: number; readonly output: 'out' | 'log' }[];
  readonly targets: readonly number[];
  readonly broken: readonly number[];
  readonly onFailure: OnFailure;
  /** Number of events before Ctrl-C. */
  readonly patience: number;
  readonly cpu: number;
}

const output = fc.constantFrom(...OUTPUTS);
const plans: fc.Arbitrary<readonly NodePlan[]> = fc.tuple(
  ...Array.from({ length: NODES }, (_, index) =>
    fc.record({
      salt: fc.constantFrom('x', 'y'),
      needs: fc.uniqueArray(fc.record({ from: fc.integer({ min: -1, max: index - 1 }), output }), { maxLength: 3 }),
      // Dependents of a failing node are never reached.
      nature: fc.oneof(
        { weight: 8, arbitrary: fc.constant('sound' as const) },
        { weight: 10, arbitrary: fc.constant('coin' as const) },
        { weight: 1, arbitrary: fc.constantFrom('fails' as const, 'refuses' as const) },
      ),
    }),
  ),
);
const round: fc.Arbitrary<Round> = fc.record({
  content: fc.constantFrom(...'abcdef'),
  lost: fc.array(fc.record({ node: fc.nat(NODES - 1), output }), { maxLength: 10, size: 'max' }),
  targets: fc.uniqueArray(fc.nat(NODES - 1), { minLength: 1, maxLength: 6 }),
  broken: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.uniqueArray(fc.nat(NODES - 1), { maxLength: 2 })),
  onFailure: fc.constantFrom<OnFailure>('keep-going', 'keep-going', 'stop', 'fail-fast'),
  patience: fc.oneof({ weight: 5, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, fc.nat(20)),
  cpu: fc.integer({ min: 1, max: 4 }),
});

/** The digests that an action read, by the digest of its output `out`. */
type MadeFrom = Map<string, readonly string[]>;

/** All transitions except those that are rare or need a disk error, which late-answers.test.ts tests. */
const EXPECTED = [
  'waiting → resolving',
  'resolving → settled',
  'resolving → preparing',
  'resolving → failed',
  'preparing → preparing',
  'preparing → following',
  'preparing → ready',
  'preparing → resolving',
  'following → resolving',
  'ready → running',
  'running → settled',
  'running → failed',
  'running → cancelled',
  'settled → preparing',
  'settled → resolving',
];

/** With a cache, the local store is new in every other round, so that nearly everything is requested from the cache. */
const CACHES = [
  { words: 'alone', badness: undefined },
  { words: 'with a cache that forgets, lies and dies', badness: 4 },
];

test.each(CACHES)(
  'builds of any graph $words change states as they may, leave no node under way, and settle on what their inputs settled on',
  {
    timeout: 120_000,
  },
  async ({ badness }) => {
    let calls = 0;
    let brought = 0;
    const seen = new Map<string, number>();
    const watched = watchStates();
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.array(round, { minLength: 3, maxLength: 6, size: 'max' }),
        fc.nat(1_000_000),
        async (nodes, rounds, seed) => {
          const rig = makeRig();
          const random = makeRandom(seed);
          const known = new Map<Label, Outputs>();
          const madeFrom: MadeFrom = new Map();
          const cache = badness === undefined ? undefined : new LossyCache(random, badness);
          let folder = 'cache';
          for (const [index, each] of rounds.entries()) {
            if (cache !== undefined && random() < 0.5) folder = `cache of ${index}`;
            for (const { node, output } of each.lost) lose(rig, known.get(label(`n${node}`))?.[output]);
            watched.length = 0;
            const made = nodes.map((plan, index) => makeNode(plan, index, each, random, madeFrom));
            const store = reopen(join(rig.folder, folder));
            const built = await buildRound(rig, store, made, each, random, cache);
            for (const { from, to } of watched) seen.set(`${from} → ${to}`, (seen.get(`${from} → ${to}`) ?? 0) + 1);
            const ends = new Map(watched.map(({ name, to }) => [name, to]));
            const settled = [...ends].flatMap(([name, end]) => (end === 'settled' ? [name] : []));
            expect([...built.outputs.keys()].sort()).toEqual(settled.sort());
            for (const { code, what } of built.failures.values()) expect(code, what).toBe('AIB_COMMAND_FAILED');
            for (const [name, outputs] of built.outputs) known.set(name, outputs);
            if (built.status !== 'interrupted' && each.onFailure === 'keep-going')
              for (const node of made) if (ends.has(node.label)) checkEnd(node, ends, built, madeFrom, cache);
            // Stopping a build also stops its transfers.
            const isWhole = built.status === 'done' || each.onFailure === 'keep-going';
            for (const target of built.status !== 'interrupted' && isWhole ? each.targets : [])
              await checkBytes(store, built.outputs.get(label(`n${target}`))?.out);
            cache?.fill(store);
            store.close();
          }
          calls += cache?.calls.length ?? 0;
          brought += cache?.given ?? 0;
        },
      ),
      { numRuns: 150 },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining(EXPECTED));
    if (badness !== undefined)
      process.stdout.write(`the cache was asked ${calls} times, and gave ${brought} blobs as they were\n`);
    const words = [...seen].sort(([, a], [, b]) => b - a).map(([change, count]) => `${change} ${count}`);
    process.stdout.write(`changes of state: ${words.join(', ')}\n`);
  },
);

function makeNode(
  { salt, needs, nature }: NodePlan,
  index: number,
  { broken }: Round,
  random: () => number,
  madeFrom: MadeFrom,
): ActionNode {
  const inputs = Object.fromEntries(
    needs.map(({ from, output }, position) => [
      `in${position}`,
      from < 0 ? edge('source', 'file') : edge(`n${from}`, output),
    ]),
  );
  const fails = nature === 'fails' || broken.includes(index);
  const work: Work = async texts => {
    for (let pause = random() * 10; pause > 1; pause -= 1) await breath();
    if (fails) return fail({ code: 'AIB_COMMAND_FAILED', what: `n${index} is broken` });
    const read = Object.keys(inputs).map(name => digestOf(texts[name] ?? '').hash);
    const text = `${salt} ${nature === 'coin' ? random() : ''} ${read.join(' ')}`;
    madeFrom.set(digestOf(text).hash, read);
    return ok({ out: text, log: `log of ${text}` });
  };
  const node = inProcess(`n${index}`, `${salt} ${nature} ${fails}`, inputs, work, { outputs: OUTPUTS });
  if (nature !== 'refuses') return node;
  return { ...node, prepare: () => fail({ code: 'AIB_COMMAND_FAILED', what: `n${index} refuses` }) };
}

function buildRound(
  rig: Rig,
  store: Store,
  made: readonly ActionNode[],
  each: Round,
  random: () => number,
  cache: LossyCache | undefined,
) {
  const stop = new AbortController();
  let events = 0;
  const nodes = [rig.source('source', each.content), ...made];
  const targets = each.targets.map(index => `n${index}`);
  return rig.build(nodes, targets, {
    store,
    ...(cache === undefined ? {} : { cache }),
    signal: stop.signal,
    onFailure: each.onFailure,
    capacity: { cpu: each.cpu },
    shuffle: () => random() * 1e6,
    emit: () => {
      events += 1;
      if (events > each.patience) stop.abort();
    },
  });
}

function lose(rig: Rig, artifact: Artifact | undefined): void {
  if (artifact !== undefined) rmSync(rig.store.blobs.path(artifact.digest), { force: true });
}

/** In a build that continues after failures, only dependents of a failed node may stay unfinished. */
function checkEnd(
  node: ActionNode,
  ends: ReadonlyMap<Label, NodeStatus>,
  built: Built,
  madeFrom: MadeFrom,
  cache: LossyCache | undefined,
): void {
  const end = ends.get(node.label);
  const isBlocked = Object.values(node.inputs).some(input => ends.get(input.label) !== 'settled');
  expect(end === 'settled' || end === 'failed' || isBlocked, `${node.label} is left ${end}`).toBe(true);
  if (end !== 'settled' || isBlocked) return;
  const inputs = Object.values(node.inputs).map(input => built.outputs.get(input.label)?.[input.output]?.digest.hash);
  const out = built.outputs.get(node.label)?.out?.digest.hash;
  // Its bytes were not needed, so the lie could not be detected.
  if (out !== undefined && cache?.lies.has(out) === true) return;
  expect(madeFrom.get(out ?? '')).toEqual(inputs);
}

/** Checks that a requested output is present, with the bytes of its digest. */
async function checkBytes(store: Store, artifact: Artifact | undefined): Promise<void> {
  if (artifact !== undefined) expect(digestOf(await store.blobs.read(artifact.digest))).toEqual(artifact.digest);
}
