import { expect, test } from 'vitest';
import { type Outcome, summarise } from './summary.ts';

const passed: Outcome = { name: 'a', state: 'passed' };
const failed: Outcome = { name: 'b', state: 'failed' };

test('the last line counts what passed, failed and was skipped', () => {
  const skipped: Outcome = { name: 'c', state: 'skipped', reason: 'no loop device' };
  expect(summarise([passed, passed, failed, skipped], 0).at(-1)).toBe('2 passed, 1 failed, 1 skipped');
  expect(summarise([], 0)).toEqual(['0 passed, 0 failed, 0 skipped']);
});

test('a failure outside any test counts as failed', () => {
  expect(summarise([passed], 2)).toEqual(['1 passed, 2 failed, 0 skipped']);
});

test('each skipped test stands with its reason, from the call or from its title', () => {
  const skip = (name: string, reason?: string): Outcome => ({
    name,
    state: 'skipped',
    ...(reason === undefined ? {} : { reason }),
  });
  expect(summarise([skip('mounts', 'no loop device'), skip('boots (skipped: no KVM)'), skip('signs')], 0)).toEqual([
    'skipped: mounts (no loop device)',
    'skipped: boots (skipped: no KVM)',
    'skipped: signs (no reason given)',
    '0 passed, 0 failed, 3 skipped',
  ]);
});
