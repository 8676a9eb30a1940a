import { expect, test } from 'vitest';
import { RecentlyUsed } from './recently-used.ts';

test('what was used lately is kept, and the rest is made again', () => {
  const kept = new RecentlyUsed<number>(80, 10);
  const made: number[] = [];
  const get = (key: number) => kept.get(key, () => made.push(key));
  for (const key of [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 1]) get(key);
  expect(made).toEqual([1, 2, 3, 4, 5, 6, 7]);
  for (const key of [10, 11, 12, 13, 14, 15, 16, 17, 1]) get(key);
  expect(made.slice(7)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 1]);
});
