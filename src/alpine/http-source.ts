/** A mirror on the web, through the built-in fetch; never accepts bytes that a server re-encoded, because digests are of the file. */
import { type Opened, type ResumePoint, type Source, SourceError } from './source.ts';
import { trustSystemCertificates } from './system-certificates.ts';

/** `base` has no slash at its end. `urlOf` moves single paths elsewhere. */
export function httpSource(base: string, idleTimeoutMs: number, urlOf: (path: string) => string | undefined): Source {
  const locate = (path: string): string => urlOf(path) ?? `${base}/${path.split('/').map(encodeSegment).join('/')}`;
  return {
    locate,
    async open(path, from, signal): Promise<Opened> {
      const first = await request(locate(path), from, idleTimeoutMs, signal);
      if (first !== 'range refused') return first;
      const whole = await request(locate(path), { offset: 0, validator: undefined }, idleTimeoutMs, signal);
      return whole === 'range refused' ? failed('the server refuses to send the file', false) : whole;
    },
  };
}

async function request(
  url: string,
  from: ResumePoint,
  idleTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Opened | 'range refused'> {
  await trustSystemCertificates();
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
    return { kind: 'failed', error: explain(error, idle, url) };
  } finally {
    idle.pause();
  }
  const opened = judge(response, resuming ? from.offset : 0);
  if (typeof opened !== 'number') {
    idle.abandon();
    return opened;
  }
  const total = totalOf(response, opened);
  const validator = validatorOf(response);
  return {
    kind: 'open',
    body: watched(response, idle, url),
    refuse: async () => idle.abandon(),
    offset: opened,
    ...(total === undefined ? {} : { total }),
    ...(validator === undefined ? {} : { validator }),
  };
}

/** The offset at which the body begins, or why there is none. */
function judge(response: Response, wanted: number): number | Opened | 'range refused' {
  const { status } = response;
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (status === 404 || status === 410) return { kind: 'not found' };
  if (status === 416 && wanted > 0) return 'range refused';
  if (status >= 500 || status === 408)
    return failed(`the server answers ${status} ${response.statusText}`.trimEnd(), true);
  if (status !== 200 && status !== 206)
    return failed(`the server answers ${status} ${response.statusText}`.trimEnd(), false);
  if (encoding !== 'identity') return failed(`the server sends the file encoded as ${encoding}, not as it is`, false);
  if (status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return Number(start) === wanted
    ? wanted
    : failed('the server sends another part of the file than was asked for', false);
}

async function* watched(response: Response, idle: IdleTimer, url: string): AsyncGenerator<Uint8Array> {
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
    throw explain(error, idle, url);
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

const TEMPORARY: ReadonlyMap<string, string> = new Map([
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

function explain(error: unknown, idle: IdleTimer, url: string): SourceError {
  if (idle.fired) return new SourceError(`nothing was received for ${idle.seconds} s`, true);
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  const code = cause?.code ?? '';
  const known = TEMPORARY.get(code);
  if (known !== undefined) return new SourceError(known, true);
  const { host } = new URL(url);
  if (code === 'ENOTFOUND') return new SourceError(`the host name ${host} is not known`, false);
  if (code === 'ECONNREFUSED') return new SourceError(`${host} refuses connections`, false);
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH')
    return new SourceError(`there is no network way to ${host}`, false);
  if (/CERT|SSL|TLS/.test(code)) return new SourceError(`the certificate of ${host} is not accepted (${code})`, false);
  return new SourceError(cause?.message ?? (error as Error).message, false);
}

function failed(what: string, temporary: boolean): Opened {
  return { kind: 'failed', error: new SourceError(what, temporary) };
}

/** Mirrors serve names such as g++ and alpine-devel@… under their plain names. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%2B', '+').replaceAll('%40', '@');
}
