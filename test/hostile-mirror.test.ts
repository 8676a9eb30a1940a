/** A mirror that lies in every known way: each lie results in its failure, and leaves nothing behind. */
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
import type { Mirror } from '../src/alpine/mirror/mirror.ts';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import type { Label } from '../src/engine/model/graph.ts';
import { buildFromMirror, ISO_NODE, lockMirror, PACKAGES } from './hostile/build-from-mirror.ts';
import { honestMirror } from './hostile/honest-mirror.ts';
import { allLies, type Lie } from './hostile/lies.ts';
import { LyingServer } from './hostile/lying-server.ts';
import { tier } from './tier.ts';

const truth = await honestMirror();
const lies = await allLies();

let folder: string;
let server: LyingServer;
let address: string;
let mirror: Mirror;

/** The answer is immediate, but on a busy machine it may take a while. */
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
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Everything below the test's folder except the store's own files; unfinished work of the store would be included. */
function strays(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => !/^store(\/|$)/.test(path) || path.startsWith('store/tmp/'))
    .sort();
}

/** The records of a label in the store. */
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
  const locked = await lockMirror(mirror);
  const { made, failures } = await buildFromMirror(
    mirror,
    locked.ok ? locked.value : expect.unreachable(locked.error.what),
    folder,
  );
  expect([...failures]).toEqual([]);
  expect(made).toEqual(expect.arrayContaining([PACKAGES, ISO_NODE]));
  expect(recordsOf(PACKAGES)).toHaveLength(1);
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});

test.each(lies.filter(({ when }) => when === 'update'))('$name', async (lie: Lie) => {
  meet(lie);
  if (lie.variation !== undefined) server.files = await honestMirror(await lie.variation());
  if (lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  const locked = await lockMirror(mirror);
  expect(locked.ok ? 'a lock' : locked.error.code).toBe(lie.code);
  expect(({} as { ok?: boolean }).ok).toBeUndefined();
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});

test.each(lies.filter(({ when }) => when === 'build'))('$name', async (lie: Lie) => {
  meet(lie);
  const during = lie.at?.endsWith('.asc') === true;
  if (lie.variation !== undefined) server.files = await honestMirror(await lie.variation());
  if (during && lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  const locked = await lockMirror(mirror);
  if (!locked.ok) return expect.unreachable(`no lock: ${JSON.stringify(locked.error)}`);
  if (lie.later !== undefined) server.files = await honestMirror(await lie.later());
  if (lie.at !== undefined && lie.answer !== undefined) server.lie = { path: lie.at, answer: lie.answer };
  // A rejected file must not be trusted the second time.
  for (let round = 0; round < (tier === 'first' ? 1 : 2); round += 1) {
    const { made, failures } = await buildFromMirror(mirror, locked.value, folder);
    expect([...failures.values()].map(({ code }) => code)).toEqual([lie.code]);
    const [failed = PACKAGES] = failures.keys();
    expect(made).not.toContain(failed);
    expect(recordsOf(failed)).toEqual([]);
  }
  expect(strays()).toEqual(['workspace', 'workspace/mine']);
});

test('an ISO with the right SHA-256 and another SHA-512 than the lock says is refused', async () => {
  const locked = await lockMirror(mirror);
  if (!locked.ok) return expect.unreachable(locked.error.what);
  const [[name, iso] = expect.unreachable()] = Object.entries(locked.value.iso);
  const lock = { ...locked.value, iso: { [name]: { ...iso, sha512: 'c'.repeat(128) } } };
  const { failures } = await buildFromMirror(mirror, lock, folder);
  expect([...failures]).toMatchObject([
    [ISO_NODE, { code: 'AIB_DIGEST_MISMATCH', got: expect.stringMatching(/SHA-512 .* expected c{128}/) }],
  ]);
  expect(recordsOf(ISO_NODE)).toEqual([]);
});
