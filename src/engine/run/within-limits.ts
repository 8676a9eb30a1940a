/**
 * Runs a program of aib in this process until it is done, is stopped or exceeds its time limit. Never waits forever for a program that
 * ignores its signal: after a grace period it is abandoned, and whatever it still does can only fail, because its folder is gone.
 */
import { fail, type Result } from '../../util/result.ts';
import { STOPPED } from './runner.ts';

/** Milliseconds that an action may take to react to its signal. */
const GRACE_MS = 1_000;

export async function withinLimits(
  /** 0 for no limit. */
  seconds: number,
  stop: AbortSignal,
  run: (signal: AbortSignal) => Promise<Result<void>>,
): Promise<Result<void>> {
  const limit = new AbortController();
  const signal = AbortSignal.any([stop, limit.signal]);
  const timer = seconds > 0 ? setTimeout(() => limit.abort(), seconds * 1_000) : undefined;
  let patience: NodeJS.Timeout | undefined;
  const { promise: abandoned, resolve: abandon } = Promise.withResolvers<'abandoned'>();
  const losePatience = (): void => {
    patience = setTimeout(() => abandon('abandoned'), GRACE_MS);
  };
  if (signal.aborted) losePatience();
  signal.addEventListener('abort', losePatience);
  // An exception after a stop is not a bug.
  const thrown = (error: unknown): 'abandoned' => {
    if (!signal.aborted) throw error;
    return 'abandoned';
  };
  try {
    const done = await Promise.race([run(signal).catch(thrown), abandoned]);
    if (done !== 'abandoned' && (done.ok || !signal.aborted)) return done;
    if (stop.aborted) return fail(STOPPED);
    return fail({ code: 'AIB_TIMEOUT', what: `The action exceeded its time limit of ${seconds} s` });
  } finally {
    clearTimeout(timer);
    clearTimeout(patience);
    signal.removeEventListener('abort', losePatience);
  }
}
