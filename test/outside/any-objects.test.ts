/**
 * Builds of random graphs of actions and objects: two nodes of one object, inputs that are not part of an object's identity, actions with
 * different outputs in each run, lost bytes and facts, removed objects, refusals, exceptions and interruptions. Every build must end, no
 * node may stay unfinished without a cause, and no object may be created by two nodes at the same time.
 */
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OnFailure } from '../../src/engine/build/supervisor.ts';
import { type Facts, identityOf, type Step } from '../../src/engine/model/external.ts';
import { type Edge, externalNode, type Label, type Node, OBJECT, type Outputs } from '../../src/engine/model/graph.ts';
import { Tally } from '../../src/report/progress/tally.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { fail, ok, type Result } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen, type Work } from '../engine/rig.ts';
import { watchStates } from '../engine/watch-states.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { SlowWorld, STEPS } from './slow-world.ts';

const NODES = 8;

interface NodePlan {
  readonly type: 'action' | 'object';
  /** Nodes with the same salt and the same first input represent one object. */
  readonly salt: string;
  /** Earlier nodes, with -1 for the source before them. */
  readonly needs: readonly { readonly from: number; readonly more: boolean }[];
  /** `coin`: an action that never makes the same bytes twice. */
  readonly nature: 'sound' | 'coin';
}

interface Round {
  readonly content: string;
  readonly lost: readonly { readonly node: number; readonly more: boolean }[];
  readonly forgets: boolean;
  /** Percentage of objects that are removed before the build. */
  readonly removed: number;
  readonly refresh: boolean;
  readonly targets: readonly number[];
  /** Actions that fail, and objects that are refused, or whose provider throws an error of the operating system. */
  readonly broken: readonly { readonly node: number; readonly how: 'fails' | 'throws' }[];
  readonly onFailure: OnFailure;
  /** Number of events before Ctrl-C. */
  readonly patience: number;
  readonly calls: number;
}

const node = fc.nat(NODES - 1);
const plans: fc.Arbitrary<readonly NodePlan[]> = fc.tuple(
  ...Array.from({ length: NODES }, (_, index) =>
    fc.record({
      type: fc.constantFrom('action' as const, 'object' as const, 'object' as const),
      salt: fc.constantFrom('x', 'y'),
      needs: fc.uniqueArray(fc.record({ from: fc.integer({ min: -1, max: index - 1 }), more: fc.boolean() }), {
        maxLength: 3,
      }),
      nature: fc.constantFrom('sound' as const, 'coin' as const),
    }),
  ),
);
const round: fc.Arbitrary<Round> = fc.record({
  content: fc.constantFrom(...'abc'),
  lost: fc.array(fc.record({ node, more: fc.boolean() }), { maxLength: 8, size: 'max' }),
  forgets: fc.boolean(),
  removed: fc.constantFrom(0, 0, 60),
  refresh: fc.boolean(),
  targets: fc.uniqueArray(node, { minLength: 1, maxLength: 6 }),
  broken: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    {
      weight: 2,
      arbitrary: fc.array(fc.record({ node, how: fc.constantFrom('fails' as const, 'throws' as const) }), {
        maxLength: 3,
        size: 'max',
      }),
    },
  ),
  onFailure: fc.constantFrom<OnFailure>('keep-going', 'keep-going', 'stop', 'fail-fast'),
  patience: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, fc.nat(30)),
  calls: fc.integer({ min: 1, max: 3 }),
});

/** The digests that an action read, by the digest of its output. */
type MadeFrom = Map<string, readonly (string | undefined)[]>;

const EXPECTED = [
  'resolving → asking',
  'asking → settled',
  'asking → gathering',
  'asking → resolving',
  'asking → failed',
  'asking → cancelled',
  'gathering → gathering',
  'gathering → making',
  'gathering → resolving',
  'making → settled',
  'making → failed',
  'making → cancelled',
];

/** A case that was found once: because of a twin's record, an input changes while an object waits for its old bytes. */
const FOUND: [readonly NodePlan[], Round[], number][] = [1, 0].map(first => {
  const plain = { type: 'action', salt: 'x', needs: [], nature: 'sound' } as const;
  const round = { content: 'a', lost: [], forgets: false, removed: 0, refresh: false, broken: [], calls: 1 };
  const rest = { ...round, onFailure: 'keep-going', patience: Number.POSITIVE_INFINITY } as const;
  const nodes: readonly NodePlan[] = [
    plain,
    { ...plain, nature: 'coin' },
    { ...plain, nature: 'coin' },
    { ...plain, type: 'object', needs: [{ from: 1, more: false }] },
    ...[4, 5, 6, 7].map(() => plain),
  ];
  const rounds: Round[] = [
    { ...rest, targets: [1] },
    { ...rest, lost: [{ node: 1, more: false }], targets: [0] },
    { ...rest, targets: first === 1 ? [3, 2] : [2, 3] },
    { ...rest, targets: [0] },
  ];
  return [nodes, rounds, 0];
});

