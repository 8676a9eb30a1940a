import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen, stop } from '../../../test/local-server.ts';
import { digestOf, type Sha256 } from '../../store/content/digest.ts';
import type { Result } from '../../util/result.ts';
import type { Mirror } from './mirror.ts';
import { openMirror } from './open-mirror.ts';
import type { MirrorSettings } from './single-mirror.ts';

const CONTENT = Buffer.from(Array.from({ length: 3000 }, (_, at) => `line ${at}\n`).join(''));
const DIGEST = digestOf(CONTENT);
const ETAG = '"one"';
const PATH = 'v3.20/main/x86_64/APKINDEX.tar.gz';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aib-mirror-'));
});
afterEach(() => rm(folder, { recursive: true }));

/**
 * Runs from the test's first request until its end. Each request gets the next of `answers`, and then always the last one; `hits` has the requests,
 * `pauses` the waits of the client between attempts (without waiting).
 */
class FakeMirror {
  readonly hits: IncomingMessage[] = [];
  readonly pauses: number[] = [];
  answers: Answer[] = [file()];
  readonly #server: Server = createServer((request, response) => {
    const answer = this.answers[Math.min(this.hits.length, this.answers.length - 1)];
    this.hits.push(request);
    answer?.(request, response);
  });

  async open(settings: Partial<MirrorSettings> = {}): Promise<Mirror> {
    return opened(`${await listen(this.#server)}/alpine/`, {
      random: () => 0.5,
      wait: async milliseconds => void this.pauses.push(milliseconds),
      ...settings,
    });
  }

  close(): Promise<void> {
    return stop(this.#server);
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The file as a good server sends it, with ranges. */
function file(content = CONTENT, etag = ETAG): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start >= content.byteLength) {
      response.writeHead(416).end();
    } else if (start > 0 && request.headers['if-range'] === etag) {
      const range = `bytes ${start}-${content.byteLength - 1}/${content.byteLength}`;
      response.writeHead(206, { etag, 'content-range': range, 'content-length': content.byteLength - start });
      response.end(content.subarray(start));
    } else {
      response.writeHead(200, { etag, 'content-length': content.byteLength }).end(content);
    }
  };
}

/**
 * Sends the first 10,000 bytes and closes the connection when the client has them (`onProgress`): data in transit may or may not arrive when a
 * connection is closed.
 */
function cutting(headers: Record<string, string> = { etag: ETAG }): {
  answer: Answer;
  onProgress: (received: number) => void;
} {
  let cut = (): void => {};
  return {
    answer: (_request, response) => {
      response.writeHead(200, { ...headers, 'content-length': CONTENT.byteLength });
      response.write(CONTENT.subarray(0, 10_000));
      cut = () => void response.destroy();
    },
    onProgress: received => {
      if (received === 10_000) cut();
    },
  };
}

function status(code: number): Answer {
  return (_request, response) => response.writeHead(code).end('not the file');
}

function opened(spec: string, settings: Partial<MirrorSettings> = {}): Mirror {
  const mirror = openMirror(spec, settings);
  if (!mirror.ok) throw new Error(JSON.stringify(mirror.error));
  return mirror.value;
}

function failureOf(result: Result<unknown>): unknown {
  return result.ok ? 'no failure' : result.error;
}

