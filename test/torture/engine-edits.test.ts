/**
 * Sources that are edited at random moments of a build: the outputs come from one version of each source, the one that was read; exactly
 * the edited sources are named; and the next build has the result of a clean build.
 *
 *     s0 … s3 ──► a (s0 s1) ──► c (a b) ──► e (c d)
 *             ──► b (s1 s2) ──┘
 *             ──► d (s2 s3 s0) ─────────────┘
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Node } from '../../src/engine/model/graph.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, edge, inProcess, label, makeRig, type Rig, reopen, shell } from '../engine/rig.ts';
import { seedOf, times } from '../tier.ts';
import { report } from './rig.ts';
import { makeRandom } from './synthetic-graph.ts';

const ROUNDS = 30 * times;
const SOURCES = ['s0', 's1', 's2', 's3'];
const NEEDS = { a: ['s0', 's1'], b: ['s1', 's2'], c: ['a', 'b'], d: ['s2', 's3', 's0'], e: ['c', 'd'] } as const;

function makeNodes(random: () => number): readonly Node[] {
  const inputsOf = (needs: readonly string[]) =>
    Object.fromEntries(needs.map(need => [need, edge(need, need.startsWith('s') ? 'file' : 'out')]));
  return Object.entries(NEEDS).map(([name, needs]) => {
    // Every other one is a command.
    if (name === 'b' || name === 'd')
      return shell(name, `printf '${name}(' > out; cat ${needs.join(' ')} >> out; printf ')' >> out`, inputsOf(needs));
    return inProcess(name, name, inputsOf(needs), async texts => {
      for (let pause = random() * 20; pause > 1; pause -= 1) await breath();
      return ok({ out: `${name}(${needs.map(need => texts[need]).join('')})` });
    });
  });
}

/** The expected output of a node, from the contents of the sources. */
function evaluate(name: string, contents: Readonly<Record<string, string>>): string {
  const needs: readonly string[] = NEEDS[name as keyof typeof NEEDS] ?? [];
  return needs.length === 0
    ? (contents[name] ?? '')
    : `${name}(${needs.map(need => evaluate(need, contents)).join('')})`;
}

/** The contents that a build read. */
async function readBy(rig: Rig, built: Built): Promise<Readonly<Record<string, string>>> {
  const read = SOURCES.map(async name => [name, await rig.text(built, name, 'file')] as const);
  return Object.fromEntries(await Promise.all(read));
}

test(
  'however sources are edited while a build runs, it is of one version of each, and says which are old',
  async () => {
    const rig = makeRig();
    const random = makeRandom(seedOf('edits', 41));
    const counts = { builds: 0, 'edits during builds': 0, 'sources named': 0 };
    const sources = SOURCES.map(name => rig.source(name, `${name}.0`));
    const targets = [...Object.keys(NEEDS)];
    const edit = (): void => {
      const name = SOURCES[Math.floor(random() * SOURCES.length)] ?? 's0';
      const content = `${name}.${Math.floor(random() * 40)}`;
      if (random() < 0.5) {
        // As editors write files.
        writeFileSync(join(rig.folder, 'new'), content);
        renameSync(join(rig.folder, 'new'), join(rig.folder, name));
      } else {
        rig.write(name, content);
      }
      counts['edits during builds'] += 1;
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      edit();
      const nodes = [...sources, ...makeNodes(random)];
      const store = reopen(rig.store.folder);
      const built = await rig.build(nodes, targets, {
        store,
        emit: () => {
          if (random() < 0.15) edit();
        },
      });
      // Nothing was edited between the last check and here, because only the events that name edited sources follow.
      expect(built.status).toBe('done');
      const read = await readBy(rig, built);
      for (const name of targets) expect(await rig.text(built, name), `round ${round}`).toBe(evaluate(name, read));
      const now = Object.fromEntries(SOURCES.map(name => [name, readFileSync(join(rig.folder, name), 'utf8')]));
      const named = new Set(built.edited);
      for (const name of SOURCES) if (named.has(label(name))) counts['sources named'] += 1;
      store.close();
      counts.builds += 1;

      const quiet = reopen(rig.store.folder);
      const next = await rig.build(nodes, targets, { store: quiet });
      expect(next.edited).toEqual([]);
      for (const name of targets) expect(await rig.text(next, name)).toBe(evaluate(name, now));
      quiet.close();
    }
    expect(counts['sources named']).toBeGreaterThan(10);
    report('edits', { ...counts, 'mixtures of versions': 0, 'edits lost': 0 });
  },
  60_000 * times,
);

test(
  'a source that is edited before the build has ended is named, and one that was not never is',
  async () => {
    const random = makeRandom(seedOf('edits named', 43));
    const counts = { builds: 0, named: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const rig = makeRig();
      const sources = SOURCES.map(name => rig.source(name, `${name}.0`));
      const nodes = [...sources, ...makeNodes(random)];
      const victims = SOURCES.filter(() => random() < 0.4);
      const moment = 1 + Math.floor(random() * 3);
      let ran = 0;
      const built = await rig.build(nodes, Object.keys(NEEDS), {
        emit: event => {
          // By then every source has been read, because each has a dependent.
          if (event.type !== 'ran' || event.label === label('a') || event.label === label('b')) return;
          ran += 1;
          if (ran === moment) for (const name of victims) rig.write(name, `${name}.1`);
        },
      });
      expect([...built.edited].sort(), `round ${round}`).toEqual(victims.map(label));
      counts.builds += 1;
      counts.named += victims.length;
    }
    report('edits named', { ...counts, 'named wrongly': 0, missed: 0 });
  },
  60_000 * times,
);
