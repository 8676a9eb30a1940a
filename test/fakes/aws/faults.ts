/** Faults that a test plans, call by call. Each fault occurs the planned number of times, and never again. */
import type { Ending } from './caller.ts';

export interface Fault {
  readonly action: string;
  /** Default: all regions. */
  readonly region?: string;
  /** The first call with the fault, counted from now: 1 is the next. */
  readonly nth?: number;
  /** The number of calls from there on; default 1. */
  readonly times?: number;
  readonly kind: FaultKind;
}

export type FaultKind =
  /** The call is answered with an error, before or after its work. */
  | {
      readonly type: 'error';
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
      readonly applied?: boolean;
    }
  /** The connection is cut, before or after. */
  | { readonly type: 'cut'; readonly applied: boolean }
  /** The call is answered as usual, but what it started fails: a copy `failed`, a task `deleted`, a snapshot `error`. */
  | { readonly type: 'ending'; readonly ending: Ending };

/** HTTP status of error codes that are not 400. */
const STATUS: Readonly<Record<string, number>> = {
  RequestLimitExceeded: 503,
  SlowDown: 503,
  Unavailable: 503,
  ServiceUnavailable: 503,
  InternalError: 500,
  InternalFailure: 500,
  InternalServerException: 500,
  InternalServerError: 500,
  ConcurrentLimitExceededException: 503,
  ConflictException: 503,
  ServiceQuotaExceededException: 402,
  AccessDenied: 403,
  AccessDeniedException: 403,
  UnauthorizedOperation: 403,
  AuthFailure: 401,
  ResourceNotFoundException: 404,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
};

export function statusOf(code: string): number {
  return STATUS[code] ?? 400;
}

export class Faults {
  #planned: { fault: Fault; seen: number }[] = [];

  plan(...faults: readonly Fault[]): void {
    this.#planned.push(...faults.map(fault => ({ fault, seen: 0 })));
  }

  /** Faults that have not occurred as often as planned: the test has not tested them. */
  get left(): readonly Fault[] {
    return this.#planned.map(({ fault }) => fault);
  }

  clear(): void {
    this.#planned = [];
  }

  /** The fault of a call; the call counts for all faults of its action. */
  next(action: string, region: string): FaultKind | undefined {
    let found: FaultKind | undefined;
    for (const each of this.#planned) {
      const { fault } = each;
      if (fault.action !== action || (fault.region ?? region) !== region) continue;
      each.seen += 1;
      if (each.seen >= (fault.nth ?? 1)) found ??= fault.kind;
    }
    this.#planned = this.#planned.filter(({ fault, seen }) => seen < (fault.nth ?? 1) + (fault.times ?? 1) - 1);
    return found;
  }
}
