/** For tests: which processes still run, as /proc tells. Never counts a zombie: it has ended, though nobody has reaped it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Process ids of those whose working folder is this one or lies below it, also if it has been removed. */
export function workingIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter(pid => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