test('builds of any graph with objects end, leave no node under way, and give of each object what there is', {
  timeout: 240_000,
}, async () => {
  const seen = new Map<string, number>();
  const watched = watchStates();
  await fc.assert(
    fc.asyncProperty(
      plans,
      fc.array(round, { minLength: 4, maxLength: 6, size: 'max' }),
      fc.nat(1_000_000),
      async (nodes, rounds, seed) => {
        const rig = makeRig();
        const random = makeRandom(seed);
        const world = new SlowWorld(random);
        const known = new Map<Label, Outputs>();
        const madeFrom: MadeFrom = new Map();
        for (const each of rounds) {
          for (const lost of each.lost) lose(rig, known, nodes, lost);
          if (each.forgets) forget(rig);
          world.remove(each.removed);
          watched.length = 0;
          const made = nodes.map((plan, index) => makeNode({ nodes, plan, index, each, random, world, madeFrom }));
          const built = await buildRound(rig, made, each, random);
          for (const { from, to } of watched) seen.set(`${from} → ${to}`, (seen.get(`${from} → ${to}`) ?? 0) + 1);
          const ends = new Map<Label, string>(watched.map(({ name, to }) => [name, to]));
          for (const { code, what } of built.failures.values())
            expect(['AIB_COMMAND_FAILED', 'AIB_PROVIDER', 'AIB_STORE_FULL'], what).toContain(code);
          for (const [name, outputs] of built.outputs) known.set(name, outputs);
          const isWhole = built.status !== 'interrupted' && each.onFailure === 'keep-going';
          for (const node of isWhole ? made.filter(({ label: name }) => ends.has(name)) : []) {
            checkEnd(node, ends, built, madeFrom);
            await checkObject(rig, node, ends, built, world, each);
          }
          checkTally(built, ends, made);
        }
      },
    ),
    { numRuns: 150, examples: FOUND },
  );
  expect([...seen.keys()]).toEqual(expect.arrayContaining(EXPECTED));
  const words = [...seen].sort(([, a], [, b]) => b - a).map(([change, count]) => `${change} ${count}`);
  process.stdout.write(`changes of state: ${words.join(', ')}\n`);
});

interface Making {
  readonly nodes: readonly NodePlan[];
  readonly plan: NodePlan;
  readonly index: number;
  readonly each: Round;
  readonly random: () => number;
  readonly world: SlowWorld;
  readonly madeFrom: MadeFrom;
}

function makeNode({ nodes, plan, index, each, random, world, madeFrom }: Making): Node {
  const { type, salt, needs, nature } = plan;
  const inputs = Object.fromEntries(
    needs.map(({ from, more }, position) => [`in${position}`, edgeTo(nodes, from, more)] as const),
  );
  const how = each.broken.find(({ node: broken }) => broken === index)?.how;
  if (type === 'object') return makeObject(`n${index}`, salt, inputs, { how, world, random });
  const work: Work = async texts => {
    for (let pause = random() * 10; pause > 1; pause -= 1) await breath();
    if (how !== undefined) return fail({ code: 'AIB_COMMAND_FAILED', what: `n${index} is broken` });
    const read = Object.keys(inputs).map(name => digestOf(texts[name] ?? '').hash);
    const text = `${salt} ${nature === 'coin' ? random() : ''} ${read.join(' ')}`;
    madeFrom.set(digestOf(text).hash, read);
    return ok({ out: text, more: `more of ${text}` });
  };
  return inProcess(`n${index}`, `${salt} ${nature} ${how}`, inputs, work, { outputs: ['out', 'more'] });
}

interface ObjectMaking extends Pick<Making, 'world' | 'random'> {
  readonly how: 'fails' | 'throws' | undefined;
}

/** The first input is its content; the others are only read. */
function makeObject(
  name: string,
  salt: string,
  inputs: Readonly<Record<string, Edge>>,
  { how, world, random }: ObjectMaking,
): Node {
  const answer = async <T>(finding: () => Promise<T>, isBroken: boolean): Promise<Result<T>> => {
    if (!isBroken) return ok(await finding());
    await breath();
    if (how === 'throws') throw Object.assign(new Error('there is no room'), { code: 'ENOSPC' });
    return fail({ code: 'AIB_PROVIDER', what: `${name} is refused` });
  };
  const breaksFind = how !== undefined && random() < 0.3;
  const steps = STEPS.map(
    (step): Step => ({
      name: step,
      pool: 'world',
      reads: step === 'part' ? Object.keys(inputs) : [],
      find: ({ identity }) => answer(() => world.find(step, identity), breaksFind),
      make: async ({ identity, object, path }) => {
        const finding = await world.make(step, identity);
        const { in0 } = object.contents;
        if (step === 'part' && in0 !== undefined) expect(digestOf(await readFile(path('in0')))).toEqual(in0);
        // The request may have been done, and only its reply lost.
        return answer(async () => finding, how !== undefined && !breaksFind);
      },
      poll: handle => answer(() => world.poll(handle), false),
    }),
  );
  return externalNode({
    label: label(name),
    kind: 'object',
    inputs,
    describe: ({ in0 }) =>
      ok({ sort: 'test-object', parameters: { salt }, contents: in0 === undefined ? {} : { in0: in0.digest } }),
    steps,
  });
}

