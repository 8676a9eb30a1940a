import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from './suggest.ts';

test('the edit distance counts insertions, deletions, replacements and swaps', () => {
  expect(editDistance('', '')).toBe(0);
  expect(editDistance('linux', 'linux')).toBe(0);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('busybox', 'busibox')).toBe(1);
  expect(editDistance('busybox', 'busybo')).toBe(1);
  expect(editDistance('busybox', 'busyboxx')).toBe(1);
  expect(editDistance('busybox', 'busybxo')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
});

test('the edit distance is symmetric, zero only for equal words, and a limit never lowers it to the limit', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 4 }), (a, b, limit) => {
      const distance = editDistance(a, b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance === 0).toBe(a === b);
      expect(editDistance(a, b, limit) <= limit).toBe(distance <= limit);
    }),
  );
});

test('the nearest names come first and far ones do not come at all', () => {
  const names = ['openssh', 'openssl', 'openssl-dev', 'busybox', 'opensp'];
  expect(nearest('opensssl', names)).toEqual(['openssl', 'openssh', 'opensp'].slice(0, 2));
  expect(nearest('busbox', names)).toEqual(['busybox']);
  expect(nearest('xyz', names)).toEqual([]);
});

test('no more names come back than were asked for, and equal distances sort by name', () => {
  expect(nearest('ab', ['ax', 'ac', 'ad', 'ac'], 2)).toEqual(['ac', 'ad']);
});
