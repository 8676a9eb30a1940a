/**
 * Calls AWS, with retries after temporary errors; a failure has the name of the call, its region and a remedy. Never retries other errors.
 */
import type { RetryPolicy } from '../../../net/retry.ts';
import type { Failure } from '../../../util/failure.ts';
import { fail } from '../../../util/result.ts';
import { askProvider } from '../../ask-provider.ts';
import { type AwsError, awsError, isTemporary } from './aws-errors.ts';

export interface AwsCall {
  readonly action: string;
  readonly region: string;
  readonly policy: RetryPolicy;
  /** Ends the wait between two attempts, never a request. */
  readonly signal: AbortSignal;
  /** Additional kinds of temporary errors for this call. */
  readonly passes?: readonly AwsError['kind'][];
  /** Temporary kinds that are returned immediately. */
  readonly told?: readonly AwsError['kind'][];
}

export type AwsAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: Failure;
      /** The last error. */
      readonly refusal: AwsError;
    };

/** The name of a region in pools and failures. */
export function placeName(region: string): string {
  return `aws/${region}`;
}

export async function askAws<T>(call: AwsCall, ask: () => Promise<T>): Promise<AwsAnswer<T>> {
  const { action, region, policy, signal, passes = [], told = [] } = call;
  let refusal: AwsError | undefined;
  const answer = await askProvider(ask, {
    refused: error => {
      refusal = awsError(error);
      if (refusal === undefined) return undefined;
      const { code, message, kind } = refusal;
      const temporary = passes.includes(kind) || (isTemporary(kind) && !told.includes(kind));
      return { why: `${code}: ${message}`, temporary };
    },
    policy,
    where: placeName(region),
    signal,
  });
  if (answer.ok) return answer;
  // A failed call always has a refusal.
  const known = refusal as unknown as AwsError;
  const { remedy } = known;
  const error = { ...answer.error, what: `AWS rejected ${action}, or did not answer` };
  return { ...fail({ ...error, ...(remedy === undefined ? {} : { hint: remedy }) }), refusal: known };
}