function edgeTo(nodes: readonly NodePlan[], from: number, more: boolean): Edge {
  if (from < 0) return edge('source', 'file');
  return edge(`n${from}`, nodes[from]?.type === 'object' ? OBJECT : more ? 'more' : 'out');
}

function buildRound(rig: Rig, made: readonly Node[], each: Round, random: () => number): Promise<Built> {
  const stop = new AbortController();
  let events = 0;
  const store = reopen(join(rig.folder, 'cache'));
  const targets = each.targets.map(index => ({
    label: label(`n${index}`),
    outputs: [made[index]?.type === 'external' ? OBJECT : 'out'],
  }));
  return rig
    .build([rig.source('source', each.content), ...made], [], {
      targets,
      store,
      refresh: each.refresh,
      signal: stop.signal,
      onFailure: each.onFailure,
      capacity: { cpu: 2, world: each.calls },
      shuffle: () => random() * 1e6,
      emit: () => {
        events += 1;
        if (events > each.patience) stop.abort();
      },
    })
    .finally(() => store.close());
}

function lose(
  rig: Rig,
  known: ReadonlyMap<Label, Outputs>,
  nodes: readonly NodePlan[],
  { node: index, more }: Round['lost'][number],
): void {
  const { label: name, output } = edgeTo(nodes, index, more);
  const artifact = known.get(name)?.[output];
  if (artifact !== undefined) rmSync(rig.store.blobs.path(artifact.digest), { force: true });
}

function forget(rig: Rig): void {
  const database = new SQLite(join(rig.folder, 'cache', 'aib.db'));
  database.prepare('DELETE FROM facts').run();
  database.close();
}

/** In a build that continues after failures, only dependents of a failed node may stay unfinished. */
function checkEnd(node: Node, ends: ReadonlyMap<Label, string>, built: Built, madeFrom: MadeFrom): void {
  const end = ends.get(node.label);
  const inputs = Object.values(node.inputs);
  const isBlocked = inputs.some(input => ends.get(input.label) !== 'settled');
  expect(end === 'settled' || end === 'failed' || isBlocked, `${node.label} is left ${end}`).toBe(true);
  if (node.type !== 'action' || end !== 'settled' || isBlocked) return;
  const read = inputs.map(input => built.outputs.get(input.label)?.[input.output]?.digest.hash);
  expect(madeFrom.get(built.outputs.get(node.label)?.out?.digest.hash ?? '')).toEqual(read);
}

/** The facts of an object match the existing object, unless it was removed unnoticed. */
async function checkObject(
  rig: Rig,
  node: Node,
  ends: ReadonlyMap<Label, string>,
  built: Built,
  world: SlowWorld,
  { refresh }: Round,
): Promise<void> {
  if (node.type !== 'external' || ends.get(node.label) !== 'settled') return;
  const inputs = Object.values(node.inputs);
  if (inputs.some(input => ends.get(input.label) !== 'settled')) return;
  const outputs = Object.entries(node.inputs).map(([name, input]) => [
    name,
    built.outputs.get(input.label)?.[input.output],
  ]);
  const described = node.describe(Object.fromEntries(outputs) as Outputs);
  if (!described.ok) return expect.unreachable();
  const identity = identityOf(described.value);
  const given = JSON.parse(await rig.text(built, node.label.slice(2), OBJECT)) as Facts;
  expect(given.identity, `${node.label} gives another object`).toBe(identity);
  if (refresh || !world.removed.has(identity))
    expect(given, `${node.label} is not there`).toEqual(world.factsOf(identity));
}

/** The final report for the user matches the result of each node. */
function checkTally(built: Built, ends: ReadonlyMap<Label, string>, made: readonly Node[]): void {
  const tally = new Tally();
  for (const event of built.events) tally.apply(event);
  expect([...tally.running.keys()]).toEqual([]);
  expect(tally.count('running')).toBe(0);
  expect(tally.count('failed')).toBe(built.failures.size);
  for (const { type, label: name } of made) {
    if (type !== 'external') continue;
    const standing = tally.objects.get(name)?.standing;
    if (ends.get(name) === 'settled') expect(['known', 'found', 'made'], name).toContain(standing);
    if (ends.get(name) === 'failed') expect(standing, name).toBe('failed');
  }
}
