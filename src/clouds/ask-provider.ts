/**
 * Calls a provider, with retries after temporary errors. Only for calls that may be repeated, as all calls of a step must be; never for
 * others.
 */
import { type RetryPolicy, retry } from '../net/retry.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** The meaning of an error of a provider's client. */
export interface Refused {
  /** The provider's message, for users. */
  readonly why: string;
  /** Throttling, a lost reply, an unavailable server. */
  readonly temporary: boolean;
}

export interface Asking {
  /** Undefined for an error that is not from the provider, but a bug in aib. */
  readonly refused: (error: unknown) => Refused | undefined;
  readonly policy: RetryPolicy;
  /** Such as `aws/eu-west-1`. */
  readonly where: string;
  /** Undefined for calls that must not be interrupted. */
  readonly signal: AbortSignal | undefined;
}

/** Rejects with the signal's reason when aborted. */
export async function askProvider<T>(ask: () => Promise<T>, options: Asking): Promise<Result<T>> {
  const { refused, policy, where, signal } = options;
  const answer = await retry(
    async () => {
      try {
        return { kind: 'done', value: await ask() };
      } catch (error) {
        // Clients have their own errors for aborted calls.
        signal?.throwIfAborted();
        const refusal = refused(error);
        if (refusal === undefined) throw error;
        return { kind: 'failed', ...refusal };
      }
    },
    policy,
    signal,
  );
  if (answer.kind === 'done') return ok(answer.value);
  signal?.throwIfAborted();
  const got = answer.kind === 'gave up' ? answer.why : '';
  return fail({ code: 'AIB_PROVIDER', what: 'The provider rejected a request, or did not answer', where, got });
}
