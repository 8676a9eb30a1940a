/**
 * A tree of files on the web; never accepts bytes that a server re-encoded, because digests are of the file, or a web page instead of a
 * file.
 */
import { type NotOpened, type Opened, type ResumePoint, type Sized, type Source, SourceError } from './byte-source.ts';
import { type Asked, requestProblem, statusProblem } from './http-problem.ts';
import { IdleTimer } from './idle-timer.ts';
import { authorizationFor } from './netrc.ts';
import { proxyFor } from './proxy.ts';
import type { TransientTable } from './retry.ts';
import { webFetch } from './web-fetch.ts';

export interface HttpSourceOptions {
  /** A connection without any data for this time is closed. */
  readonly idleTimeoutMs: number;
  readonly transient: TransientTable;
  /** Has the settings of proxies and the path of the netrc file. */
  readonly environment: NodeJS.ProcessEnv;
  /** Overrides the URL of single paths. */
  readonly urlOf?: (path: string) => string | undefined;
}

/** `base` has no slash at its end. */
export function httpSource(base: string, options: HttpSourceOptions): Source {
  const locate = (path: string): string =>
    options.urlOf?.(path) ?? `${base}/${path.split('/').map(encodeSegment).join('/')}`;
  return {
    locate,
    async open(path, from, signal) {
      const first = await openAt(locate(path), from, options, signal);
      if (first !== 'range refused') return first;
      const whole = await openAt(locate(path), NOTHING_YET, options, signal);
      return whole === 'range refused' ? failed('the server refuses to send the file') : whole;
    },
    size: (path, signal) => sizeOf(locate(path), options, signal),
  };
}

const NOTHING_YET: ResumePoint = { offset: 0, validator: undefined };

async function openAt(
  url: string,
  from: ResumePoint,
  options: HttpSourceOptions,
  signal: AbortSignal | undefined,
): Promise<Opened | 'range refused'> {
  const resuming = from.offset > 0 && from.validator !== undefined;
  const range: Record<string, string> = resuming
    ? { range: `bytes=${from.offset}-`, 'if-range': from.validator ?? '' }
    : {};
  const answer = await ask(url, { method: 'GET', more: range }, options, signal);
  if (answer.kind !== 'answer') return answer;
  const { response, asked } = answer;
  const offset = judge(response, resuming ? from.offset : 0, asked);
  if (typeof offset !== 'number') {
    asked.idle.abandon();
    return offset;
  }
  const total = totalOf(response, offset);
  const validator = validatorOf(response);
  const body = watched(response, asked);
  // The first bytes distinguish a file from a page; headers are not reliable.
  let first: IteratorResult<Uint8Array, void>;
  try {
    first = await body.next();
  } catch (error) {
    return { kind: 'failed', error: error as SourceError };
  }
  if (first.done !== true && isWebPage(first.value, offset, response)) {
    await body.return();
    return { kind: 'web page', from: new URL(response.url || url).host };
  }
  return {
    kind: 'open',
    body: joined(first, body),
    refuse: async () => void (await body.return()),
    offset,
    ...(total === undefined ? {} : { total }),
    ...(validator === undefined ? {} : { validator }),
  };
}

/** Uses HEAD; if the server does not support it, requests one byte. */
async function sizeOf(url: string, options: HttpSourceOptions, signal: AbortSignal | undefined): Promise<Sized> {
  for (const [method, more] of [
    ['HEAD', {}],
    ['GET', { range: 'bytes=0-0' }],
  ] as const) {
    const answer = await ask(url, { method, more }, options, signal);
    if (answer.kind !== 'answer') return answer;
    const { response, asked } = answer;
    asked.idle.abandon();
    const { status } = response;
    if (isMissing(status)) return { kind: 'not found' };
    if (method === 'HEAD' && (status === 405 || status === 501)) continue;
    if (status !== 200 && status !== 206) return { kind: 'failed', error: statusProblem(response, asked, Date.now()) };
    if (/^text\/html\b/.test(response.headers.get('content-type') ?? ''))
      return { kind: 'web page', from: new URL(response.url || url).host };
    const said =
      status === 206
        ? /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
        : response.headers.get('content-length');
    if (said !== undefined && said !== null && /^\d{1,15}$/.test(said)) return { kind: 'size', bytes: Number(said) };
  }
  return failed('the server does not report the size of the file');
}

type Answer = { readonly kind: 'answer'; readonly response: Response; readonly asked: Asked } | NotOpened;

async function ask(
  address: string,
  { method, more }: { readonly method: 'GET' | 'HEAD'; readonly more: Readonly<Record<string, string>> },
  { idleTimeoutMs, transient, environment }: HttpSourceOptions,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const url = new URL(address);
  const proxy = proxyFor(url, environment);
  if (typeof proxy === 'string') return failed(proxy);
  const authorization = authorizationFor(url.hostname, environment);
  const headers = new Headers({
    'accept-encoding': 'identity',
    ...more,
    ...(authorization === undefined ? {} : { authorization }),
  });
  const idle = new IdleTimer(idleTimeoutMs);
  const asked = { url, proxy, idle, transient };
  const ended = signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]);
  try {
    return { kind: 'answer', response: await webFetch(address, { method, headers, signal: ended }, proxy), asked };
  } catch (error) {
    return { kind: 'failed', error: requestProblem(error, asked) };
  } finally {
    idle.pause();
  }
}

/** The offset of the body, or why there is none. */
function judge(response: Response, wanted: number, asked: Asked): number | NotOpened | 'range refused' {
  const { status } = response;
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (isMissing(status)) return { kind: 'not found' };
  if (status === 416 && wanted > 0) return 'range refused';
  if (status === 511) return { kind: 'web page', from: asked.url.host };
  if (status !== 200 && status !== 206) return { kind: 'failed', error: statusProblem(response, asked, Date.now()) };
  if (encoding !== 'identity') return failed(`the server sends the file encoded as ${encoding}, not unchanged`);
  if (status === 200) return 0;
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return Number(start) === wanted ? wanted : failed('the server sends another part of the file than requested');
}

function isMissing(status: number): boolean {
  return status === 404 || status === 410;
}

/** No file of a mirror begins like a page. For an answer with type text/html that does not begin with a tag, the first byte is trusted. */
function isWebPage(start: Uint8Array, offset: number, response: Response): boolean {
  if (offset > 0) return false;
  const text = Buffer.from(start.subarray(0, 512))
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^<(!doctype html|html|head|body)\b/i.test(text)) return true;
  return text.startsWith('<') && /^text\/html\b/.test(response.headers.get('content-type') ?? '');
}

async function* watched(response: Response, asked: Asked): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* asked.idle.watch(response.body ?? []);
  } catch (error) {
    throw requestProblem(error, asked);
  }
}

async function* joined(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function totalOf(response: Response, offset: number): number | undefined {
  const length = response.headers.get('content-length');
  return length === null ? undefined : offset + Number(length);
}

/** If-Range requires a strong ETag or a date. */
function validatorOf(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  if (etag?.startsWith('"')) return etag;
  return response.headers.get('last-modified') ?? undefined;
}

function failed(what: string): { readonly kind: 'failed'; readonly error: SourceError } {
  return { kind: 'failed', error: new SourceError(what, false) };
}

/** Mirrors serve names such as g++ and alpine-devel@… under their plain names. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%2B', '+').replaceAll('%40', '@');
}
