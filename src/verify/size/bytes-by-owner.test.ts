import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesByOwner } from './bytes-by-owner.ts';

const region = fc.record({
  offset: fc.nat(100),
  size: fc.nat(100),
  owner: fc.constantFrom('superblock', '/etc/motd', 'journal'),
});

test('owners and free space come to the range, and to what the bytes say one by one, also where regions overlap', () => {
  fc.assert(
    fc.property(fc.array(region), fc.nat(150), fc.nat(150), (list, one, other) => {
      const regions = list.toSorted((a, b) => a.offset - b.offset);
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const { owners, free } = bytesByOwner(regions, from, to);
      expect([...owners.values()].reduce((sum, bytes) => sum + bytes, free)).toBe(to - from);
      const ownerless = Array.from({ length: to - from }, (_, index) => from + index).filter(
        at => !regions.some(({ offset, size }) => offset <= at && at < offset + size),
      );
      expect(free).toBe(ownerless.length);
    }),
  );
});

test('what lies in two regions belongs to the one that begins first', () => {
  const regions = [
    { offset: 0, size: 10, owner: 'one' },
    { offset: 5, size: 10, owner: 'two' },
    { offset: 6, size: 2, owner: 'three' },
  ];
  expect([...bytesByOwner(regions, 0, 20).owners]).toEqual([
    ['one', 10],
    ['two', 5],
  ]);
});
