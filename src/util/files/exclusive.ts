/** Keeps two processes from changing one file at a time, for as long as it takes to read and replace it. Never waits for one that is dead. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/** While `work` runs, `FILE.lock` says who it is. After ten seconds whoever holds it is taken to be gone. */
export function exclusively<T>(file: string, work: () => T): T {
  const lock = `${file}.lock`;
  const until = Date.now() + PATIENCE_MS;
  while (!take(lock)) {
    if (Date.now() > until || !isAlive(lock)) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // It may just be about to say who it is.
    if (!(pid > 0)) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
