/** Lets only one process at a time read and replace a file. Must not wait for a process that has ended. */
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/** While `work` runs, `FILE.lock` contains the process id. A lock that is not free after ten seconds is broken. */
export function exclusively<T>(file: string, work: () => T): T {
  const lock = `${file}.lock`;
  const until = Date.now() + PATIENCE_MS;
  while (!take(lock)) {
    const isLate = Date.now() > until;
    if (isLate || holderOf(lock) === 'dead') breakLock(lock, isLate);
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

/**
 * One process at a time, with a second check: after the first look at a lock, another process may have removed it, and a third may have
 * taken a new lock.
 */
function breakLock(lock: string, isLate: boolean): void {
  const breaking = `${lock}.breaking`;
  try {
    mkdirSync(breaking);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Left by a process that was killed here.
    if (isLate) rmdirIfThere(breaking);
    return;
  }
  try {
    if (isLate || holderOf(lock) === 'dead') rmSync(lock, { force: true });
  } finally {
    rmdirIfThere(breaking);
  }
}

function rmdirIfThere(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another process removed it.
  }
}

/** `nobody` if the lock no longer exists; another process may take a new lock at any time. */
function holderOf(lock: string): 'alive' | 'dead' | 'nobody' {
  let pid: number;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
  } catch {
    return 'nobody';
  }
  // The process may be about to write its id.
  if (!(pid > 0)) return 'alive';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    // A process of another user is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}
