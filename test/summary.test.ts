import { expect, test } from 'vitest';
import { type Outcome, summarise } from './summary.ts';
import { partsBefore, timingLines } from './timings.ts';

const passed: Outcome = { name: 'a', state: 'passed' };
const failed: Outcome = { name: 'b', state: 'failed' };

const first = { otherFailures: 0, tier: 'first' } as const;
const everything = { otherFailures: 0, tier: 'full' } as const;

test('the last line counts what passed, failed and was skipped', () => {
  const skipped: Outcome = { name: 'c', state: 'skipped', reason: 'no loop device' };
  expect(summarise([passed, passed, failed, skipped], first).at(-1)).toBe('2 passed, 1 failed, 1 skipped');
  expect(summarise([], first)).toEqual(['0 passed, 0 failed, 0 skipped']);
});

test('a failure outside any test counts as failed', () => {
  expect(summarise([passed], { ...first, otherFailures: 2 })).toEqual(['1 passed, 2 failed, 0 skipped']);
});

test('each skipped test stands with its reason, from the call or from its title', () => {
  const skip = (name: string, reason?: string): Outcome => ({
    name,
    state: 'skipped',
    ...(reason === undefined ? {} : { reason }),
  });
  expect(summarise([skip('mounts', 'no loop device'), skip('boots (skipped: no KVM)'), skip('signs')], first)).toEqual([
    'skipped: mounts (no loop device)',
    'skipped: boots (skipped: no KVM)',
    'skipped: signs (no reason given)',
    '0 passed, 0 failed, 3 skipped',
  ]);
});

test('what belongs to --full alone is one line in the first tier, and counts for nothing there', () => {
  const full: Outcome = { name: 'boots all', state: 'skipped', full: true };
  expect(summarise([passed, full, full], first)).toEqual([
    '2 more belong to ./run-tests --full',
    '1 passed, 0 failed, 0 skipped',
  ]);
  expect(summarise([passed, { ...full, state: 'passed' }], everything)).toEqual(['2 passed, 0 failed, 0 skipped']);
});

test('in --full a skipped test has failed', () => {
  const skipped: Outcome = { name: 'mounts', state: 'skipped', reason: 'no loop device' };
  expect(summarise([passed, skipped], everything)).toEqual([
    'failed, since --full skips nothing: mounts (no loop device)',
    '1 passed, 1 failed, 0 skipped',
  ]);
});

test('before the counts stands where the time went', () => {
  const parts = partsBefore('setup=3 check=12');
  const files = Array.from({ length: 12 }, (_, index) => ({ name: `${index}.test.ts`, ms: 1000 * index }));
  const timings = timingLines([...parts, { name: 'unit', ms: 65_000 }], files);
  expect(timings[0]).toBe('took 1 min 20 s: setup 3 s, check 12 s, unit 1 min 05 s');
  expect(timings.slice(2).map(line => line.trim().split('  '))).toEqual(
    [11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map(index => [`${index} s`, `${index}.test.ts`]),
  );
  expect(summarise([passed], { ...first, timings: ['took 1 s: unit 1 s'] }).at(-2)).toBe('took 1 s: unit 1 s');
});
