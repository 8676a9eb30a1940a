/**
 * Sends one request to the web, through a proxy if the environment names one, and trusts the certificate authorities of this system in
 * addition to Node's own. Never loads the code for proxies without a proxy.
 */
import type { WebProxy } from './proxy.ts';

export interface WebRequest {
  readonly method?: 'GET' | 'HEAD' | 'PUT';
  readonly headers: Headers;
  /** Only for PUT: called again if the request is sent again. Content-Length must be among the headers. */
  readonly body?: () => AsyncIterable<Uint8Array>;
  /** Default: redirects are followed. */
  readonly redirect?: 'manual';
  readonly signal: AbortSignal;
}

/** Rejects as the built-in fetch does. */
export async function webFetch(url: string, request: WebRequest, proxy: WebProxy | undefined): Promise<Response> {
  try {
    return await send(url, request, proxy);
  } catch (error) {
    // Companies have private authorities, which curl and apk find in the system's store; Node does not use it by default.
    if (!isUnknownAuthority(error) || !(await trustSystem())) throw error;
    return send(url, request, proxy);
  }
}

async function send(url: string, request: WebRequest, proxy: WebProxy | undefined): Promise<Response> {
  const { method = 'GET', headers, signal, redirect = 'follow' as const, body } = request;
  const content = body === undefined ? {} : { body: body(), duplex: 'half' as const };
  if (proxy === undefined) return fetch(url, { method, headers, signal, redirect, ...content });
  // The built-in fetch requests a tunnel to port 80, too, which most proxies refuse; older versions of Node do not support proxies.
  const { fetch: fetchThrough, ProxyAgent } = await import('undici');
  let agent = agents.get(proxy.url);
  if (agent === undefined) {
    agent = new ProxyAgent({ uri: proxy.url, proxyTunnel: false });
    agents.set(proxy.url, agent);
  }
  const init = {
    method,
    headers: Object.fromEntries(headers),
    signal,
    redirect,
    ...content,
    dispatcher: agent as InstanceType<typeof ProxyAgent>,
  };
  return (await fetchThrough(url, init)) as unknown as Response;
}

/** By address, so that connections stay open between requests. */
const agents = new Map<string, unknown>();

const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

function isUnknownAuthority(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (UNKNOWN_AUTHORITY.has((at as NodeJS.ErrnoException).code ?? '')) return true;
  }
  return false;
}

let trusted: Promise<boolean> | undefined;

/**
 * Reading them takes about 60 ms, so only after a rejected certificate. False if Node does not support it: then use NODE_EXTRA_CA_CERTS.
 */
function trustSystem(): Promise<boolean> {
  trusted ??= import('node:tls').then(tls => {
    if (typeof tls.setDefaultCACertificates !== 'function') return false;
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
    return true;
  });
  return trusted;
}
