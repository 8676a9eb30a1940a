/** The one loop that asks again, waiting longer each time; never decides what is worth another attempt: each client has a table for that. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** At least 1. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled before each further one. */
  readonly pauseMs: number;
  /** A server that wants to be left alone for longer is given up at once: nobody waits for it unknowingly. */
  readonly longestWaitMs: number;
  /** In [0, 1): spreads out the retries of many clients. */
  readonly random: () => number;
  /** Waits; ends early, without rejecting, if the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Which failures may go away by themselves. What may be asked twice differs from client to client. */
export interface TransientTable {
  /** HTTP statuses. */
  readonly isTransient: (status: number) => boolean;
  /** Codes of connections that failed, as Node and undici name them. */
  readonly codes: ReadonlySet<string>;
}

export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** `why` is a phrase in plain words: "the connection was cut". */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly temporary: boolean;
      /** At least so long before the next attempt, if who was asked said so. */
      readonly afterMs?: number | undefined;
    };

export type Retried<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'gave up'; readonly why: string }
  | { readonly kind: 'cancelled' };

export async function retry<T>(
  attempt: () => Promise<Attempt<T>>,
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
): Promise<Retried<T>> {
  for (let count = 1; ; count += 1) {
    if (signal?.aborted === true) return { kind: 'cancelled' };
    const outcome = await attempt();
    if (outcome.kind === 'done') return outcome;
    if (isAborted(signal)) return { kind: 'cancelled' };
    const { why, temporary, afterMs = 0 } = outcome;
    if (!temporary) return { kind: 'gave up', why };
    if (afterMs > policy.longestWaitMs)
      return { kind: 'gave up', why: `${why}; try again in ${inWords(afterMs)}` };
    if (count >= policy.attempts)
      return { kind: 'gave up', why: count === 1 ? why : `${why}, ${count} times in a row` };
    await policy.wait(Math.max(afterMs, policy.pauseMs * 2 ** (count - 1) * (0.5 + policy.random())), signal);
  }
}

/** For a policy's `wait`. */
export async function waitOrStop(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Apart, because the compiler holds that a signal stays as it was looked at. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
