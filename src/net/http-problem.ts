/** Describes what went wrong with a request, with the host: that of the server or of the proxy. Never decides about retries. */
import { SourceError } from './byte-source.ts';
import type { IdleTimer } from './idle-timer.ts';
import type { WebProxy } from './proxy.ts';
import type { TransientTable } from './retry.ts';

/** The facts of a request for messages about it. */
export interface Asked {
  readonly url: URL;
  readonly proxy: WebProxy | undefined;
  readonly idle: IdleTimer;
  readonly transient: TransientTable;
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNRESET', 'the connection was interrupted'],
  ['EPIPE', 'the connection was interrupted'],
  ['UND_ERR_SOCKET', 'the connection was interrupted'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the connection was interrupted'],
  ['ETIMEDOUT', 'no connection within the time limit'],
  ['UND_ERR_CONNECT_TIMEOUT', 'no connection within the time limit'],
  ['UND_ERR_HEADERS_TIMEOUT', 'no answer within the time limit'],
  ['UND_ERR_BODY_TIMEOUT', 'no answer within the time limit'],
  ['EAI_AGAIN', 'the name server does not answer'],
]);

/** For a request that fetch rejected, or an interrupted body. */
export function requestProblem(error: unknown, asked: Asked): SourceError {
  const { idle, transient, proxy } = asked;
  if (idle.fired) return new SourceError(`nothing was received for ${idle.seconds} s`, true);
  const cause = deepestCause(error);
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  // undici has no code for answers of a proxy.
  if (proxy !== undefined && /\b407\b/.test(cause.message)) return new SourceError(wantsPassword(proxy), false);
  const way = proxy === undefined ? '' : `, through the proxy ${proxy.host} (from ${proxy.variable})`;
  return new SourceError(`${wordsFor(code, cause.message, asked)}${way}`, transient.codes.has(code));
}

/** For an answer that is not the file. */
export function statusProblem(response: Response, { transient, proxy }: Asked, now: number): SourceError {
  const { status, statusText } = response;
  if (status === 407 && proxy !== undefined) return new SourceError(wantsPassword(proxy), false);
  if (status === 401)
    return new SourceError(
      'the server requires a user name and a password: put them into ~/.netrc, not into the address',
      false,
    );
  const answers = `the server returned ${`${status} ${statusText}`.trimEnd()}`;
  const after = retryAfter(response.headers.get('retry-after'), now);
  return new SourceError(answers, transient.isTransient(status), after);
}

function wantsPassword({ host, variable }: WebProxy): string {
  return `the proxy ${host} (from ${variable}) requires a user name and a password`;
}

/** undici wraps the original error, sometimes twice. */
function deepestCause(error: unknown): Error {
  let at = error as Error;
  while (at.cause instanceof Error) at = at.cause;
  return at;
}

function wordsFor(code: string, message: string, { url, proxy }: Asked): string {
  const host = proxy?.host ?? url.host;
  if (code === 'ENOTFOUND') return `unknown host: ${host}`;
  if (code === 'ECONNREFUSED') return `${host} refuses connections`;
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return `no route to ${host}`;
  if (/CERT|SSL|TLS|LEAF_SIGNATURE/.test(code)) {
    const own = /ISSUER|SELF_SIGNED|LEAF/.test(code)
      ? ': if it is from a private authority, name its file in NODE_EXTRA_CA_CERTS'
      : '';
    return `the certificate of ${url.host} is not accepted (${code})${own}`;
  }
  if (message === 'redirect count exceeded') return `too many redirects from ${url.host}`;
  return WORDS.get(code) ?? message;
}

/** The header has seconds or a date; the result is milliseconds from now. */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
