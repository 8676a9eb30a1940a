/**
 * Ends a child process together with everything it started. The child must have been made the leader of its own group (`detached`). Never
 * signals anything but such a group.
 */
import { forgetGroup, watchGroup } from './group-watchdog.ts';

/** Groups that end with this process. */
const guarded = new Set<number>();

/** Asks the group to stop, and kills it after a grace period; safe to call when it is gone already. */
export function stopGroup(pid: number, graceMs: number): { readonly done: () => void } {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  return { done: () => clearTimeout(timer) };
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // -1 and -0 would mean everybody, and one's own group.
  if (pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nothing of the group is left.
  }
}

/**
 * Kills the group if this process ends before `done`, whether it calls `process.exit`, as it does when it is interrupted twice, or is killed
 * itself.
 */
export function guardGroup(pid: number): { readonly done: () => void } {
  if (guarded.size === 0) process.on('exit', killGuarded);
  guarded.add(pid);
  watchGroup(pid);
  const done = (): void => {
    guarded.delete(pid);
    forgetGroup(pid);
    if (guarded.size === 0) process.off('exit', killGuarded);
  };
  return { done };
}

function killGuarded(): void {
  for (const pid of guarded) signalGroup(pid, 'SIGKILL');
}
