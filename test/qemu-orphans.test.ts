/** QEMU and the program that started it: if one of them ends for any reason, the other ends too, with or without support of the kernel. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../src/util/files/test-folder.ts';
import { workingIn } from './processes.ts';

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, '../src', path));

const STARTERS = {
  'the driver of a build': `
    import { runSession } from ${source('qemu/drive/session.ts')};
    const options = { program: 'qemu-of-the-test', arguments: [], limitSeconds: 600, onLine: () => {} };
    await runSession({ ...options, onConsole: text => process.stdout.write(text) });
  `,
  'aib run': `
    import { runConsole } from ${source('qemu/console.ts')};
    const { signal } = new AbortController();
    await runConsole({ program: 'qemu-of-the-test', arguments: [], temporary: '/tmp', signal });
  `,
} as const;

test.each(
  Object.keys(STARTERS).flatMap(who => [
    [who, 'with what the machine has', undefined],
    [who, 'where there is no setpriv', 'exit 127'],
    // As in busybox.
    [who, 'where setpriv knows no death signal', 'echo "unrecognized option" >&2; exit 1'],
  ]) as (readonly [keyof typeof STARTERS, string, string | undefined])[],
)('%s takes QEMU along when it is killed, %s', async (who, _, setpriv) => {
  const folder = testFolder('orphans');
  const bin = join(folder, 'bin');
  const work = join(folder, 'work');
  for (const each of [bin, work]) mkdirSync(each);
  const put = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  put('qemu-of-the-test', 'echo up; exec sleep 600');
  if (setpriv !== undefined) put('setpriv', setpriv);
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', STARTERS[who]];
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const child = spawn(process.execPath, words, { cwd: work, env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    for (const pid of workingIn(work)) process.kill(Number(pid), 'SIGKILL');
  });
  await once(child.stdout, 'data');
  expect(workingIn(work)).toHaveLength(2);
  child.kill('SIGKILL');
  await expect.poll(() => workingIn(work), { timeout: 5_000 }).toEqual([]);
});
