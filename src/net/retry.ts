/** The loop for all retries, with growing pauses. Never decides what is worth a retry: each client has a table for that. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** At least 1. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled before each further one. */
  readonly pauseMs: number;
  /** If a server requires a longer pause, the retries end immediately, so that no user waits without knowing it. */
  readonly longestWaitMs: number;
  /** In [0, 1): spreads the retries of many clients. */
  readonly random: () => number;
  /** Waits; ends early, without rejecting, if the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** Which failures may be temporary. This differs between clients, because not all requests may be repeated. */
export interface TransientTable {
  /** HTTP statuses. */
  readonly isTransient: (status: number) => boolean;
  /** Codes of failed connections, from Node and undici. */
  readonly codes: ReadonlySet<string>;
}

export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** `why` is a phrase for users: "the connection was interrupted". */
  | {
      readonly kind: 'failed';
      readonly why: string;
      readonly temporary: boolean;
      /** The minimum pause before the next attempt, if the server requires one. */
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
    if (afterMs > policy.longestWaitMs) return { kind: 'gave up', why: `${why}; try again in ${inWords(afterMs)}` };
    if (count >= policy.attempts)
      return { kind: 'gave up', why: count === 1 ? why : `${why}, ${count} times in a row` };
    await policy.wait(Math.max(afterMs, policy.pauseMs * 2 ** (count - 1) * (0.5 + policy.random())), signal);
  }
}

/** For a policy's `wait`. */
export async function waitOrStop(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** A separate function, because the compiler assumes that the state of a signal does not change. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function inWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
