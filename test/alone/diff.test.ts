/** Checks the cost of `aib diff`, as measured by bench/diff.ts. */
import { expect, it } from 'vitest';
import { measureDiff } from '../../bench/diff.ts';

it('two images of 128 MiB are compared in three times what sha256sum takes for both, archives sooner than by diffoscope, and 8 GiB within 350 MiB', {
  tags: ['full'],
  timeout: 300_000,
}, () => {
  const { ratio, beside, peak, lines } = measureDiff(3);
  process.stdout.write(`${lines.join('\n')}\n`);
  expect(ratio).toBeLessThanOrEqual(3);
  expect(beside).toBeLessThan(1);
  expect(peak).toBeLessThanOrEqual(350);
});
