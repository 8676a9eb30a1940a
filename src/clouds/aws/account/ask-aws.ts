/** A call to AWS, made again while it may come right by itself; what it is refused with is told with the call's name, its region and a remedy. */
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
  /** Kinds of refusals that pass by themselves, of this call alone. */
  readonly passes?: readonly AwsError['kind'][];
  /** And those that the caller wants to hear of at once. */
  readonly told?: readonly AwsError['kind'][];
}

export type AwsAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: Failure;
      /** What was said last. */
      readonly refusal: AwsError;
    };

/** The name of a place, as pools and failures have it. */
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
  // Nothing fails but by a refusal.
  const known = refusal as unknown as AwsError;
  const { remedy } = known;
  const error = { ...answer.error, what: `AWS rejected ${action}, or did not answer` };
  return { ...fail({ ...error, ...(remedy === undefined ? {} : { hint: remedy }) }), refusal: known };
}
