/** The requests and replies of the services of the fake of AWS. Must not depend on the connection. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import type { AwsError } from './aws-error.ts';

export interface WireRequest {
  readonly method: string;
  /** Decoded; for S3 it contains the bucket. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface Operation {
  readonly action: string;
  /** The parameters for the log of calls. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The whole work, synchronously, so that no other call comes in between. Throws an AwsError. */
  readonly run: (cloud: Cloud, caller: Caller) => Reply;
}

export interface Service {
  readonly read: (request: WireRequest) => Operation;
  readonly fail: (error: AwsError, requestId: string, request: WireRequest) => Reply;
}

/** A header that may occur once. */
export function headerOf({ headers }: WireRequest, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
}
