/** Checks the cost of a lock for the whole matrix with indexes as long as Alpine's, as measured by bench/supply.ts. */
import { expect, it } from 'vitest';
import { measureSupply } from '../../bench/supply.ts';

const LARGEST_RATIO = 60;
const QUESTION_MIB = 300;
const UPDATE_MIB = 1024;

it('questions about 426 locked variants take at most 60 empty node processes and 300 MiB, their update 1 GiB', {
  tags: ['full'],
  timeout: 600_000,
}, async () => {
  const { variants, indexes, update, questions, tables } = await measureSupply(3);
  process.stdout.write(`${tables.join('\n')}\n`);
  expect(variants).toBe(426);
  // Each is read once.
  expect([indexes, update.parsed]).toEqual([28, 28]);
  expect(update.peak).toBeLessThanOrEqual(UPDATE_MIB);
  for (const { ratio, peak } of Object.values(questions)) {
    expect(ratio).toBeLessThanOrEqual(LARGEST_RATIO);
    expect(peak).toBeLessThanOrEqual(QUESTION_MIB);
  }
});
