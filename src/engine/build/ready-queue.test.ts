import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Resources } from '../model/action.ts';
import { ReadyQueue, type Waiting } from './ready-queue.ts';

const job = (item: string, priority: number, resources: Resources = { cpu: 1 }): Waiting<string> => ({
  item,
  priority,
  resources,
});

/** Takes everything that fits. */
function takeAll(queue: ReadyQueue<string>): Waiting<string>[] {
  const taken: Waiting<string>[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
  return taken;
}

const items = (taken: readonly Waiting<string>[]): string[] => taken.map(({ item }) => item);

describe('what starts next', () => {
  test('is the most urgent, and of equals the one that has waited longest', () => {
    const queue = new ReadyQueue<string>({});
    for (const each of [job('b1', 5), job('a', 9), job('c', 1), job('b2', 5, { network: 1 }), job('b3', 5)])
      queue.add(each);
    expect(items(takeAll(queue))).toEqual(['a', 'b1', 'b2', 'b3', 'c']);
  });

  test('is something smaller when the most urgent does not fit', () => {
    const queue = new ReadyQueue<string>({ cpu: 4 });
    queue.add(job('first', 9, { cpu: 3 }));
    queue.add(job('large', 8, { cpu: 2 }));
    queue.add(job('small', 7));
    expect(items(takeAll(queue))).toEqual(['first', 'small']);
  });

  test('is never one that was removed', () => {
    const queue = new ReadyQueue<string>({});
    for (const each of [job('a', 3), job('b', 2), job('c', 1)]) queue.add(each);
    queue.remove('b');
    queue.remove('unknown');
    expect(items(takeAll(queue))).toEqual(['a', 'c']);
  });

  test('may be anything while what it wants is not limited', () => {
    const queue = new ReadyQueue<string>({ cpu: 1 });
    for (const name of ['a', 'b', 'c']) queue.add(job(name, 1, { network: 100 }));
    expect(takeAll(queue)).toHaveLength(3);
  });
});

describe('an objection from outside', () => {
  test('holds a job back while something runs, and lets others pass that it does not concern', () => {
    const queue = new ReadyQueue<string>({ cpu: 4 });
    for (const each of [job('a', 9), job('large', 8, { cpu: 1, memory: 5 }), job('b', 7)]) queue.add(each);
    const allows = ({ memory = 0 }: Resources): boolean => memory === 0;
    const taken = [queue.take(allows), queue.take(allows), queue.take(allows)];
    expect(taken.map(each => each?.item)).toEqual(['a', 'b', undefined]);
    for (const each of taken.slice(0, 2)) queue.release(each?.resources ?? {});
    expect(queue.take(allows)?.item).toBe('large');
  });
});

describe('a job that is larger than the machine', () => {
  test('gets all there is, and nothing beside it', () => {
    const queue = new ReadyQueue<string>({ cpu: 2, memory: 100 });
    queue.add(job('huge', 9, { cpu: 64, memory: 10_000 }));
    queue.add(job('small', 1));
    const [huge, ...others] = takeAll(queue);
    expect([huge?.item, others]).toEqual(['huge', []]);
    queue.release(huge?.resources ?? {});
    expect(items(takeAll(queue))).toEqual(['small']);
  });

  test('starts although small ones keep coming', () => {
    const queue = new ReadyQueue<string>({ cpu: 2 });
    const running = [job('first', 10)];
    queue.add(job('first', 10));
    queue.add(job('huge', 5, { cpu: 64 }));
    takeAll(queue);
    let rounds = 0;
    for (; rounds < 100; rounds += 1) {
      queue.add(job(`small${rounds}`, 1));
      const started = takeAll(queue);
      if (items(started).includes('huge')) break;
      running.push(...started);
      queue.release(running.shift()?.resources ?? {});
    }
    expect(rounds).toBeLessThan(10);
  });

  test('does not hold up those that want nothing of what it waits for', () => {
    const queue = new ReadyQueue<string>({ cpu: 2, network: 100 });
    queue.add(job('runs', 10));
    queue.add(job('huge', 9, { cpu: 64 }));
    for (let index = 0; index < 20; index += 1) queue.add(job(`download${index}`, 1, { network: 1 }));
    expect(takeAll(queue)).toHaveLength(21);
  });
});

describe('whatever comes and goes', () => {
  const resources = fc.record(
    { cpu: fc.constantFrom(0, 0.1, 0.7, 1, 2, 9), memory: fc.constantFrom(1, 5, 50) },
    { requiredKeys: [] },
  );
  const step = fc.oneof(
    fc.record({ type: fc.constant('add' as const), priority: fc.nat(5), resources }),
    fc.record({ type: fc.constant('take' as const) }),
    fc.record({ type: fc.constant('release' as const), which: fc.nat(100) }),
  );
  const capacity = { cpu: 4, memory: 8 };
  const used = (running: readonly Waiting<number>[], name: keyof typeof capacity): number =>
    running.reduce((sum, each) => sum + Math.min(each.resources[name] ?? 0, capacity[name]), 0);

  test('no more runs than there is room for, and in the end everything has run once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const queue = new ReadyQueue<number>(capacity);
        const running: Waiting<number>[] = [];
        const finished: number[] = [];
        let added = 0;
        const take = (): boolean => {
          const next = queue.take();
          if (next !== undefined) running.push(next);
          // Sums of tenths are not exact.
          for (const name of ['cpu', 'memory'] as const)
            expect(used(running, name)).toBeLessThanOrEqual(capacity[name] + 1e-9);
          return next !== undefined;
        };
        const release = (which: number): void => {
          const [done] = running.splice(which % Math.max(running.length, 1), 1);
          if (done === undefined) return;
          queue.release(done.resources);
          finished.push(done.item);
        };
        for (const each of steps) {
          if (each.type === 'add') {
            queue.add({ item: added, priority: each.priority, resources: each.resources as Resources });
            added += 1;
          } else if (each.type === 'take') {
            take();
          } else {
            release(each.which);
          }
        }
        // A deadlock: nothing runs, nothing can be taken, and something still waits.
        while (take() || running.length > 0) if (running.length > 0) release(0);
        expect(finished.toSorted((a, b) => a - b)).toEqual(Array.from({ length: added }, (_, index) => index));
      }),
    );
  });

  test('a waiting job is overtaken by few of those that come later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.array(fc.nat(3), { minLength: 40, maxLength: 60 }),
        (size, priorities) => {
          const queue = new ReadyQueue<string>({ cpu: 4 });
          const running: Waiting<string>[] = [];
          for (let index = 0; index < 4; index += 1) queue.add(job('early', 9));
          running.push(...takeAll(queue));
          queue.add(job('large', 5, { cpu: size }));
          let later = 0;
          for (const priority of priorities) {
            queue.add(job('late', priority));
            running.push(...takeAll(queue));
            if (running.some(({ item }) => item === 'large')) return;
            later = running.filter(({ item }) => item === 'late').length + later;
            const done = running.shift();
            if (done !== undefined) queue.release(done.resources);
          }
          expect.unreachable(`never started, overtaken ${later} times`);
        },
      ),
    );
  });

  test('ten thousand waiting jobs cost no more each than a few', () => {
    const queue = new ReadyQueue<string>({ cpu: 2 });
    const count = 10_000;
    const started = performance.now();
    for (let index = 0; index < count; index += 1) queue.add(job(String(index), index % 100));
    let taken = 0;
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      taken += 1;
      // The machine is full, so this attempt finds nothing.
      if (taken % 2 === 0) {
        expect(queue.take()).toBeUndefined();
        queue.release(next.resources);
        queue.release(next.resources);
      }
    }
    expect(taken).toBe(count);
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});
