/** The number of parallel actions: limited by `-j`, by the memory of the machine, and by the measured memory of earlier runs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import type { Runner } from '../../src/engine/run/runner.ts';
import { ok } from '../../src/util/result.ts';
import { type Built, inProcess, label, makeRig, type Rig, shell } from './rig.ts';

/** The maximum number of actions that ran at the same time. */
function crowd({ events }: Built): number {
  let running = 0;
  let most = 0;
  for (const { type } of events) {
    if (type === 'running') running += 1;
    if (type === 'ran' || type === 'failed' || type === 'cancelled') running -= 1;
    most = Math.max(most, running);
  }
  return most;
}

/** A runner that opens a gate for the command once it is measured to use `mebibytes` MiB. */
function watching(rig: Rig, gate: string, mebibytes: number): Runner {
  const inner = localRunner(rig.store);
  return {
    execute: (spec, context) =>
      inner.execute(spec, {
        ...context,
        memory: reading => {
          context.memory?.(reading);
          if (reading.resident > mebibytes) writeFileSync(gate, '');
        },
      }),
  };
}

describe('a limit of jobs', () => {
  it('holds for actions of every sort, those that ask for nothing among them', async () => {
    const rig = makeRig();
    const nodes = [
      ...Array.from({ length: 4 }, (_, index) => shell(`c${index}`, 'echo > out', {}, { resources: {} })),
      ...Array.from({ length: 4 }, (_, index) => inProcess(`p${index}`, '', {}, async () => ok({ out: `${index}` }))),
    ];
    const targets = nodes.map(node => node.label.slice(2));
    expect(crowd(await rig.build(nodes, targets, { capacity: { cpu: 9, jobs: 1 } }))).toBe(1);
  });

  // Each waits until three of them run.
  it('is reached', async () => {
    const rig = makeRig();
    const gate = join(rig.folder, 'gate');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const nodes = names.map(name => shell(name, `while [ ! -e '${gate}' ]; do sleep 0.01; done; echo ${name} > out`));
    let started = 0;
    const built = await rig.build(nodes, names, {
      capacity: { cpu: 9, jobs: 3 },
      emit: event => {
        started += Number(event.type === 'running');
        if (started === 3) writeFileSync(gate, '');
      },
    });
    expect(crowd(built)).toBe(3);
  });
});

describe('the memory of a command', () => {
  const hold = 150_000_000;
  const script = (gate: string, salt: string): string =>
    `(head -c ${hold} /dev/zero; while [ ! -e '${gate}' ]; do sleep 0.01; done) | tail -c ${hold} | wc -c > out; : ${salt}`;

  it('is measured, noted, and set aside the next time, with some room above it', async () => {
    const rig = makeRig();
    const gate = join(rig.folder, 'gate');
    const runner = watching(rig, gate, 140);
    const first = await rig.build([shell('large', script(gate, 'one'))], ['large'], { runners: { command: runner } });
    const took = first.events.flatMap(event => (event.type === 'ran' ? [event.memory ?? 0] : []))[0] ?? 0;
    expect(took).toBeGreaterThan(140);
    expect(took).toBeLessThan(400);
    expect(rig.store.history.last('//large')).toMatchObject({ memory: took });
    const second = await rig.build([shell('large', script(gate, 'two'))], ['large'], { runners: { command: runner } });
    const aside =
      second.events.flatMap(event => (event.type === 'running' ? [event.resources.memory ?? 0] : []))[0] ?? 0;
    expect(aside).toBeGreaterThanOrEqual(1.1 * took);
    expect(aside).toBeLessThan(1.1 * took + 65);
  });

  it('is not what it is told that it has: what it asked for is', async () => {
    const rig = makeRig();
    const gate = join(rig.folder, 'gate');
    const runner = watching(rig, gate, 140);
    const seen: unknown[] = [];
    const asking: Runner = {
      execute: (spec, context) => {
        seen.push(context.grants.memory);
        return runner.execute(spec, context);
      },
    };
    for (const salt of ['one', 'two']) {
      const large = shell('large', script(gate, salt), {}, { resources: { cpu: 1, memory: 10 } });
      await rig.build([large], ['large'], { runners: { command: asking } });
    }
    expect(seen).toEqual([10, 10]);
  });
});

describe('when others have taken the memory', () => {
  const needs = (memory: number) => ({ resources: { cpu: 1, memory } });

  it('actions that need it run one after the other, and those that need none go on', async () => {
    const rig = makeRig();
    const nodes = [
      ...['a', 'b', 'c'].map(name => shell(name, 'echo > out', {}, needs(100))),
      shell('small', 'echo > out'),
    ];
    const built = await rig.build(nodes, ['a', 'b', 'c', 'small'], {
      capacity: { cpu: 8, memory: 1_000 },
      availableMemory: () => 50,
    });
    expect(built.status).toBe('done');
    const large = {
      ...built,
      events: built.events.filter(event => !('label' in event) || event.label !== label('small')),
    };
    expect(crowd(large)).toBe(1);
  });

  // `second` is held back, and `first` ends only after `second` has run.
  it('they start as soon as it is there again, though nothing of ours has ended', async () => {
    const rig = makeRig();
    const gate = join(rig.folder, 'gate');
    const nodes = [
      shell('first', `while [ ! -e '${gate}' ]; do sleep 0.01; done; echo > out`, {}, needs(100)),
      shell('second', `echo > '${gate}'; echo > out`, {}, needs(100)),
    ];
    let looks = 0;
    const built = await rig.build(nodes, ['first', 'second'], {
      capacity: { cpu: 8, memory: 1_000 },
      availableMemory: () => (looks++ < 1 ? 50 : 500),
    });
    expect([built.status, looks > 1]).toEqual(['done', true]);
    expect(built.events.filter(({ type }) => type === 'notice')).toMatchObject([
      { line: expect.stringContaining('actions are waiting for memory') },
    ]);
  });
});
