/**
 * Runs a program of aib's own in this process until it is done, is stopped or takes too long. Never waits for ever for one that does not heed its signal: it is
 * left behind after a while, and what it still does can only fail, for its folder is gone.
 */
import { fail, type Result } from '../../util/result.ts';
import { STOPPED } from './runner.ts';

/** Milliseconds that an action may take to heed its signal. */
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
  // What an action throws because it was told to stop is no bug.
  const thrown = (error: unknown): 'abandoned' => {
    if (!signal.aborted) throw error;
    return 'abandoned';
  };
  try {
    const done = await Promise.race([run(signal).catch(thrown), abandoned]);
    if (done !== 'abandoned' && (done.ok || !signal.aborted)) return done;
    if (stop.aborted) return fail(STOPPED);
    return fail({ code: 'AIB_TIMEOUT', what: `The action did not end within ${seconds} s` });
  } finally {
    clearTimeout(timer);
    clearTimeout(patience);
    signal.removeEventListener('abort', losePatience);
  }
}
