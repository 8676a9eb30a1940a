/** Processes that try to outlive their command, and aib itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { lockStore } from '../../src/store/store.ts';
import { isAlive } from '../processes.ts';
import { makeRig, shell } from './rig.ts';

/** A process id that the script wrote; the process is always ended after the test. */
function pidIn(path: string): number {
  const pid = Number(readFileSync(path, 'utf8'));
  expect(pid).toBeGreaterThan(1);
  return pid;
}

const DAEMON = 'setsid sh -c \'echo $$ > "$0"; exec sleep 60 <&- >&- 2>&-\'';

it('a daemon that a short command left behind is gone at the end of the build', async () => {
  const rig = makeRig();
  const note = join(rig.folder, 'pid');
  const built = await rig.build(
    [shell('a', `${DAEMON} '${note}' & while [ ! -s '${note}' ]; do :; done; echo > out`)],
    ['a'],
  );
  expect(built.status).toBe('done');
  await expect.poll(() => isAlive(pidIn(note))).toBe(false);
});

it('a daemon that a killed build left behind is gone when the next one has the store', async () => {
  const rig = makeRig();
  const place = join(rig.store.temporary, 'left');
  mkdirSync(place);
  const child = spawn('sleep', ['60'], { cwd: place, detached: true, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = once(child, 'exit');
  await once(child, 'spawn');
  const { signal } = new AbortController();
  const lock = await lockStore(rig.store.folder, { pid: 1, command: '' }, { onWait: () => {}, signal });
  lock.release();
  expect(await end).toEqual([null, 'SIGKILL']);
});
