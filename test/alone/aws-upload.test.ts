/** Checks the cost of an upload to EBS, as measured by bench/aws-upload.ts. */
import { expect, it } from 'vitest';
import { measureUpload } from '../../bench/aws-upload.ts';

it('a disk goes to EBS at 0.7 of the speed of a bare loop of the SDK at least, and 8 GiB within 300 MiB', {
  tags: ['full'],
  timeout: 300_000,
}, async () => {
  const { ratio, peak, lines } = await measureUpload(3);
  process.stdout.write(`${lines.join('\n')}\n${ratio.toFixed(2)} of the speed of the bare loop\n`);
  expect(ratio).toBeGreaterThanOrEqual(0.7);
  expect(peak).toBeLessThanOrEqual(300);
});
