import { expect, test } from 'vitest';
import { expectedCosts } from './costs.ts';

const GIB = 2 ** 30;

test('what is sent costs its blocks, what is copied its way, and both cost their place', () => {
  const costs = expectedCosts({ imports: [GIB, GIB / 2], copies: [GIB, GIB, GIB], publications: 4 });
  expect(costs).toMatchObject({ bytes: 1.5 * GIB, blocks: 3_072, isWhole: true });
  expect(costs.once).toBeCloseTo(3.072 * 0.006 + 3 * 0.02);
  expect(costs.monthly).toBeCloseTo(4.5 * 0.05);
});

test('a disk that is not built yet is left out, and that is told', () => {
  expect(expectedCosts({ imports: [undefined], copies: [1], publications: 0 })).toMatchObject({
    ...{ bytes: 0, blocks: 0, isWhole: false },
  });
  expect(expectedCosts({ imports: [], copies: [], publications: 1 })).toMatchObject({
    once: 0,
    monthly: 0,
    isWhole: true,
  });
});
