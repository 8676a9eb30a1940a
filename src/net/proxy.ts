/**
 * Selects the proxy of a request from the environment, as curl, apk and npm do; never prints the password of a proxy.
 *
 *     http_proxy, https_proxy, all_proxy    also in capitals; `host:port` means http://host:port
 *     no_proxy                              host, .domain, *.domain, host:port or *, separated by commas or blanks
 *
 * A domain includes all its subdomains. Without a matching variable, the connection is direct.
 */

export interface WebProxy {
  /** The address with its credentials: only for connections. */
  readonly url: string;
  /** Without credentials, for messages: `proxy.example.net:3128`. */
  readonly host: string;
  /** The variable that names it. */
  readonly variable: string;
}

/** Undefined for a direct connection; a sentence if the variable's value is not an address. */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv): WebProxy | string | undefined {
  const own = url.protocol.replace(':', '_proxy');
  const found = settingOf(own, environment) ?? settingOf('all_proxy', environment);
  if (found === undefined || isExcepted(url, settingOf('no_proxy', environment)?.value ?? '')) return undefined;
  const { variable, value } = found;
  const proxy = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (proxy === null) return `${variable} is not the address of a proxy`;
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
    return `${variable} names a ${proxy.protocol.slice(0, -1)} proxy, but only http and https proxies are supported`;
  return { url: proxy.href, host: proxy.host, variable };
}

/** The lower-case name has precedence, as in other programs: a web server may set HTTP_PROXY from a header. */
function settingOf(name: string, environment: NodeJS.ProcessEnv) {
  for (const variable of [name, name.toUpperCase()]) {
    const value = environment[variable]?.trim();
    if (value !== undefined && value !== '') return { variable, value };
  }
  return undefined;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const host = bare(hostname);
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .some(entry => {
      if (entry === '*') return true;
      // More than one colon without brackets means an IPv6 address without a port.
      const [, name = entry, wantedPort] = /^(\[.*\]|[^:]+)(?::(\d+))?$/.exec(entry) ?? [];
      if (wantedPort !== undefined && wantedPort !== (port === '' ? DEFAULT_PORTS[protocol] : port)) return false;
      const domain = bare(name.replace(/^\*?\./, ''));
      return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
    });
}

/** IPv6 addresses are written with and without brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
}
