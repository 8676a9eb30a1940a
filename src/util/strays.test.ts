import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { endStrays } from './strays.ts';

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
  const folder = mkdtempSync(join(tmpdir(), 'aib-strays-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const place = join(folder, 'place');
  const inside = [await daemon(place), await daemon(join(place, 'deep/er')), await daemon(join(place, 'gone'))];
  const beside = await daemon(join(folder, 'place-2'));
  rmSync(join(place, 'gone'), { recursive: true });
  expect(endStrays(place)).toBe(3);
  for (const { end } of inside) expect(await end).toEqual([null, 'SIGKILL']);
  expect(beside.child.exitCode).toBeNull();
  expect(endStrays(place)).toBe(0);
});
