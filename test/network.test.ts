/** Access to a mirror: proxies, passwords, private certificate authorities, busy servers, and web pages instead of files. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import type { MirrorSettings } from '../src/alpine/mirror/single-mirror.ts';
import { aibHome } from '../src/util/files/home.ts';
import { type LocalServer, listen, stop } from './local-server.ts';

const TLS = join(import.meta.dirname, 'fixtures/tls');
const CONTENT = 'the file';
const servers: LocalServer[] = [];
const stopAll = () => Promise.all(servers.splice(0).map(stop));
let folder: string;
let pauses: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-network-'));
  pauses = [];
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const file: Answer = (_request, response) => response.end(CONTENT);

/** The server runs until the end of the test. */
function start(server: LocalServer): Promise<string> {
  servers.push(server);
  return listen(server);
}

/** Returns one answer after the other, and then repeats the last; `hits` contains the requests. */
async function serve(...answers: readonly Answer[]) {
  const hits: IncomingMessage[] = [];
  const address = await start(
    createServer((request, response) => {
      hits.push(request);
      answers[Math.min(hits.length, answers.length) - 1]?.(request, response);
    }),
  );
  return { hits, url: `${address}/alpine` };
}

/** Serves the file, with a certificate from an authority of the tests. */
async function serveByTls(): Promise<string> {
  const pair = { key: readFileSync(join(TLS, 'server.key')), cert: readFileSync(join(TLS, 'server.pem')) };
  const { port } = new URL(await start(createTlsServer(pair, file)));
  return `https://localhost:${port}/alpine`;
}

/** Forwards requests to their destinations, and records them. */
async function proxy(authorization?: string) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (authorization !== undefined && request.headers['proxy-authorization'] !== authorization) {
      response.writeHead(407).end();
      return;
    }
    response.end(CONTENT);
  });
  server.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url}`);
    const [, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  return { seen, host: new URL(await start(server)).host };
}

function fetchFrom(url: string | readonly string[], settings: Partial<MirrorSettings> = {}) {
  const mirror = openMirror(url, {
    random: () => 0.5,
    wait: async milliseconds => void pauses.push(milliseconds),
    environment: { HOME: folder },
    ...settings,
  });
  if (!mirror.ok) throw new Error(mirror.error.what);
  return mirror.value.fetch('v3.20/x');
}

const whole = { ok: true, value: Buffer.from(CONTENT) };

describe('a proxy that the environment names', () => {
  test('is asked for a http mirror, as curl and apk do, without a tunnel', async () => {
    const { seen, host } = await proxy();
    const environment = { HOME: folder, http_proxy: `http://${host}` };
    expect(await fetchFrom('http://mirror.invalid/alpine', { environment })).toEqual(whole);
    expect(seen).toEqual(['GET http://mirror.invalid/alpine/v3.20/x']);
  });

  test('makes a tunnel to a https mirror', async () => {
    const { seen, host } = await proxy();
    const url = await serveByTls();
    const refused = await fetchFrom(url, { environment: { HOME: folder, HTTPS_PROXY: `http://${host}` } });
    expect(seen[0]).toBe(`CONNECT ${new URL(url).host}`);
    // The authority is not trusted here: the error about its certificate shows that the tunnel works.
    expect(refused).toMatchObject({
      error: { code: 'AIB_MIRROR_UNREACHABLE', got: expect.stringContaining('certificate') },
    });
  });

  test('is left out for hosts that no_proxy names', async () => {
    const { hits, url } = await serve(file);
    const environment = { HOME: folder, http_proxy: 'http://127.0.0.1:1', no_proxy: 'other.test,127.0.0.1' };
    expect(await fetchFrom(url, { environment })).toEqual(whole);
    expect(hits).toHaveLength(1);
  });

  test('is given its name and password, which no message repeats', async () => {
    const { host } = await proxy(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
    const as = (login: string) =>
      fetchFrom('http://mirror.invalid/alpine', {
        environment: { HOME: folder, http_proxy: `http://${login}@${host}` },
      });
    expect(await as('me:s3cret')).toEqual(whole);
    const refused = await as('me:wr0ng');
    expect(refused).toMatchObject({
      error: { got: `the proxy ${host} (from http_proxy) requires a user name and a password` },
    });
    expect(JSON.stringify(refused)).not.toContain('wr0ng');
  });

  test('that does not answer is the one that is named, with its variable', async () => {
    const gone = await proxy();
    await stopAll();
    const environment = { HOME: folder, HTTP_PROXY: `http://me:s3cret@${gone.host}` };
    const refused = await fetchFrom('http://mirror.invalid/alpine', { environment });
    expect(refused).toMatchObject({
      error: { got: `${gone.host} refuses connections, through the proxy ${gone.host} (from HTTP_PROXY)` },
    });
    expect(JSON.stringify(refused)).not.toContain('s3cret');
  });
});

