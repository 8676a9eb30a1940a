/** Graphs with objects of the outside world, and builds of them in a temporary store. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import { type Plan, plan } from '../../src/engine/build/plan.ts';
import type { Step } from '../../src/engine/model/external.ts';
import {
  type Edge,
  type ExternalNode,
  externalNode,
  makeGraph,
  type Node,
  OBJECT,
} from '../../src/engine/model/graph.ts';
import { LookingIntake } from '../../src/store/sources/intake.ts';
import type { Store } from '../../src/store/store.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, label, makeRig, type Rig, reopen } from '../engine/rig.ts';
import { Account, type Manners } from './account.ts';
import { imageNodes, OBJECTS } from './world.ts';

export interface World {
  readonly rig: Rig;
  readonly account: Account;
  readonly nodes: readonly Node[];
  readonly build: (options?: Partial<BuildRequest>, targets?: readonly string[]) => Promise<Built>;
}

export function makeWorld(manners: Manners = {}): World {
  const rig = makeRig();
  const account = new Account(join(rig.folder, 'account'), manners);
  rig.write('text', 'the disk');
  const nodes = imageNodes(rig.folder, account);
  return { rig, account, nodes, build: (options, targets) => buildAll(rig, nodes, options, targets) };
}

export function buildAll(
  rig: Rig,
  nodes: readonly Node[],
  options: Partial<BuildRequest> = {},
  targets: readonly string[] = OBJECTS,
): Promise<Built> {
  return rig.build(nodes, [], {
    targets: targets.map(name => ({ label: label(name), outputs: [OBJECT] })),
    ...options,
  });
}

export const typesOf = (built: Built, name: string): readonly string[] =>
  built.events.flatMap(event => ('label' in event && event.label === label(name) ? [event.type] : []));

/** One object with a single step that the test supplies. */
export function objectNode(
  name: string,
  step: Partial<Step>,
  inputs: Readonly<Record<string, Edge>> = {},
): ExternalNode {
  const there = { state: 'there', facts: { id: name } } as const;
  return externalNode({
    label: label(name),
    kind: 'object',
    inputs,
    describe: given =>
      ok({
        sort: 'test-object',
        parameters: { name },
        contents: Object.fromEntries(Object.entries(given).map(([input, { digest }]) => [input, digest])),
      }),
    steps: [
      {
        name: 'object',
        pool: 'world',
        reads: [],
        find: async () => ok({ state: 'absent' }),
        make: async () => ok(there),
        ...step,
      },
    ],
  });
}

/** The store without the bytes of an output, which it has not noticed yet. */
export function withoutBlob(rig: Rig, built: Built, name: string, output = 'out'): Store {
  const digest = built.outputs.get(label(name))?.[output]?.digest;
  if (digest === undefined) return expect.unreachable();
  rmSync(rig.store.blobs.path(digest));
  const store = reopen(join(rig.folder, 'cache'));
  onTestFinished(() => store.close());
  return store;
}

/** Forgets the objects, as if the database had been lost. */
export function forget(rig: Rig, objects = OBJECTS.length): void {
  const database = new SQLite(join(rig.folder, 'cache', 'aib.db'));
  expect(database.prepare('DELETE FROM facts').run().changes).toBe(objects);
  database.close();
}

export async function planOf(
  rig: Rig,
  nodes: readonly Node[],
  names: readonly string[],
  output: string = OBJECT,
): Promise<Plan> {
  const graph = makeGraph(nodes);
  if (!graph.ok) return expect.unreachable();
  const targets = names.map(name => ({ label: label(name), outputs: [output] }));
  return plan({ graph: graph.value, targets, store: rig.store, intake: new LookingIntake(rig.store.sources) });
}
