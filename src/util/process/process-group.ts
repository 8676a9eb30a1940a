/**
 * Ends a child process together with everything it started. The child must have been made the leader of its own group (`detached`), or be named
 * by itself. Never signals anything else.
 */
import { forget, watchOver } from './group-watchdog.ts';

/** Groups, as negative numbers, and processes that end with this process. */
const guarded = new Set<number>();

/** Asks the group to stop, and kills it after a grace period; safe to call when it is gone already. */
export function stopGroup(pid: number, graceMs: number): { readonly done: () => void } {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  return { done: () => clearTimeout(timer) };
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  signalTarget(-pid, signal);
}

function signalTarget(target: number, signal: NodeJS.Signals): void {
  // -1 and 0 would mean everybody, and one's own group.
  if (Math.abs(target) <= 1) return;
  try {
    process.kill(target, signal);
  } catch {
    // ESRCH: nothing of it is left.
  }
}

/**
 * Kills the group if this process ends before `done`, whether it calls `process.exit`, as it does when it is interrupted twice, or is killed
 * itself.
 */
export function guardGroup(pid: number): { readonly done: () => void } {
  return guard(-pid);
}

/** The same for one that stays in the group of this process. */
export function guardProcess(pid: number): { readonly done: () => void } {
  return guard(pid);
}

function guard(target: number): { readonly done: () => void } {
  if (guarded.size === 0) process.on('exit', killGuarded);
  guarded.add(target);
  watchOver(target);
  const done = (): void => {
    guarded.delete(target);
    forget(target);
    if (guarded.size === 0) process.off('exit', killGuarded);
  };
  return { done };
}

function killGuarded(): void {
  for (const target of guarded) signalTarget(target, 'SIGKILL');
}
