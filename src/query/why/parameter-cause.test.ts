import { expect, test } from 'vitest';
import { parameterCause } from './parameter-cause.ts';

const NOWHERE = { settings: undefined, lock: { path: '/lock', text: '' } };

test.each([
  ['what came and went', 'a b c', 'b c d', { added: ['d'], removed: ['a'], reordered: false }],
  ['another order', 'a b c', 'c b a', { added: [], removed: [], reordered: true }],
  ['another order beside what came', 'a b', 'b a c', { added: ['c'], removed: [], reordered: true }],
  ['one that is there twice', 'a b', 'a b a', { added: [], removed: [], reordered: true }],
])('of a list it tells %s', (_, before, after, told) => {
  expect(parameterCause('AIB_SCRIPTS', before, after, NOWHERE)).toMatchObject(told);
});

test('a text has no order', () => {
  expect(parameterCause('CLOUD', 'a b', 'b a', NOWHERE)).toMatchObject({ added: [], removed: [], reordered: false });
});
