/** Keeps two processes from changing one file at a time, for as long as it takes to read and replace it. Never waits for one that is dead. */
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';

const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/** While `work` runs, `FILE.lock` says who it is. After ten seconds whoever holds it is taken to be gone. */
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
 * One at a time, and only what is dead still: between a look at a lock and its removal, somebody else may have removed that one and another have
 * taken a new one.
 */
function breakLock(lock: string, isLate: boolean): void {
  const breaking = `${lock}.breaking`;
  try {
    mkdirSync(breaking);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Left by somebody who died within a moment of it.
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
    // Somebody else did.
  }
}

/** A lock that is gone is nobody's, and says nothing of whoever takes the next one. */
function holderOf(lock: string): 'alive' | 'dead' | 'nobody' {
  let pid: number;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
  } catch {
    return 'nobody';
  }
  // It may just be about to say who it is.
  if (!(pid > 0)) return 'alive';
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    // Another user's is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}
