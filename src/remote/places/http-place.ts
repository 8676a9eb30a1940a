/**
 * A cache on a web server, in the layout of Bazel: GET, HEAD and PUT of `/ac/HEX` and `/cas/HEX`. nginx with WebDAV and bazel-remote serve it.
 * Credentials are sent only to the server itself: redirects are not followed, and no message contains them.
 */
import { SourceError } from '../../net/byte-source.ts';
import { type Asked, requestProblem, statusProblem } from '../../net/http-problem.ts';
import { IdleTimer } from '../../net/idle-timer.ts';
import { authorizationFor } from '../../net/netrc.ts';
import { proxyFor } from '../../net/proxy.ts';
import type { TransientTable } from '../../net/retry.ts';
import { webFetch } from '../../net/web-fetch.ts';
import type { Digest, Sha256 } from '../../store/content/digest.ts';
import { formatBytes } from '../../util/bytes.ts';
import { type Bytes, type CachePlace, type Content, PlaceError, type Shelf } from './cache-place.ts';

export interface HttpPlaceOptions {
  /** The value of the Authorization header; without it, the entry of the host in ~/.netrc is used. */
  readonly authorization: string | undefined;
  /** A connection without any data for this time is closed. */
  readonly idleTimeoutMs: number;
  /** Has the settings of proxies and the path of the netrc file. */
  readonly environment: NodeJS.ProcessEnv;
}

const TRANSIENT: TransientTable = {
  isTransient: status => status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507),
  codes: new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']),
};

type Method = 'GET' | 'HEAD' | 'PUT';

interface Answer {
  readonly response: Response;
  readonly asked: Asked;
}

/** `base` has no slash at its end. */
export function httpPlace(base: string, options: HttpPlaceOptions): CachePlace {
  const { host, pathname } = new URL(base);
  const urlOf = (shelf: Shelf, hash: Sha256): string => `${base}/${shelf}/${hash}`;

  return {
    name: pathname === '/' ? host : `${host}${pathname}`,

    async get(shelf, hash, signal): Promise<Bytes | undefined> {
      const answer = await send('GET', urlOf(shelf, hash), options, signal);
      const { status } = answer.response;
      if (status === 200) return bodyOf(answer, signal);
      await drop(answer);
      if (status === 404 || status === 410) return undefined;
      throw refusal(answer);
    },

    async put(shelf, hash, content, signal) {
      const answer = await send('PUT', urlOf(shelf, hash), options, signal, content);
      await drop(answer);
      if (!answer.response.ok) throw putRefusal(answer, content.size);
    },

    async contains({ hash, size }: Digest, signal) {
      const answer = await send('HEAD', urlOf('cas', hash), options, signal);
      await drop(answer);
      const { status, headers } = answer.response;
      if (status === 200) {
        const length = headers.get('content-length');
        return length === null || headers.has('content-encoding') || Number(length) === size;
      }
      // A server without HEAD gets the blob again.
      if (status === 404 || status === 410 || status === 405 || status === 501) return false;
      throw refusal(answer);
    },
  };
}

async function send(
  method: Method,
  address: string,
  { authorization, idleTimeoutMs, environment }: HttpPlaceOptions,
  signal: AbortSignal,
  content?: Content,
): Promise<Answer> {
  const url = new URL(address);
  const proxy = proxyFor(url, environment);
  if (typeof proxy === 'string') throw new PlaceError('gone', proxy);
  const credentials = authorization ?? authorizationFor(url.hostname, environment);
  const headers = new Headers({
    'accept-encoding': 'identity',
    ...(credentials === undefined ? {} : { authorization: credentials }),
    ...(content === undefined
      ? {}
      : { 'content-length': String(content.size), 'content-type': 'application/octet-stream' }),
  });
  const idle = new IdleTimer(idleTimeoutMs);
  const asked: Asked = { url, proxy, idle, transient: TRANSIENT };
  const ended = AbortSignal.any([signal, idle.signal]);
  const source = content === undefined ? undefined : new SentContent(content, idle);
  try {
    const body = source === undefined ? {} : { body: () => source.read() };
    const response = await webFetch(address, { method, headers, signal: ended, redirect: 'manual', ...body }, proxy);
    return { response, asked };
  } catch (error) {
    signal.throwIfAborted();
    // The file cannot be read, or has changed: not a problem of the server.
    if (source?.fault !== undefined) throw source.fault.error;
    throw asPlaceError(error, asked, method);
  } finally {
    idle.pause();
  }
}

/** The content of a request. Each part that the connection takes restarts the timer. */
class SentContent {
  fault: { readonly error: unknown } | undefined;
  readonly #content: Content;
  readonly #idle: IdleTimer;

  constructor(content: Content, idle: IdleTimer) {
    this.#content = content;
    this.#idle = idle;
  }

  async *read(): Bytes {
    try {
      for await (const chunk of this.#content.read()) {
        this.#idle.pause();
        this.#idle.resume();
        yield chunk;
      }
      this.#idle.pause();
      this.#idle.resume();
    } catch (error) {
      this.fault = { error };
      throw error;
    }
  }
}

async function* bodyOf({ response, asked }: Answer, signal: AbortSignal): Bytes {
  try {
    yield* asked.idle.watch(response.body ?? []);
  } catch (error) {
    signal.throwIfAborted();
    throw asPlaceError(error, asked, 'GET');
  }
}

/** Closes the connection, unless the body is empty. */
async function drop({ response }: Answer): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}

function asPlaceError(error: unknown, asked: Asked, method: Method): PlaceError {
  const { message, temporary } = error instanceof SourceError ? error : requestProblem(error, asked);
  if (!asked.idle.fired) return new PlaceError(temporary ? 'shaky' : 'gone', message);
  // Waiting again would take as long.
  return new PlaceError(method === 'PUT' ? 'read-only' : 'gone', message);
}

const CREDENTIALS = 'set token_file or login_file for this cache: see docs/remote.md';

function refusal({ response, asked }: Answer): PlaceError {
  const { status, headers } = response;
  if (status === 401 || status === 403)
    return new PlaceError('gone', `the server denies access (${status})`, CREDENTIALS);
  if (status >= 300 && status < 400) {
    const to = URL.parse(headers.get('location') ?? '', asked.url.href);
    const where = to === null ? 'another address' : to.host === asked.url.host ? to.pathname : to.host;
    return new PlaceError('gone', `the server redirects to ${where}`, 'write that address into remote_cache');
  }
  const { message, temporary } = statusProblem(response, asked, Date.now());
  return new PlaceError(temporary ? 'shaky' : 'gone', message);
}

/** A server that takes no results may still have some. */
function putRefusal(answer: Answer, size: number): PlaceError {
  const { status } = answer.response;
  if (status === 413) return new PlaceError('refused', `the server does not take files of ${formatBytes(size)} (413)`);
  if (status === 507) return new PlaceError('read-only', 'the server has no free space (507)');
  if (status === 401 || status === 403 || status === 405 || status === 501)
    return new PlaceError('read-only', `the server takes no results (${status})`, 'set write = false for this cache');
  return refusal(answer);
}
