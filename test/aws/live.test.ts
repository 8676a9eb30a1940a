/** The script for a real account, run on the fake: it ends, reports its observations, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeAws } from '../fakes/aws/server.ts';
import { ACCOUNT, HOME } from './aws-rig.ts';
import { HASTE } from './aws-world.ts';

test.each([
  [ACCOUNT, 0, 'all is as it should be, and nothing is left'],
  ['210987654321', 2, `these are credentials of ${ACCOUNT}`],
])('what is tried with the account %s ends with %i', async (account, code, words) => {
  const aws = await startFakeAws();
  onTestFinished(aws.stop);
  Object.assign(aws.world.settings.lag, HASTE);
  const script = join(import.meta.dirname, 'live.ts');
  const child = spawn(process.execPath, ['--experimental-strip-types', '--no-warnings', script, account], {
    env: {
      ...{ ...process.env, AWS_ENDPOINT_URL: aws.url, AWS_REGION: HOME, AIB_AWS_POLL: '0.001' },
      ...{ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, errors] = [text(child.stdout), text(child.stderr)];
  await once(child, 'exit');
  expect([child.exitCode, await errors], await said).toEqual([code, '']);
  expect(await said).toContain(words);
  expect([aws.world.images, aws.world.snapshots]).toEqual([{}, {}]);
});
