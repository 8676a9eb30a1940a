import { expect, test } from 'vitest';
import { machineTimes, machineWords } from './machine-time.ts';

const ENDED = [
  { kind: 'base', duration: 5_600 },
  { kind: 'overlay', duration: 9_000 },
  { kind: 'disk', duration: 10_000 },
  { kind: 'disk', duration: 12_300 },
  { kind: 'boot', duration: 61_000 },
];

test('the time of machines is told by kind, and nothing else', () => {
  expect(machineWords(ENDED)).toBe('machines 1 min 29 s: 1 base 5.6 s, 2 disks 22.3 s, 1 boot 1 min 01 s');
  expect([...machineTimes(ENDED)][1]).toEqual(['disk', { runs: 2, ms: 22_300 }]);
  expect(
    machineWords([
      { kind: 'disk', duration: 1 },
      { kind: 'overlay', duration: 1 },
      { kind: 'no kind', duration: 1 },
    ]),
  ).toBeUndefined();
});
