/** Whether a thrown error is a requested stop, which is neither a failure nor a bug. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}
