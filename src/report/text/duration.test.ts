import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, formatSeconds } from './duration.ts';

test('a duration is told in the unit that fits it', () => {
  expect(formatDuration(0)).toBe('0 ms');
  expect(formatDuration(850)).toBe('850 ms');
  expect(formatDuration(12_345)).toBe('12.3 s');
  expect(formatDuration(125_000)).toBe('2 min 05 s');
  expect(formatDuration(3_725_000)).toBe('1 h 02 min');
  expect(formatDuration(100 * 3_600_000)).toBe('100 h 00 min');
});

test('rounding carries over into the next unit', () => {
  expect(formatDuration(999.6)).toBe('1.0 s');
  expect(formatDuration(59_949)).toBe('59.9 s');
  expect(formatDuration(59_950)).toBe('1 min 00 s');
  expect(formatDuration(119_500)).toBe('2 min 00 s');
  expect(formatDuration(3_599_600)).toBe('1 h 00 min');
  expect(formatDuration(7_199_000)).toBe('2 h 00 min');
});

test('a clock that was set back during a build gives no negative time', () => {
  expect(formatDuration(-5)).toBe('0 ms');
  expect(formatSeconds(-5_000)).toBe('0 s');
});

test('a time that is shown while it grows has no tenths', () => {
  expect(formatSeconds(400)).toBe('0 s');
  expect(formatSeconds(12_345)).toBe('12 s');
  expect(formatSeconds(59_600)).toBe('1 min 00 s');
});

test('no duration is ever told with sixty of a smaller unit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e8, noNaN: true }), ms => {
      expect(formatDuration(ms)).not.toMatch(/\b(60(\.0)? s|60 min|1000 ms)/);
      expect(formatSeconds(ms)).not.toMatch(/\b(60 s|60 min)/);
    }),
  );
});
