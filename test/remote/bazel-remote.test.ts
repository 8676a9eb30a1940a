/**
 * A cache on bazel-remote, which reads each result that it is given and serves it only while it has all of its blobs. It is built once from
 * its Go module and kept in the user's cache.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { httpPlace } from '../../src/remote/places/http-place.ts';
import { homeCache } from '../../src/util/files/home-cache.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { findOnPath } from '../../src/util/process/on-path.ts';
import { listen, stop } from '../local-server.ts';
import { ALL, syntheticGraph } from '../torture/synthetic-graph.ts';
import { makeClone, originsOf } from './rig.ts';

const VERSION = '2.6.1';
const folder = join(homeCache(), `peers/bazel-remote-${VERSION}`);
const program = join(folder, 'bazel-remote');
const go = findOnPath('go', `${process.env.PATH}:/usr/local/go/bin`);

/** Why there is none. */
let missing: string | undefined;

beforeAll(() => {
  if (process.env.AIB_TIER !== 'full' || existsSync(program)) return;
  if (go === undefined) {
    missing = 'no go on PATH, which builds bazel-remote';
    return;
  }
  mkdirSync(folder, { recursive: true });
  try {
    const words = ['mod', 'download', '-json', `github.com/buchgr/bazel-remote/v2@v${VERSION}`];
    const { Dir: source } = JSON.parse(
      execFileSync(go, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    ) as {
      readonly Dir: string;
    };
    // In its own folder, it is built from the modules and checksums that it names itself.
    execFileSync(go, ['build', '-C', source, '-o', program, '.'], { stdio: 'pipe' });
  } catch (error) {
    missing = `bazel-remote cannot be built here: ${
      String(error)
        .split('\n')
        .find(line => line.includes('go:')) ?? error
    }`;
  }
}, 1_200_000);

async function startServer(): Promise<string> {
  const holder = createServer();
  const url = await listen(holder);
  await stop(holder);
  const words = [
    '--dir',
    testFolder('bazel-remote'),
    '--max_size',
    '1',
    '--http_address',
    new URL(url).host,
    '--grpc_address',
    'none',
  ];
  const child = spawn(program, words, { stdio: 'ignore' });
  const ended = new Promise(resolve => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  await expect
    .poll(
      () =>
        fetch(`${url}/status`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 30_000 },
    )
    .toBe(200);
  return url;
}

describe('a cache on bazel-remote', { tags: ['full'] }, () => {
  test('takes the results of one clone, checks them, and gives them to another', async context => {
    if (missing !== undefined) return context.skip(missing);
    const url = await startServer();
    const place = () => httpPlace(url, { authorization: undefined, idleTimeoutMs: 20_000, environment: {} });
    const graph = syntheticGraph({ sources: testFolder('sources'), seed: 7, layers: 6, width: 9 });
    const targets = [ALL.slice(2)];
    const [one, two] = [makeClone([place()]), makeClone([place()])];
    const first = await one.build(graph, targets);
    expect([first.status, first.started.length]).toEqual(['done', 55]);
    expect(one.cache.uploads.progress).toMatchObject({ waiting: 0, sent: 55 });
    const second = await two.build(graph, targets);
    expect([second.status, second.started, two.told]).toEqual(['done', [], []]);
    expect(originsOf(second).size).toBe(55);
    const { NumFiles: files } = (await (await fetch(`${url}/status`)).json()) as { readonly NumFiles: number };
    expect(files).toBeGreaterThanOrEqual(110);
  });
});
