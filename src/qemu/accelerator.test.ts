import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testFolder } from '../util/files/test-folder.ts';
import { TRIALS, trialArguments } from './accelerator.ts';

/** How the firmware ends on a processor that works: QEMU's own. */
async function endOf(host: string, cpu: string): Promise<readonly unknown[]> {
  const trial = TRIALS[host] ?? expect.unreachable(host);
  const firmware = join(testFolder('probe'), 'probe.bin');
  writeFileSync(firmware, trial.firmware());
  const words = trialArguments({ ...trial, cpu }, firmware, 'tcg');
  const status = await new Promise(resolve => {
    execFile(trial.qemu, words, { timeout: 20_000 }, error => resolve(error === null ? 0 : error.code));
  });
  return [status, trial.works];
}

it('the trial of an x86_64 host says yes on a processor that works', async () => {
  const [status, works] = await endOf('x64', 'qemu64');
  expect(status).toBe(works);
});

it('the trial of an aarch64 host does, too', { tags: ['full'] }, async () => {
  const [status, works] = await endOf('arm64', 'cortex-a57');
  expect(status).toBe(works);
});
