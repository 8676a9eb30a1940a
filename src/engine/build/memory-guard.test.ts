import { expect, test } from 'vitest';
import { chargedResources } from './charged-resources.ts';
import { MemoryGuard } from './memory-guard.ts';

test('an action that asks for no memory is never held back', () => {
  expect(new MemoryGuard(() => 0).allows({ cpu: 4 })).toBe(true);
});

test('what runs is reckoned with by what it may still take, until it is over', () => {
  let available = 1_000;
  const guard = new MemoryGuard(() => available);
  const [one, two] = [{}, {}];
  expect(guard.allows({ memory: 1_000 })).toBe(true);
  guard.start(one, { memory: 600 });
  expect([guard.allows({ memory: 400 }), guard.allows({ memory: 401 })]).toEqual([true, false]);
  // It uses 500 of its 600, so these are no longer available.
  available = 500;
  guard.saw(one, 500);
  expect([guard.allows({ memory: 400 }), guard.allows({ memory: 401 })]).toEqual([true, false]);
  // It uses more than it was charged: this does not free any memory.
  guard.saw(one, 900);
  expect(guard.allows({ memory: 501 })).toBe(false);
  guard.end(one);
  guard.saw(one, 100);
  guard.saw(two, 100);
  expect(guard.allows({ memory: 500 })).toBe(true);
});

test('what was seen is charged with some room above it, in few sizes, and never less than was asked for', () => {
  expect(chargedResources({ cpu: 1 }, undefined)).toEqual({ cpu: 1, jobs: 1 });
  expect(chargedResources({ cpu: 1, memory: 512 }, undefined)).toEqual({ cpu: 1, memory: 512, jobs: 1 });
  expect(chargedResources({ memory: 512 }, 100)).toMatchObject({ memory: 512 });
  expect(chargedResources({ memory: 512 }, 600)).toMatchObject({ memory: 704 });
  expect(chargedResources({}, 1_000)).toMatchObject({ memory: 1_152 });
  expect(chargedResources({}, 8)).toEqual({ jobs: 1 });
});