describe('a mirror on the web', () => {
  let server: FakeMirror;
  beforeEach(() => {
    server = new FakeMirror();
  });
  afterEach(() => server.close());

  test('is asked once per file, under its path, and not for compressed bytes', async () => {
    const mirror = await server.open();
    expect(await mirror.fetch(PATH)).toEqual({ ok: true, value: CONTENT });
    expect(server.hits.map(hit => hit.url)).toEqual([`/alpine/${PATH}`]);
    expect(server.hits[0]?.headers['accept-encoding']).toBe('identity');
    expect(mirror.locate(PATH)).toBe(`${mirror.spec}/${PATH}`);
  });

  test('gets names with signs as mirrors write them', async () => {
    const mirror = await server.open();
    await mirror.fetch('v3.20/main/x86_64/g++-13~a b-r1.apk');
    expect(server.hits[0]?.url).toBe('/alpine/v3.20/main/x86_64/g++-13~a%20b-r1.apk');
  });

  test('fills a file, with progress, and leaves nothing beside it', async () => {
    const mirror = await server.open();
    const seen: [number, number | undefined][] = [];
    const target = join(folder, 'new/folder/index');
    expect(await mirror.fetchTo(PATH, target, { onProgress: (...now) => seen.push(now) })).toEqual({
      ok: true,
      value: DIGEST,
    });
    expect(await readFile(target)).toEqual(CONTENT);
    expect(await readdir(join(folder, 'new/folder'))).toEqual(['index']);
    expect(seen.at(-1)).toEqual([CONTENT.byteLength, CONTENT.byteLength]);
    expect(seen.map(([received]) => received)).toEqual(seen.map(([received]) => received).toSorted((a, b) => a - b));
  });

  test.each(['fetch', 'fetchTo'] as const)('that answers 503 once is asked again by %s', async way => {
    server.answers = [status(503), file()];
    const mirror = await server.open();
    const result = way === 'fetch' ? await mirror.fetch(PATH) : await mirror.fetchTo(PATH, join(folder, 'x'));
    expect(result.ok).toBe(true);
    expect(server.hits).toHaveLength(2);
    expect(server.pauses).toEqual([500]);
  });

  test('that keeps failing is given up after the set number of attempts, with longer and longer pauses', async () => {
    server.answers = [status(503)];
    const mirror = await server.open({ attempts: 4 });
    expect(failureOf(await mirror.fetch(PATH))).toMatchObject({
      code: 'AIB_MIRROR_UNREACHABLE',
      where: mirror.locate(PATH),
      got: 'the server returned 503 Service Unavailable, 4 times in a row',
      hint: expect.stringContaining('--mirror'),
    });
    expect(server.hits).toHaveLength(4);
    expect(server.pauses).toEqual([500, 1000, 2000]);
  });

  test.each([
    [404, 'AIB_MIRROR_NOT_FOUND'],
    [410, 'AIB_MIRROR_NOT_FOUND'],
    [403, 'AIB_MIRROR_UNREACHABLE'],
  ])('that answers %i is not asked again', async (code, expected) => {
    server.answers = [status(code)];
    const mirror = await server.open();
    expect(failureOf(await mirror.fetchTo(PATH, join(folder, 'x')))).toMatchObject({
      code: expected,
      where: mirror.locate(PATH),
    });
    expect(server.hits).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test('that cuts the connection is resumed where it stopped', async () => {
    const { answer, onProgress } = cutting();
    server.answers = [answer, file()];
    const mirror = await server.open();
    expect(await mirror.fetchTo(PATH, join(folder, 'x'), { onProgress })).toEqual({ ok: true, value: DIGEST });
    expect(await readFile(join(folder, 'x'))).toEqual(CONTENT);
    expect(server.hits[1]?.headers).toMatchObject({ range: 'bytes=10000-', 'if-range': ETAG });
    expect(await readdir(folder)).toEqual(['x']);
  });

  test('that cuts the connection and has another file then is read from the start', async () => {
    const other = Buffer.from('another file, and a longer one than what came before'.repeat(1000));
    const { answer, onProgress } = cutting();
    server.answers = [answer, file(other, '"two"')];
    const mirror = await server.open();
    expect(await mirror.fetchTo(PATH, join(folder, 'x'), { onProgress })).toEqual({ ok: true, value: digestOf(other) });
    expect(await readFile(join(folder, 'x'))).toEqual(other);
  });

  test('that gives no validator is read from the start', async () => {
    const { answer, onProgress } = cutting({});
    server.answers = [answer, file()];
    const mirror = await server.open();
    expect(await mirror.fetch(PATH, { onProgress })).toEqual({ ok: true, value: CONTENT });
    expect(server.hits[1]?.headers.range).toBeUndefined();
  });

  test('that falls silent is left after the idle time and asked again', async () => {
    server.answers = [
      (_request, response) => {
        response.writeHead(200, { etag: ETAG, 'content-length': CONTENT.byteLength });
        response.write(CONTENT.subarray(0, 100));
      },
      () => {},
      file(),
    ];
    const mirror = await server.open({ idleTimeoutMs: 500 });
    expect(await mirror.fetch(PATH)).toEqual({ ok: true, value: CONTENT });
    expect(server.hits).toHaveLength(3);
  });

  test('that sends the file re-encoded is not believed', async () => {
    server.answers = [(_request, response) => response.writeHead(200, { 'content-encoding': 'br' }).end()];
    const mirror = await server.open();
    expect(failureOf(await mirror.fetch(PATH))).toMatchObject({
      code: 'AIB_MIRROR_UNREACHABLE',
      got: expect.stringContaining('encoded'),
    });
  });

  test('that sends a range nobody asked for is not believed', async () => {
    const { answer, onProgress } = cutting();
    server.answers = [
      answer,
      (_request, response) =>
        response.writeHead(206, { 'content-range': `bytes 0-9/${CONTENT.byteLength}` }).end('0123456789'),
    ];
    const mirror = await server.open();
    expect(failureOf(await mirror.fetch(PATH, { onProgress }))).toMatchObject({ code: 'AIB_MIRROR_UNREACHABLE' });
  });

  test('that lies about the content is caught by the digest, with both digests named', async () => {
    const lie = Buffer.from(CONTENT);
    lie.write('L');
    server.answers = [file(lie)];
    const mirror = await server.open();
    const expected = {
      code: 'AIB_DIGEST_MISMATCH',
      got: `sha256 ${digestOf(lie).hash}, expected sha256 ${DIGEST.hash}`,
    };
    expect(failureOf(await mirror.fetch(PATH, { expect: { sha256: DIGEST.hash } }))).toMatchObject(expected);
    expect(failureOf(await mirror.fetchTo(PATH, join(folder, 'x'), { expect: { sha256: DIGEST.hash } }))).toMatchObject(
      expected,
    );
    expect(server.hits).toHaveLength(2);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([CONTENT.byteLength - 1, CONTENT.byteLength + 1])(
    'that has a file of another size than %i is refused unread',
    async size => {
      const mirror = await server.open();
      let received = 0;
      const options = {
        expect: { size },
        onProgress: (now: number): void => {
          received = now;
        },
      };
      expect(failureOf(await mirror.fetch(PATH, options))).toMatchObject({
        code: 'AIB_DIGEST_MISMATCH',
        got: `${CONTENT.byteLength} bytes, expected ${size} bytes`,
      });
      expect(received).toBe(0);
    },
  );

  test('that sends more than allowed is stopped, whether it says how much or not', async () => {
    const silent: Answer = (_request, response) => response.writeHead(200).end(CONTENT);
    const mirror = await server.open();
    for (const answer of [file(), silent]) {
      server.answers = [answer];
      expect(failureOf(await mirror.fetch(PATH, { maxBytes: 1000 }))).toMatchObject({ code: 'AIB_MIRROR_TOO_LARGE' });
      expect(failureOf(await mirror.fetch(PATH, { expect: { size: 1000 } }))).toMatchObject({
        code: 'AIB_DIGEST_MISMATCH',
      });
    }
  });

  test('is asked for at most four files at a time', async () => {
    let now = 0;
    let most = 0;
    const held: (() => void)[] = [];
    server.answers = [
      (request, response) => {
        now += 1;
        most = Math.max(most, now);
        held.push(() => {
          now -= 1;
          file()(request, response);
        });
        // The fifth request can only come when one of the first four was answered.
        if (held.length >= 4) held.shift()?.();
      },
    ];
    const mirror = await server.open();
    const results = Array.from({ length: 7 }, () => mirror.fetch(PATH));
    await Promise.any(results);
    while (held.length > 0 || now > 0) {
      held.shift()?.();
      await new Promise(resolve => setImmediate(resolve));
    }
    expect((await Promise.all(results)).every(result => result.ok)).toBe(true);
    expect(most).toBe(4);
  });

  describe('with a file that an earlier run began', () => {
    const expect256 = { expect: { sha256: DIGEST.hash } };

    /** A run that was stopped after 10,000 bytes. */
    async function begin(mirror: Mirror): Promise<string> {
      const target = join(folder, 'x');
      const stop = new AbortController();
      server.answers = [
        (_request, response) => {
          response.writeHead(200, { etag: ETAG, 'content-length': CONTENT.byteLength });
          response.write(CONTENT.subarray(0, 10_000));
        },
      ];
      const onProgress = (received: number): void => {
        if (received === 10_000) stop.abort();
      };
      const result = await mirror.fetchTo(PATH, target, { ...expect256, signal: stop.signal, onProgress });
      expect(failureOf(result)).toMatchObject({ code: 'AIB_CANCELLED' });
      expect((await readdir(folder)).toSorted()).toEqual(['x.part', 'x.part.from']);
      server.answers = [file()];
      server.hits.length = 0;
      return target;
    }

    test('goes on where that run stopped', async () => {
      const mirror = await server.open();
      const target = await begin(mirror);
      expect(await mirror.fetchTo(PATH, target, expect256)).toEqual({ ok: true, value: DIGEST });
      expect(server.hits[0]?.headers.range).toBe('bytes=10000-');
      expect(await readdir(folder)).toEqual(['x']);
    });

    test('starts again if what was there is damaged', async () => {
      const mirror = await server.open();
      const target = await begin(mirror);
      await writeFile(`${target}.part`, Buffer.alloc(10_000));
      expect(await mirror.fetchTo(PATH, target, expect256)).toEqual({ ok: true, value: DIGEST });
      expect(server.hits.map(hit => hit.headers.range)).toEqual(['bytes=10000-', undefined]);
      expect(await readFile(target)).toEqual(CONTENT);
    });

    test('starts again if there is more of it than the file has', async () => {
      const mirror = await server.open();
      const target = await begin(mirror);
      await writeFile(`${target}.part`, Buffer.alloc(CONTENT.byteLength + 5));
      expect(await mirror.fetchTo(PATH, target, expect256)).toEqual({ ok: true, value: DIGEST });
    });

    test('starts again if no digest says what it must come to', async () => {
      const mirror = await server.open();
      const target = await begin(mirror);
      expect(await mirror.fetchTo(PATH, target)).toEqual({ ok: true, value: DIGEST });
      expect(server.hits.map(hit => hit.headers.range)).toEqual([undefined]);
    });
  });

  test('is not asked at all once the run was stopped', async () => {
    const mirror = await server.open();
    expect(failureOf(await mirror.fetch(PATH, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'AIB_CANCELLED',
    });
    expect(server.hits).toHaveLength(0);
  });
});

test('a host that refuses connections is named at once, without another attempt', async () => {
  let pauses = 0;
  const mirror = opened('http://127.0.0.1:1/alpine', {
    wait: async () => {
      pauses += 1;
    },
  });
  expect(failureOf(await mirror.fetch(PATH))).toMatchObject({
    code: 'AIB_MIRROR_UNREACHABLE',
    where: `http://127.0.0.1:1/alpine/${PATH}`,
    got: expect.stringMatching(/^127\.0\.0\.1:1 refuses connections|bad port/),
  });
  expect(pauses).toBe(0);
});

describe('a mirror in a folder', () => {
  test('is read like one on the web', async () => {
    await mkdir(join(folder, 'm/v3.20/main/x86_64'), { recursive: true });
    await writeFile(join(folder, 'm', PATH), CONTENT);
    const mirror = opened(join(folder, 'm'));
    expect(mirror.places).toEqual([{ kind: 'folder', spec: join(folder, 'm') }]);
    expect(await mirror.fetch(PATH)).toEqual({ ok: true, value: CONTENT });
    expect(await mirror.fetchTo(PATH, join(folder, 'x'), { expect: { ...DIGEST, sha256: DIGEST.hash } })).toEqual({
      ok: true,
      value: DIGEST,
    });
    expect(await readFile(join(folder, 'x'))).toEqual(CONTENT);
    const wrong = createHash('sha256').digest('hex') as Sha256;
    for (const [path, options, code] of [
      ['v3.20/none', {}, 'AIB_MIRROR_NOT_FOUND'],
      [`${PATH}/below`, {}, 'AIB_MIRROR_NOT_FOUND'],
      ['v3.20/main', {}, 'AIB_MIRROR_NOT_FOUND'],
      [PATH, { expect: { sha256: wrong } }, 'AIB_DIGEST_MISMATCH'],
      [PATH, { expect: { size: 3 } }, 'AIB_DIGEST_MISMATCH'],
      [PATH, { maxBytes: 3 }, 'AIB_MIRROR_TOO_LARGE'],
    ] as const) {
      expect(failureOf(await mirror.fetch(path, options)), path).toMatchObject({ code });
      expect(failureOf(await mirror.fetchTo(path, join(folder, 'y'), options)), path).toMatchObject({ code });
    }
    expect((await readdir(folder)).toSorted()).toEqual(['m', 'x']);
  });

  test('that does not exist, or is a file, is refused when it is opened', async () => {
    await writeFile(join(folder, 'file'), '');
    for (const name of ['none', 'file']) {
      expect(openMirror(join(folder, name))).toMatchObject({
        ok: false,
        error: { code: 'AIB_MIRROR_UNREACHABLE', where: join(folder, name), hint: expect.stringContaining('--mirror') },
      });
    }
  });

  test('keeps a place that cannot be written to apart from a mirror that cannot be read', async () => {
    await writeFile(join(folder, 'file'), CONTENT);
    const mirror = opened(folder);
    expect(failureOf(await mirror.fetchTo('file', join(folder, 'file/below')))).toMatchObject({
      code: 'AIB_CANNOT_WRITE',
    });
  });
});

test.each(['ftp://host/alpine', 'https://host/a?b', 'http://', 'file:///srv/alpine'])('%s is no mirror', spec => {
  expect(openMirror(spec)).toMatchObject({ ok: false, error: { code: 'AIB_BAD_MIRROR', got: spec } });
});

test.each(['../secret', '/etc/passwd', 'a//b', 'a/./b', 'a\\b', ''])('a path such as %j is a bug', async path => {
  const mirror = opened(folder);
  expect(() => mirror.locate(path)).toThrow('Internal error');
  await expect(mirror.fetch(path)).rejects.toThrow('Internal error');
});

test('an address with a password is refused without repeating it', () => {
  for (const spec of ['https://user:s3cret@host/alpine', 'https://s3cret@host/alpine', 'ftp://user:s3cret@[bad/']) {
    const refused = openMirror(spec);
    expect(refused.ok).toBe(false);
    expect(JSON.stringify(refused)).not.toContain('s3cret');
  }
  expect(openMirror('https://user:s3cret@host/alpine')).toMatchObject({
    error: { code: 'AIB_PASSWORD_IN_ADDRESS', hint: expect.stringContaining('.netrc') },
  });
});
