/** Checks the benefit of a shared base for the images of a version, as measured by bench/matrix.ts. */
import { expect, it } from 'vitest';
import { IMAGES, measureMatrix } from '../../bench/matrix.ts';

it('22 images of a version take little more than half the time of machines that they take apart, and a second image 55 % of the first', {
  tags: ['full'],
  timeout: 1_800_000,
  retry: 1,
}, async () => {
  const { scaled, secondToFirst, freshToSecond, oneMore, tables } = await measureMatrix(IMAGES.slice(0, 4));
  process.stdout.write(`${tables.join('\n')}\n`);
  // One half on an idle machine; runs differ by a tenth. docs/performance.md has what a fresh machine costs here and elsewhere.
  expect(scaled).toBeLessThanOrEqual(0.55);
  expect(secondToFirst).toBeLessThanOrEqual(0.55);
  expect(freshToSecond).toBeGreaterThanOrEqual(1.2);
  expect(oneMore).toEqual(['//azure/x86_64/bios/tiny@3.20:disk']);
});
