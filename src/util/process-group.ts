/** Ends a child process together with everything it started. The child must have been made the leader of its own group (`detached`). */

/** Asks the group to stop, and kills it after a grace period; safe to call when it is gone already. */
export function stopGroup(pid: number, graceMs: number): { readonly done: () => void } {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
  return { done: () => clearTimeout(timer) };
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nothing of the group is left.
  }
}
