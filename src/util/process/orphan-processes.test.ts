import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../files/test-folder.ts';
import { endOrphanProcesses } from './orphan-processes.ts';

/** A process in a session of its own, in a folder. */
async function daemon(folder: string) {
  mkdirSync(folder, { recursive: true });
  const child = spawn('sleep', ['60'], { cwd: folder, detached: true, stdio: 'ignore' });
  const end = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  return { child, end };
}

test('what works in a folder is ended, also below it and when the folder is gone; what works beside it goes on', async () => {
  const folder = testFolder('orphans');
  const place = join(folder, 'place');
  const inside = [await daemon(place), await daemon(join(place, 'deep/er')), await daemon(join(place, 'gone'))];
  const beside = await daemon(join(folder, 'place-2'));
  rmSync(join(place, 'gone'), { recursive: true });
  expect(endOrphanProcesses(place)).toBe(3);
  for (const { end } of inside) expect(await end).toEqual([null, 'SIGKILL']);
  expect(beside.child.exitCode).toBeNull();
  expect(endOrphanProcesses(place)).toBe(0);
});

test('a folder that is named by way of a link is the same folder', async () => {
  const folder = testFolder('orphans');
  const { end } = await daemon(join(folder, 'real/place'));
  symlinkSync('real', join(folder, 'link'));
  expect(endOrphanProcesses(join(folder, 'link/place'))).toBe(1);
  expect(await end).toEqual([null, 'SIGKILL']);
});

const UNSHARE = ['unshare', '--map-root-user', '--mount'];
const cannotUnshare =
  spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status !== 0;

test.skipIf(cannotUnshare)('a folder of the same name in a container is another folder [needs unshare]', async () => {
  const place = testFolder('orphans');
  const script = 'mount -t tmpfs none "$0" && cd "$0" && echo there && exec sleep 60';
  const [program = '', ...options] = UNSHARE;
  const child = spawn(program, [...options, 'sh', '-c', script, place], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = once(child, 'exit');
  await once(child.stdout, 'data');
  expect(readlinkSync(`/proc/${child.pid}/cwd`)).toBe(place);
  expect(endOrphanProcesses(place)).toBe(0);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  child.kill('SIGKILL');
  await end;
});
