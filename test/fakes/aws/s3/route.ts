/** What an action of S3 is for the fake; never an action itself. */
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
  /** Parameters of the query that must be there; a route with more of them goes first. */
  readonly query?: readonly string[];
  readonly work: (cloud: Cloud, caller: Caller, request: S3Request) => Reply;
}