describe('a password for a mirror', () => {
  test('comes from .netrc, and goes to its own host alone', async () => {
    const other = await serve(file);
    const { hits, url } = await serve((_request, response) =>
      response.writeHead(302, { location: other.url.replace('127.0.0.1', 'localhost') }).end(),
    );
    writeFileSync(join(folder, '.netrc'), 'machine 127.0.0.1 login me password s3cret\n');
    expect(await fetchFrom(url)).toEqual(whole);
    expect(hits[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:s3cret').toString('base64')}`);
    expect(other.hits[0]?.headers.authorization).toBeUndefined();
  });

  test('that is missing is told as that', async () => {
    const { url } = await serve((_request, response) => response.writeHead(401).end());
    expect(await fetchFrom(url)).toMatchObject({ error: { got: expect.stringContaining('~/.netrc') } });
  });
});

describe('a server that is busy', () => {
  const busy = (status: number, after?: string): Answer => {
    return (_request, response) =>
      response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end();
  };

  test.each([429, 503])('and answers %i is left alone for as long as it says, and asked again', async status => {
    const { hits, url } = await serve(busy(status, '7'), busy(status, '0'), file);
    expect(await fetchFrom(url)).toEqual(whole);
    expect(hits).toHaveLength(3);
    // The second pause is chosen by the client and increases.
    expect(pauses).toEqual([7000, 1000]);
  });

  test('may give a date instead of seconds', async () => {
    const { url } = await serve(busy(429, new Date(Date.now() + 20_000).toUTCString()), file);
    expect(await fetchFrom(url)).toEqual(whole);
    expect(pauses[0]).toBeGreaterThan(15_000);
    expect(pauses[0]).toBeLessThanOrEqual(20_000);
  });

  test('is not waited for longer than a minute: it is said when it wants to be asked', async () => {
    const { hits, url } = await serve(busy(429, '900'), file);
    expect(await fetchFrom(url)).toMatchObject({
      error: { code: 'AIB_MIRROR_UNREACHABLE', got: expect.stringContaining('try again in 15 min') },
    });
    expect(hits).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test('and stays so is given up', async () => {
    const { hits, url } = await serve(busy(429));
    expect(await fetchFrom(url)).toMatchObject({
      error: { got: 'the server returned 429 Too Many Requests, 5 times in a row' },
    });
    expect(hits).toHaveLength(5);
  });
});

describe('a page for people in place of a file', () => {
  test.each([
    ['<!DOCTYPE html><title>Log in</title>', 'text/html; charset=utf-8'],
    ['\n  <html lang="en">', undefined],
    ['\uFEFF<!doctype HTML>', 'application/octet-stream'],
    ['<?xml version="1.0"?><html>', 'text/html'],
  ])('is told as that, once: %j as %s', async (body, type) => {
    const { hits, url } = await serve((_request, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body),
    );
    expect(await fetchFrom(url)).toMatchObject({
      error: {
        code: 'AIB_MIRROR_WEB_PAGE',
        got: `a web page from ${new URL(url).host}`,
        hint: expect.stringContaining('captive portal'),
      },
    });
    expect(hits).toHaveLength(1);
  });

  test('names the host that a redirect led to', async () => {
    const portal = await serve((_request, response) => response.end('<html>Welcome to our hotel</html>'));
    const address = portal.url.replace('127.0.0.1', 'localhost');
    const { url } = await serve((_request, response) => response.writeHead(302, { location: address }).end());
    expect(await fetchFrom(url)).toMatchObject({ error: { got: `a web page from ${new URL(address).host}` } });
  });

  test('is what 511 means, whatever is in it', async () => {
    const { url } = await serve((_request, response) => response.writeHead(511).end('log in'));
    expect(await fetchFrom(url)).toMatchObject({ error: { code: 'AIB_MIRROR_WEB_PAGE' } });
  });

  test('is not what text/html of something else means', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(CONTENT),
    );
    expect(await fetchFrom(url)).toEqual(whole);
  });
});

describe('a certificate by an authority of one’s own', () => {
  // In a separate process, because the trusted authorities are set for a whole process.
  const script = `
    import { openMirror } from ${JSON.stringify(join(aibHome(), 'src/alpine/mirror/open-mirror.ts'))};
    const mirror = openMirror(process.argv[2]);
    const answer = await mirror.value.fetch('v3.20/x');
    console.log(answer.ok ? 'came' : answer.error.got);
    const again = await Promise.all([1, 2].map(() => mirror.value.fetch('v3.20/y')));
    console.log(again.filter(each => each.ok).length);`;

  async function fetchIn(environment: NodeJS.ProcessEnv): Promise<string> {
    const url = await serveByTls();
    writeFileSync(join(folder, 'fetch.mts'), script);
    const { SSL_CERT_FILE: _, NODE_EXTRA_CA_CERTS: __, ...rest } = process.env;
    const words = ['--experimental-strip-types', '--no-warnings', join(folder, 'fetch.mts'), url];
    const child = spawn(process.execPath, words, { env: { ...rest, ...environment } });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    await new Promise(resolve => child.once('close', resolve));
    return Buffer.concat(output).toString();
  }

  test('is accepted where the system trusts it, as curl does', async () => {
    expect(await fetchIn({ SSL_CERT_FILE: join(TLS, 'authority.pem') })).toBe('came\n2\n');
  });

  test('is accepted where NODE_EXTRA_CA_CERTS names it', async () => {
    expect(await fetchIn({ NODE_EXTRA_CA_CERTS: join(TLS, 'authority.pem') })).toBe('came\n2\n');
  });

  test('is refused otherwise, and the way out is named', async () => {
    expect(await fetchIn({})).toMatch(/^the certificate of localhost:\d+ is not accepted .*NODE_EXTRA_CA_CERTS\n0\n$/);
  });
});

describe('several mirrors', () => {
  const lacks: Answer = (_request, response) => response.writeHead(404).end();

  test('are asked in order: a file comes from the first that has it', async () => {
    const [first, second, third] = [await serve(lacks), await serve(file), await serve(file)];
    expect(await fetchFrom([first.url, second.url, third.url])).toEqual(whole);
    expect([first, second, third].map(({ hits }) => hits.length)).toEqual([1, 1, 0]);
  });

  test('one that cannot be read is said so once, and asked last from then on', async () => {
    const [down, up] = [await serve((_request, response) => response.writeHead(403).end()), await serve(file)];
    const notices: string[] = [];
    const mirror = openMirror([down.url, up.url], { onNotice: line => notices.push(line), environment: {} });
    if (!mirror.ok) throw new Error(mirror.error.what);
    for (const path of ['a', 'b', 'c']) expect(await mirror.value.fetch(path)).toEqual(whole);
    expect(down.hits).toHaveLength(1);
    expect(up.hits).toHaveLength(3);
    expect(notices).toEqual([expect.stringContaining(`${down.url} cannot be read (the server returned 403`)]);
  });

  test('what one of them has wrong comes from the next', async () => {
    const [wrong, right] = [await serve((_request, response) => response.end('not it')), await serve(file)];
    const mirror = openMirror([wrong.url, right.url], { environment: {} });
    if (!mirror.ok) throw new Error(mirror.error.what);
    const accept = async (bytes: Uint8Array) =>
      String(bytes) === CONTENT
        ? ({ ok: true, value: bytes } as const)
        : ({ ok: false, error: { code: 'AIB_BAD_SIGNATURE', what: 'altered' } } as const);
    expect(await mirror.value.fetch('x', { accept })).toEqual(whole);
    expect(await mirror.value.fetchTo('x', join(folder, 'x'), { expect: { size: CONTENT.length } })).toMatchObject({
      ok: true,
    });
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(CONTENT);
  });

  test('lack a file only if all of them could be read', async () => {
    const [first, second] = [await serve(lacks), await serve(lacks)];
    expect(await fetchFrom([first.url, second.url])).toMatchObject({ error: { code: 'AIB_MIRROR_NOT_FOUND' } });
    const broken = await serve((_request, response) => response.writeHead(403).end());
    expect(await fetchFrom([first.url, broken.url])).toMatchObject({
      error: {
        code: 'AIB_MIRROR_UNREACHABLE',
        where: expect.stringContaining(broken.url),
        output: [expect.stringContaining(first.url), expect.stringContaining(broken.url)],
      },
    });
  });
});
