/** A call to a provider, made again while what it refuses with may pass by itself. Only for calls that may be made twice, as all of a step's must be. */
import { type RetryPolicy, retry } from '../net/retry.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** What an error of a provider's client means. */
export interface Refused {
  /** What the provider says, for people. */
  readonly why: string;
  /** Throttling, a lost reply, a server that is down. */
  readonly temporary: boolean;
}

export interface Asking {
  /** Undefined for what is no answer of the provider's, but a fault of aib. */
  readonly refused: (error: unknown) => Refused | undefined;
  readonly policy: RetryPolicy;
  /** Such as `aws/eu-west-1`. */
  readonly where: string;
  /** Undefined for what must come to its end. */
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
        // Clients have errors of their own for what was broken off.
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
