/** A tree of files on the web, through the built-in fetch; never accepts bytes that a server re-encoded, because digests are of the file. */
import { type Opened, type ResumePoint, type Source, SourceError } from './byte-source.ts';
import type { TransientTable } from './retry.ts';

export interface HttpSourceOptions {
  /** A connection on which nothing arrives for so long is cut. */
  readonly idleTimeoutMs: number;
  readonly transient: TransientTable;
  /** Moves single paths elsewhere. */
  readonly urlOf?: (path: string) => string | undefined;
}

/** `base` has no slash at its end. */
export function httpSource(base: string, options: HttpSourceOptions): Source {
  const locate = (path: string): string =>
    options.urlOf?.(path) ?? `${base}/${path.split('/').map(encodeSegment).join('/')}`;
  return {
    locate,
    async open(path, from, signal): Promise<Opened> {
      const first = await request(locate(path), from, options, signal);
      if (first !== 'range refused') return first;
      const whole = await request(locate(path), { offset: 0, validator: undefined }, options, signal);
      return whole === 'range refused' ? failed('the server refuses to send the file', false) : whole;
    },
  };
}

async function request(
  url: string,
  from: ResumePoint,
  { idleTimeoutMs, transient }: HttpSourceOptions,
  signal: AbortSignal | undefined,
): Promise<Opened | 'range refused'> {
  const resuming = from.offset > 0 && from.validator !== undefined;
  const idle = new IdleTimer(idleTimeoutMs);
  const headers = new Headers({ 'accept-encoding': 'identity' });
  if (resuming) {
    headers.set('range', `bytes=${from.offset}-`);
    headers.set('if-range', from.validator ?? '');
  }
  let response: Response;
  try {
    response = await fetch(url, {
      headers,
      signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
    });
  } catch (error) {
    return { kind: 'failed', error: explain(error, { idle, url, transient }) };
  } finally {
    idle.pause();
  }
  const opened = judge(response, resuming ? from.offset : 0, transient);
  if (typeof opened !== 'number') {
    idle.abandon();
    return opened;
  }
  const total = totalOf(response, opened);
  const validator = validatorOf(response);
  return {
    kind: 'open',
    body: watched(response, { idle, url, transient }),
    refuse: async () => idle.abandon(),
    offset: opened,
    ...(total === undefined ? {} : { total }),
    ...(validator === undefined ? {} : { validator }),
  };
}

/** The offset at which the body begins, or why there is none. */
function judge(response: Response, wanted: number, transient: TransientTable): number | Opened | 'range refused' {
  const { status } = response;
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (status === 404 || status === 410) return { kind: 'not found' };
  if (status === 416 && wanted > 0) return 'range refused';
  if (status !== 200 && status !== 206)
    return failed(`the server answers ${status} ${response.statusText}`.trimEnd(), transient.isTransient(status));
  if (encoding !== 'identity') return failed(`the server sends the file encoded as ${encoding}, not as it is`, false);
  if (status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return Number(start) === wanted
    ? wanted
    : failed('the server sends another part of the file than was asked for', false);
}

async function* watched(response: Response, asked: Asked): AsyncGenerator<Uint8Array> {
  const { idle } = asked;
  let ended = false;
  try {
    idle.resume();
    for await (const chunk of response.body ?? []) {
      idle.pause();
      yield chunk;
      idle.resume();
    }
    ended = true;
  } catch (error) {
    throw explain(error, asked);
  } finally {
    idle.pause();
    if (!ended) idle.abandon();
  }
}

function totalOf(response: Response, offset: number): number | undefined {
  const length = response.headers.get('content-length');
  return length === null ? undefined : offset + Number(length);
}

/** If-Range wants a strong ETag or a date. */
function validatorOf(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return response.headers.get('last-modified') ?? undefined;
}

/** Fires when nothing arrived for a while; time in which the receiver is busy does not count. */
class IdleTimer {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;
  fired = false;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
    this.resume();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get seconds(): number {
    return this.#milliseconds / 1000;
  }

  resume(): void {
    this.#timer = setTimeout(() => {
      this.fired = true;
      this.#controller.abort();
    }, this.#milliseconds);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Lets go of a connection that nobody reads to its end. */
  abandon(): void {
    this.pause();
    this.#controller.abort();
  }
}

/** What a request is known by when something goes wrong with it. */
interface Asked {
  readonly idle: IdleTimer;
  readonly url: string;
  readonly transient: TransientTable;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNRESET', 'the connection was cut'],
  ['EPIPE', 'the connection was cut'],
  ['UND_ERR_SOCKET', 'the connection was cut'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the connection was cut'],
  ['ETIMEDOUT', 'no connection within the time limit'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within the time limit'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer within the time limit'],
  ['UND_ERR_BODY_TIMEOUT', 'no answer within the time limit'],
  ['EAI_AGAIN', 'the name server does not answer'],
]);

function explain(error: unknown, { idle, url, transient }: Asked): SourceError {
  if (idle.fired) return new SourceError(`nothing was received for ${idle.seconds} s`, true);
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  const code = cause?.code ?? '';
  return new SourceError(wordsFor(code, url) ?? cause?.message ?? (error as Error).message, transient.codes.has(code));
}

function wordsFor(code: string, url: string): string | undefined {
  const { host } = new URL(url);
  if (code === 'ENOTFOUND') return `the host name ${host} is not known`;
  if (code === 'ECONNREFUSED') return `${host} refuses connections`;
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return `there is no network way to ${host}`;
  if (/CERT|SSL|TLS/.test(code)) return `the certificate of ${host} is not accepted (${code})`;
  return WORDS.get(code);
}

function failed(what: string, temporary: boolean): Opened {
  return { kind: 'failed', error: new SourceError(what, temporary) };
}

/** Mirrors serve names such as g++ and alpine-devel@… under their plain names. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%2B', '+').replaceAll('%40', '@');
}
