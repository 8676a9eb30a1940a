/** A web server that misbehaves: every build still ends, with the right bytes, and the user is told once. */
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ACTION_RESULT } from '../../src/remote/messages/execution-messages.ts';
import { decodeMessage, encodeMessage, type Message } from '../../src/remote/messages/message-codec.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { type Entry, encodeTree, treeMessage } from '../../src/store/content/directory.ts';
import { type Built, edge, label, shell } from '../engine/rig.ts';
import { type FakeCache, type Fault, fakeCache } from './fake-cache.ts';
import { type Clone, makeClone, originsOf } from './rig.ts';

const TREE = { outputs: { out: { type: 'directory', path: 'tree' } } } as const;

// tree ──► list
const nodes = [
  shell('tree', 'mkdir -p tree/sub; echo a > tree/a; echo b > tree/sub/b', {}, TREE),
  shell('list', 'find tree -type f | sort > out', { tree: edge('tree') }),
];
const LISTED = 'tree/a\ntree/sub/b\n';

/** A server with the results of another machine. */
async function filled(): Promise<FakeCache> {
  const server = await fakeCache();
  const other = makeClone([server.place()]);
  await other.build(nodes, ['list']);
  expect([...server.files.keys()].filter(path => path.startsWith('/ac/'))).toHaveLength(2);
  server.requests.length = 0;
  return server;
}

/** Builds on a second machine; whatever the server did, the result is right. */
async function buildWith(
  server: FakeCache,
  clone: Clone = makeClone([server.place({ idleTimeoutMs: 300 })]),
): Promise<Built> {
  const built = await clone.build(nodes, ['list']);
  expect([...built.failures]).toEqual([]);
  expect(built.status).toBe('done');
  expect(readdirSync(clone.rig.store.temporary)).toEqual([]);
  expect(await clone.rig.text(built, 'list')).toBe(LISTED);
  return built;
}

type Case = readonly [name: string, fault: Fault, told: RegExp | undefined, ran: readonly string[]];

const BOTH = ['//tree', '//list'];
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): boolean => {
    response.writeHead(code, headers).end('<html>an error</html>');
    return true;
  };
const cut = (response: ServerResponse, stored: Buffer | undefined): boolean => {
  if (stored === undefined) return false;
  response.writeHead(200, { 'content-length': stored.byteLength });
  response.write(stored.subarray(0, stored.byteLength >> 1), () => response.destroy());
  return true;
};
const send = (response: ServerResponse, bytes: Buffer): boolean => {
  response.writeHead(200, { 'content-length': bytes.byteLength }).end(bytes);
  return true;
};

/** Only for `GET /SHELF/…`. */
const get =
  (shelf: 'ac' | 'cas', fault: (response: ServerResponse, stored: Buffer | undefined) => boolean): Fault =>
  ({ method, url }, response, stored) =>
    method === 'GET' && url?.startsWith(`/${shelf}/`) === true && fault(response, stored);

/** The blob of the last node's output. */
const OUTPUT = `/cas/${digestOf(LISTED).hash}`;
const output =
  (fault: (response: ServerResponse, stored: Buffer | undefined) => boolean): Fault =>
  ({ method, url }, response, stored) =>
    method === 'GET' && url === OUTPUT && fault(response, stored);

