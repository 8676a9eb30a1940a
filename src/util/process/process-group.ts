/**
 * Ends a child process together with everything that it started. The child must be the leader of its own group (`detached`), or is a single
 * process. Must not signal any other process.
 */
import { forget, watchOver } from './group-watchdog.ts';

/** Groups, as negative numbers, and processes that end with this process. */
const guarded = new Set<number>();

/** Sends SIGTERM to the group, and SIGKILL after a grace period; can be called after the group has ended. */
export function stopGroup(pid: number, graceMs: number): { readonly done: () => void } {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  return { done: () => clearTimeout(timer) };
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  signalTarget(-pid, signal);
}

function signalTarget(target: number, signal: NodeJS.Signals): void {
  // -1 and 0 would mean all processes and the own group.
  if (Math.abs(target) <= 1) return;
  try {
    process.kill(target, signal);
  } catch {
    // ESRCH: it has already ended.
  }
}

/**
 * Kills the group if this process ends before `done`: if it calls `process.exit`, for example after the second interruption, or if it is
 * killed.
 */
export function guardGroup(pid: number): { readonly done: () => void } {
  return guard(-pid);
}

/** The same for a process in the group of this process. */
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
