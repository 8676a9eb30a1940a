/** For tests: the running processes, from /proc. Never counts a zombie, because it has ended, even if it is not reaped yet. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Ids of processes with this working folder or one below it, also if the folder has been removed. */
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
