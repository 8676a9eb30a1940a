/** The type of an S3 action in the fake. Must not contain an action. */
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import type { Reply, WireRequest } from '../wire/exchange.ts';
import type { S3Body } from './body.ts';

export interface S3Request {
  readonly wire: WireRequest;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: S3Body;
}

export interface S3Route {
  readonly action: string;
  readonly method: string;
  readonly on: 'account' | 'bucket' | 'object';
  /** Required parameters of the query; a route with more of them is tried first. */
  readonly query?: readonly string[];
  readonly work: (cloud: Cloud, caller: Caller, request: S3Request) => Reply;
}
