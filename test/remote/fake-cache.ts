/**
 * A web server with Bazel's layout of a cache, in memory: GET, HEAD and PUT of /ac/HEX and /cas/HEX. It checks nothing, as nginx does, and can
 * be told to misbehave. Lives until the test ends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Content } from '../../src/remote/places/cache-place.ts';
import { type HttpPlaceOptions, httpPlace } from '../../src/remote/places/http-place.ts';
import { listen, stop } from '../local-server.ts';

/** Answers a request in place of the server; false to let it answer as usual. */
export type Fault = (request: IncomingMessage, response: ServerResponse, stored: Buffer | undefined) => boolean;

export interface FakeCache {
  readonly url: string;
  readonly files: Map<string, Buffer>;
  /** `GET /ac/HEX`, in order. */
  readonly requests: string[];
  /** Values of the Authorization header, in order. */
  readonly credentials: (string | undefined)[];
  fault: Fault | undefined;
  readonly place: (options?: Partial<HttpPlaceOptions>) => ReturnType<typeof httpPlace>;
  readonly stop: () => Promise<void>;
}

export async function fakeCache(): Promise<FakeCache> {
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    cache.requests.push(`${method} ${url}`);
    cache.credentials.push(request.headers.authorization);
    if (cache.fault?.(request, response, files.get(url)) === true) return;
    if (method === 'PUT') {
      receive(request).then(
        body => {
          const length = request.headers['content-length'];
          const isWhole = length !== undefined && Number(length) === body.byteLength;
          if (isWhole) files.set(url, body);
          response.writeHead(isWhole ? 201 : 400).end();
        },
        () => undefined,
      );
      return;
    }
    const found = files.get(url);
    if (found === undefined) response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no such file</html>');
    else response.writeHead(200, { 'content-length': found.byteLength }).end(method === 'HEAD' ? undefined : found);
  });
  const url = await listen(server);
  let isUp = true;
  const end = async (): Promise<void> => {
    if (isUp) await stop(server);
    isUp = false;
  };
  onTestFinished(end);
  const cache: FakeCache = {
    url,
    files,
    requests: [],
    credentials: [],
    fault: undefined,
    place: (options = {}) =>
      httpPlace(url, {
        authorization: undefined,
        idleTimeoutMs: 5_000,
        environment: { NETRC: '/nowhere' },
        ...options,
      }),
    stop: end,
  };
  return cache;
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of an upload. */
export function contentOf(...chunks: readonly (string | Uint8Array)[]): Content {
  const bytes = chunks.map(chunk => Buffer.from(chunk));
  return {
    size: bytes.reduce((sum, { byteLength }) => sum + byteLength, 0),
    read: async function* read() {
      yield* bytes;
    },
  };
}
