/** Tells a stop that was asked for from everything else that is thrown: it is no failure and no bug. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && error === signal.reason;
}
