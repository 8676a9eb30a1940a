/** A mirror that lies in every way that anybody thought of: each lie is answered by its failure, and leaves nothing behind. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lock } from '../src/alpine/locking/lock.ts';
import { updateLock } from '../src/alpine/locking/update.ts';
import type { Mirror } from '../src/alpine/mirror/mirror.ts';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { build } from '../src/engine/build/build.ts';
import type { Label } from '../src/engine/model/graph.ts';
import { inProcessRunner } from '../src/engine/run/in-process-runner.ts';
import { fetchPrograms } from '../src/rules/programs/fetch-table.ts';
import { makeImageGraph } from '../src/rules/project/image-graph.ts';
import { testConfig } from '../src/rules/test-config.ts';
import { openStore } from '../src/store/store.ts';
import { ok, type Result } from '../src/util/result.ts';
import { honestMirror, MAIN, ROOT } from './hostile/honest-mirror.ts';
import { allLies, type Lie } from './hostile/lies.ts';
import { LyingServer } from './hostile/lying-server.ts';
import { tier } from './tier.ts';

const CONFIG = testConfig(`
  repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }
  packages { app = true }`);
const PACKAGES = `${CONFIG.variant.name}:packages` as Label;
const ISO = '//iso/3.20/x86_64' as Label;

const truth = await honestMirror();
const lies = await allLies();

let folder: string;
let server: LyingServer;
let address: string;
let mirror: Mirror;

/** What comes is there at once; on a busy machine that may take a while. */
function meet({ isSilent = false }: Partial<Lie>): void {
  const patience = isSilent ? { attempts: 1, idleTimeoutMs: 1000 } : { attempts: 2, idleTimeoutMs: 30_000 };
  const opened = openMirror(address, { ...patience, wait: async () => {}, environment: {} });
  mirror = opened.ok ? opened.value : expect.unreachable();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aib-hostile-'));
  mkdirSync(join(folder, 'workspace'));
  writeFileSync(join(folder, 'workspace/mine'), 'untouched');
  server = new LyingServer(truth);
  address = await server.listen();
  meet({});
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function lock(): Promise<Result<Lock>> {
  return updateLock({
    mirror,
    root: ROOT,
    versions: ['3.20'],
    architectures: ['x86_64'],
    today: '2025-01-01',
    wantedIndexes: () => ok([{ version: '3.20', arch: 'x86_64', paths: [MAIN] }]),
    signal: new AbortController().signal,
  });
}

/** What a build of the packages and of the ISO comes to: the labels that were made, and the failures of the others. */
async function buildBoth(locked: Lock) {
  const graph = makeImageGraph({
    configs: [CONFIG],
    lock: locked,
    root: ROOT,
    scriptFolders: [],
    workspace: join(folder, 'workspace'),
    home: join(folder, 'home'),
  });
  const store = openStore(join(folder, 'store'), { now: Date.now, onNotice: () => {} });
  if (!graph.ok || !store.ok) return expect.unreachable();
  try {
    const result = await build({
      graph: graph.value,
      targets: [
        { label: PACKAGES, outputs: ['packages'] },
        { label: ISO, outputs: ['kernel'] },
      ],
      store: store.value,
      runners: { fetch: inProcessRunner(store.value, fetchPrograms(mirror)) },
      capacity: { cpu: 2, network: 4 },
      onFailure: 'keep-going',
      signal: new AbortController().signal,
      emit: () => {},
      run: store.value.history.begin('test', Date.now()),
    });
    return { made: [...result.outputs.keys()], failures: result.failures };
  } finally {
    store.value.close();
  }
}

/** Everything below the test's folder but what is the store's own; what the store works on would be among it. */
function strays(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => !/^store(\/|$)/.test(path) || path.startsWith('store/tmp/'))
    .sort();
}

/** What the store has on record of a label. */
function recordsOf(label: Label): readonly string[] {
  const records = join(folder, 'store/records');
  if (!existsSync(records)) return [];
  return readdirSync(records, { recursive: true, encoding: 'utf8' })
    .map(name => join(records, name))
    .filter(path => statSync(path).isFile() && readFileSync(path, 'utf8').includes(`"${label}"`));
}

test('there are lies enough, each with a name of its own', () => {
  expect(lies.length).toBeGreaterThan(90);
  expect(new Set(lies.map(({ name }) => name)).size).toBe(lies.length);
});

test('a mirror that tells the truth is believed', async () => {
  const locked = await lock();
  const { made, failures } = await buildBoth(locked.ok ? locked.value : expect.unreachable(locked.error.what));
  expect([...failures]).toEqual([]);
  expect(made).toEqual(expect.arrayContaining([PACKAGES, ISO]));
  expect(recordsOf(PACKAGES)).toHaveLength(1);
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});

test.each(lies.filter(({ when }) => when === 'update'))('$name', async (lie: Lie) => {
  meet(lie);
  if (lie.variation !== undefined) server.files = await honestMirror(await lie.variation());
  if (lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  const locked = await lock();
  expect(locked.ok ? 'a lock' : locked.error.code).toBe(lie.code);
  expect(({} as { ok?: boolean }).ok).toBeUndefined();
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});

test.each(lies.filter(({ when }) => when === 'build'))('$name', async (lie: Lie) => {
  meet(lie);
  const during = lie.at?.endsWith('.asc') === true;
  if (lie.variation !== undefined) server.files = await honestMirror(await lie.variation());
  if (during && lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  const locked = await lock();
  if (!locked.ok) return expect.unreachable(`no lock: ${JSON.stringify(locked.error)}`);
  if (lie.later !== undefined) server.files = await honestMirror(await lie.later());
  if (lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  // What failed must not be believed the second time.
  for (let round = 0; round < (tier === 'first' ? 1 : 2); round += 1) {
    const { made, failures } = await buildBoth(locked.value);
    expect([...failures.values()].map(({ code }) => code)).toEqual([lie.code]);
    const [failed = PACKAGES] = failures.keys();
    expect(made).not.toContain(failed);
    expect(recordsOf(failed)).toEqual([]);
  }
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});