describe('about results', () => {
  test.each<Case>([
    ['knows none (404)', get('ac', status(404)), undefined, BOTH],
    ['says 410', get('ac', status(410)), undefined, BOTH],
    ['says 500', get('ac', status(500)), /the server returned 500.*; continuing without it$/, BOTH],
    ['says 503 for a while', get('ac', status(503)), /503/, BOTH],
    ['says 401', get('ac', status(401)), /denies access \(401\) \(set token_file/, BOTH],
    ['says 403', get('ac', status(403)), /denies access \(403\)/, BOTH],
    ['says 400', get('ac', status(400)), /the server returned 400/, BOTH],
    ['redirects', get('ac', status(302, { location: 'http://other.example/x' })), /redirects to other\.example/, BOTH],
    ['hangs', get('ac', () => true), /nothing was received for 0\.3 s/, BOTH],
    ['cuts its answer', get('ac', cut), /the connection was interrupted/, BOTH],
    ['closes the connection', get('ac', response => response.destroy() !== undefined), /interrupted/, BOTH],
    [
      'returns a web page',
      get('ac', response => send(response, Buffer.from('<html>log in'))),
      /not an ActionResult/,
      BOTH,
    ],
    ['returns nothing', get('ac', response => send(response, Buffer.alloc(0))), /not an ActionResult/, BOTH],
    [
      'returns the first half of each',
      get(
        'ac',
        (response, stored) => stored !== undefined && send(response, stored.subarray(0, stored.byteLength >> 1)),
      ),
      /the result of \/\/tree is refused: it is not an ActionResult message; it is made here/,
      BOTH,
    ],
    [
      'returns gigabytes',
      get('ac', response => send(response, Buffer.alloc(5 << 20))),
      /more than 4194304 bytes/,
      BOTH,
    ],
  ])('a server that %s', async (_, fault, told, ran) => {
    const server = await filled();
    server.fault = fault;
    const clone = makeClone([server.place({ idleTimeoutMs: 300 })], { write: false });
    const built = await buildWith(server, clone);
    expect(built.started).toEqual(ran);
    expect(clone.told).toEqual(told === undefined ? [] : [expect.stringMatching(told)]);
  });

  type Result = Message<typeof ACTION_RESULT>;
  const [file] = [{ path: 'out', digest: digestOf(LISTED) }];

  test.each<readonly [string, (result: Result) => Result, RegExp]>([
    [
      'one more output',
      result => ({ ...result, files: [...(result.files ?? []), { ...file, path: 'more' }] }),
      /declare/,
    ],
    [
      'a path that leads out',
      result => ({ ...result, files: [{ ...file, path: '../../out' }] }),
      /declare: \.\.\/\.\.\/out/,
    ],
    ['no output', result => ({ ...result, files: [], directories: [] }), /does not have the output/],
    ['a failure', result => ({ ...result, exitCode: 7 }), /exit status 7/],
    ['a link', result => ({ ...result, symlinks: [{ name: 'out', target: '/etc/passwd' }] }), /symbolic link/],
  ])('a server that says of each action: %s', async (_, change, told) => {
    const server = await filled();
    for (const [path, bytes] of server.files) {
      if (!path.startsWith('/ac/')) continue;
      const result = decodeMessage(ACTION_RESULT, bytes) ?? expect.unreachable();
      server.files.set(path, encodeMessage(ACTION_RESULT, change(result)));
    }
    const clone = makeClone([server.place()], { write: false });
    expect((await buildWith(server, clone)).started).toEqual(BOTH);
    expect(clone.told).toEqual([expect.stringMatching(told)]);
  });

  test('a server that says 503 once is asked again', async () => {
    const server = await filled();
    let left = 1;
    server.fault = get('ac', response => left-- > 0 && status(503)(response));
    const clone = makeClone([server.place()]);
    expect([(await buildWith(server, clone)).started, clone.told]).toEqual([[], []]);
  });

  test('an answer that trickles in ends at its limit', async () => {
    const server = await filled();
    server.fault = get('ac', response => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    const clone = makeClone([server.place()], { times: { answerMs: 300 } });
    expect((await buildWith(server, clone)).started).toEqual(BOTH);
    expect(clone.told).toEqual([expect.stringMatching(/no complete answer within 0\.3 s; continuing without it/)]);
  });
});

describe('about bytes', () => {
  test.each<Case>([
    ['has lost them (404)', output(status(404)), undefined, BOTH],
    ['says 500', output(status(500)), /500/, BOTH],
    ['hangs', output(() => true), /nothing was received for 0\.3 s/, BOTH],
    ['cuts them', output(cut), /the connection was interrupted/, BOTH],
    [
      'has others of the same size',
      output((response, stored) => send(response, Buffer.alloc(stored?.byteLength ?? 0))),
      /the blob [0-9a-f]{64} is refused: its bytes do not match its digest; it is made here/,
      BOTH,
    ],
    [
      'has too many',
      output((response, stored) => send(response, Buffer.concat([stored ?? Buffer.of(), Buffer.of(1)]))),
      /more than 18 bytes/,
      BOTH,
    ],
    [
      'has too few',
      output((response, stored) => send(response, (stored ?? Buffer.of()).subarray(1))),
      /17 bytes instead of 18/,
      BOTH,
    ],
    ['redirects', output(status(307, { location: 'https://other.example/' })), /redirects to other\.example/, BOTH],
    [
      'stops in the middle',
      output((response, stored) => {
        response.writeHead(200, { 'content-length': 18 }).write((stored ?? Buffer.of()).subarray(0, 5));
        return true;
      }),
      /nothing was received for 0\.3 s/,
      BOTH,
    ],
  ])('a server that %s', async (_, fault, told) => {
    const server = await filled();
    server.fault = fault;
    const clone = makeClone([server.place({ idleTimeoutMs: 300 })], { write: false });
    const built = await buildWith(server, clone);
    expect(built.started).toContain('//list');
    expect(clone.told).toEqual(told === undefined ? [] : [expect.stringMatching(told)]);
  });

  test('a server that is slower than making them is left', async () => {
    const server = await filled();
    const clone = makeClone([server.place()], { write: false, times: { leastPatienceMs: 100 } });
    // The other machine needed only milliseconds.
    server.fault = output((response, stored) => {
      response.writeHead(200, { 'content-length': stored?.byteLength ?? 0 });
      const timer = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(timer));
      return true;
    });
    const built = await buildWith(server, clone);
    expect(built.started).toContain('//list');
    expect(clone.told).toEqual([expect.stringMatching(/would take longer to fetch than to make; it is made here/)]);
  });

  test('a server that is slow is waited for if making them takes longer', async () => {
    const server = await filled();
    const clone = makeClone([server.place()], { times: { leastPatienceMs: 60_000 } });
    server.fault = output((response, stored = Buffer.of()) => {
      response.writeHead(200, { 'content-length': stored.byteLength });
      let at = 0;
      const timer = setInterval(() => {
        response.write(stored.subarray(at, at + 1));
        at += 1;
        if (at < stored.byteLength) return;
        clearInterval(timer);
        response.end();
      }, 10);
      return true;
    });
    expect((await buildWith(server, clone)).started).toEqual([]);
    expect(clone.told).toEqual([]);
  });
});

describe('the tree of an output folder', () => {
  const file: Entry = { type: 'file', digest: digestOf('a\n'), executable: false };
  const only = [shell('tree', 'mkdir -p tree/sub; echo a > tree/a; echo b > tree/sub/b', {}, TREE)];

  async function withTree(bytes: Buffer, size = bytes.byteLength) {
    const server = await filled();
    for (const [path, stored] of server.files) {
      const result = path.startsWith('/ac/') ? decodeMessage(ACTION_RESULT, stored) : undefined;
      const [folder] = result?.directories ?? [];
      if (result === undefined || folder === undefined) continue;
      const tree = { hash: digestOf(bytes).hash, size };
      const { root: _, ...rest } = folder;
      server.files.set(path, encodeMessage(ACTION_RESULT, { ...result, directories: [{ ...rest, tree }] }));
      server.files.set(`/cas/${tree.hash}`, bytes);
    }
    const clone = makeClone([server.place()], { write: false });
    const built = await clone.build(only, ['tree']);
    expect(built.status).toBe('done');
    return { built, clone };
  }

  test('that another program wrote is accepted', async () => {
    const { built, clone } = await withTree(treeMessage(encodeTree(new Map([['other', file]]))));
    expect([built.started, clone.told]).toEqual([[], []]);
  });

  test.each<readonly [string, Buffer, number | undefined, RegExp]>([
    [
      'leads out by a link',
      treeMessage(encodeTree(new Map([['x', { type: 'symlink', target: '../../etc' }]]))),
      undefined,
      /leads out/,
    ],
    [
      'leads out by a path',
      encodeMessage(rawTree(), { root: { files: [{ name: '../x', digest: digestOf('a\n') }] } }),
      undefined,
      /outside of it/,
    ],
    ['is no tree', Buffer.from('junk'), undefined, /not a Tree message/],
    ['has another size than was said', treeMessage(encodeTree(new Map([['other', file]]))), 4_000, /do not match/],
  ])('that %s is refused', async (_, bytes, size, told) => {
    const { built, clone } = await withTree(bytes, size);
    expect(built.started).toEqual(['//tree']);
    expect(clone.told).toEqual([expect.stringMatching(told)]);
  });
});

function rawTree() {
  const digest = { hash: { type: 'text', number: 1 }, size: { type: 'integer', number: 2 } } as const;
  const files = { name: { type: 'text', number: 1 }, digest: { type: 'message', number: 2, of: digest } } as const;
  return { root: { type: 'message', number: 1, of: { files: { type: 'messages', number: 1, of: files } } } } as const;
}

describe('sending', () => {
  const put =
    (fault: (response: ServerResponse) => boolean): Fault =>
    ({ method }, response) =>
      method === 'PUT' && fault(response);

  test.each<readonly [string, Fault, RegExp]>([
    ['says 413', put(status(413)), /does not take files of .* \(413\)$/],
    ['says 500', put(status(500)), /500/],
    ['says 403', put(status(403)), /takes no results \(403\) \(set write = false/],
    ['says 405', put(status(405)), /takes no results \(405\)/],
    ['has no space', put(status(507)), /no free space \(507\)/],
    ['hangs', put(() => true), /nothing was received for 0\.3 s/],
    ['closes the connection', put(response => response.destroy() !== undefined), /interrupted/],
    ['says 500 to HEAD', ({ method }, response) => method === 'HEAD' && status(500)(response), /500/],
  ])('to a server that %s leaves no result there', async (_, fault, told) => {
    const server = await fakeCache();
    server.fault = fault;
    const clone = makeClone([server.place({ idleTimeoutMs: 300 })]);
    expect((await buildWith(server, clone)).started).toEqual(BOTH);
    expect(clone.told.every(line => told.test(line))).toBe(true);
    expect(clone.told.length).toBeGreaterThan(0);
    expect([...server.files.keys()].filter(path => path.startsWith('/ac/'))).toEqual([]);
  });

  test('to a server without HEAD sends everything again', async () => {
    const server = await filled();
    server.fault = ({ method }, response) => method === 'HEAD' && status(405)(response);
    server.files.clear();
    const clone = makeClone([server.place()]);
    await buildWith(server, clone);
    expect(clone.told).toEqual([]);
    expect([...server.files.keys()].filter(path => path.startsWith('/ac/'))).toHaveLength(2);
  });

  test('the result is the last', async () => {
    const server = await fakeCache();
    await makeClone([server.place()]).build(nodes, ['tree']);
    const puts = server.requests.filter(line => line.startsWith('PUT'));
    expect(puts.at(-1)).toMatch(/^PUT \/ac\//);
    expect(puts.filter(line => line.startsWith('PUT /ac/'))).toHaveLength(1);
  });
});

describe('a server that is gone', () => {
  test('at the start is told about once, and asked once', async () => {
    const server = await filled();
    const place = server.place();
    await server.stop();
    const clone = makeClone([place]);
    expect((await buildWith(server, clone)).started).toEqual(BOTH);
    expect(clone.told).toEqual([expect.stringMatching(/refuses connections; continuing without it$/)]);
  });

  test('in the middle of a build is not asked again', async () => {
    const server = await filled();
    let asked = 0;
    server.fault = (request, response) => {
      asked += 1;
      if (asked < 3) return false;
      request.socket.destroy();
      response.destroy();
      return true;
    };
    const clone = makeClone([server.place()]);
    await buildWith(server, clone);
    expect(clone.told).toEqual([expect.stringMatching(/interrupted; continuing without it$/)]);
    expect(asked).toBeLessThan(8);
  });

  test('leaves the work to the next cache', async () => {
    const [server, second] = [await filled(), await filled()];
    const place = server.place();
    await server.stop();
    const clone = makeClone([place, second.place()]);
    const built = await buildWith(server, clone);
    expect(built.started).toEqual([]);
    expect([...originsOf(built).keys()]).toEqual(BOTH);
  });

  test.each([
    ['is gone', async (server: FakeCache) => server.stop(), /refuses connections/],
    [
      'lies',
      async (server: FakeCache) => {
        for (const path of server.files.keys())
          if (path.startsWith('/ac/')) server.files.set(path, Buffer.from('junk'));
      },
      /returned something invalid/,
    ],
  ])('fails the build if it is required and %s', async (_, spoil, what) => {
    const server = await filled();
    const place = server.place();
    await spoil(server);
    const clone = makeClone([place], { required: true });
    const built = await clone.build(nodes, ['list']);
    expect([built.status, built.started]).toEqual(['failed', []]);
    expect(built.failures.get(label('tree'))).toMatchObject({
      code: 'AIB_REMOTE_CACHE',
      what: expect.stringMatching(what),
    });
  });
});

describe('credentials', () => {
  test('are sent with every request, and are in no message', async () => {
    const server = await filled();
    server.credentials.length = 0;
    server.fault = get('ac', status(401));
    const clone = makeClone([server.place({ authorization: 'Bearer s3cr3t' })]);
    await buildWith(server, clone);
    expect(new Set(server.credentials)).toEqual(new Set(['Bearer s3cr3t']));
    expect(clone.told.join('\n')).not.toContain('s3cr3t');
  });
});
