/** What the services of the fake of AWS get and give; never anything of the connection that it came by. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import type { AwsError } from './aws-error.ts';

export interface WireRequest {
  readonly method: string;
  /** Decoded; S3 has the bucket in it. */
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
  /** What the log of calls says of it. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The whole of the work, in one go: no other call comes between. Throws an AwsError. */
  readonly run: (cloud: Cloud, caller: Caller) => Reply;
}

export interface Service {
  readonly read: (request: WireRequest) => Operation;
  readonly fail: (error: AwsError, requestId: string, request: WireRequest) => Reply;
}

/** A header that may be there once. */
export function headerOf({ headers }: WireRequest, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
}
