/**
 * A copy of a mirror in a folder: nothing is fetched twice, and nothing is trusted, wherever the previous copy was interrupted. The server
 * counts the bytes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { serialize } from 'node:v8';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Lock } from '../src/alpine/locking/lock.ts';
import type { Mirror } from '../src/alpine/mirror/mirror.ts';
import { offline } from '../src/alpine/mirror/offline-mirror.ts';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { makeApk } from '../src/alpine/package/test-packages.ts';
import type { BuildEvent } from '../src/engine/model/events.ts';
import type { Copied } from '../src/rules/copy/copy-mirror.ts';
import { formatFailure } from '../src/util/failure.ts';
import { testFolder } from '../src/util/files/test-folder.ts';
import type { Result } from '../src/util/result.ts';
import { ISO_NODE, lockPackages } from './hostile/build-from-mirror.ts';
import { type CopyHow, copyFromMirror } from './hostile/copy-from-mirror.ts';
import { CountingServer } from './hostile/counting-server.ts';
import type { Task } from './hostile/fetcher.ts';
import { besideIso, honestMirror, INDEX, ISO, KEY, LIB, MAIN, makeIso, ROOT } from './hostile/honest-mirror.ts';
import { mountTmpfs } from './torture/mount.ts';

const APP = `${MAIN}/app-1-r0.apk`;
const FILES = [APP, LIB, INDEX, ISO];
const KERNEL_BYTES = 3 << 20;
const HELD_BYTES = 2 << 20;

let folder: string;
let server: CountingServer;
let lock: Lock;

beforeEach(async () => {
  folder = testFolder('mirror-copy');
  mkdirSync(join(folder, 'workspace'));
  server = new CountingServer(await honestMirror({ iso: await largeIso() }));
  await server.listen();
  onTestFinished(() => server.close());
  lock = unwrap(await lockPackages(web()));
  server.sent.clear();
});

function largeIso(): Promise<Buffer> {
  const kernel = { path: 'boot/vmlinuz-virt', type: 'file', source: { bytes: randomBytes(KERNEL_BYTES) } } as const;
  const initramfs = { path: 'boot/initramfs-virt', type: 'file', source: { bytes: Buffer.from('small') } } as const;
  return makeIso([kernel, initramfs]);
}

function web(): Mirror {
  return unwrap(openMirror(server.address, { environment: {}, attempts: 1 }));
}

function unwrap<T>(result: Result<T>): T {
  return result.ok ? result.value : expect.unreachable(formatFailure(result.error));
}

function at(path: string): string {
  return join(folder, 'copy', path);
}

async function copy(how: CopyHow & { readonly from?: Mirror } = {}): Promise<Copied> {
  const outcome = unwrap(await copyFromMirror(how.from ?? web(), lock, folder, how));
  return outcome.status === 'done' ? outcome.copied : expect.unreachable(outcome.status);
}

async function failureOf(how: CopyHow & { readonly from?: Mirror } = {}) {
  const copied = await copyFromMirror(how.from ?? web(), lock, folder, how);
  return copied.ok ? expect.unreachable(copied.value.status) : copied.error;
}

/** The paths in the copy. */
function filesThere(): readonly string[] {
  if (!existsSync(at(''))) return [];
  const entries = readdirSync(at(''), { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(({ name, parentPath }) => relative(at(''), join(parentPath, name)))
    .sort();
}

function expectWhole(paths = FILES): void {
  expect(filesThere()).toEqual([...paths, 'aib-copy.sha256', 'sample.json'].sort());
  for (const path of paths) expect(readFileSync(at(path)).equals(server.files.get(path) ?? Buffer.of())).toBe(true);
}

function forgetStore(): void {
  rmSync(join(folder, 'store'), { recursive: true });
}

function flipped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => (at === bytes.byteLength - 40 ? byte ^ 0xff : byte)));
}

const bytesOf = (...paths: readonly string[]): number => paths.reduce((sum, path) => sum + server.size(path), 0);

describe('a copy', () => {
  test('has what the lock names, laid out as a mirror, and no more; each byte is fetched once', async () => {
    const { all, fresh, damaged, leftOut, stale } = await copy();
    expectWhole();
    expect(server.sent).toEqual(new Map(FILES.map(path => [path, server.size(path)])));
    const mark = statSync(at('sample.json')).size;
    expect(all).toEqual({ files: 5, bytes: bytesOf(...FILES) + mark });
    expect([fresh, damaged, leftOut, stale]).toEqual([all, [], [], { files: 0, bytes: 0 }]);
  });

  test('tells how packages come, and of indexes that they do; each has a run in the log', async () => {
    const events: BuildEvent[] = [];
    const outcome = unwrap(await copyFromMirror(web(), lock, folder, { emit: event => events.push(event) }));
    expect(outcome).toMatchObject({ status: 'done', runs: [1, 2], ran: 3 });
    const kinds = events.flatMap(event => (event.type === 'ran' ? [event.kind] : [event.type]));
    expect(kinds.filter(kind => /^(started|finished|index|package)$/.test(kind))).toEqual([
      ...['index', 'started', 'package', 'package', 'finished'],
    ]);
  });

  test('of an ISO alone runs no action', async () => {
    const events: BuildEvent[] = [];
    const how = { targets: [ISO_NODE], emit: (event: BuildEvent) => events.push(event) };
    const outcome = unwrap(await copyFromMirror(web(), lock, folder, how));
    expect([outcome, events]).toEqual([{ status: 'done', runs: [], ran: 0, copied: expect.anything() }, []]);
    expectWhole([ISO]);
  });

  test('of a mirror that is no sample has no mark, and the lock has the key for the ISO', async () => {
    const { armored = '', fingerprint } = ROOT.releaseSigner;
    const root = { ...ROOT, name: 'alpine', releaseSigner: { fingerprint } } as const;
    lock = { ...lock, releaseKey: armored };
    await copy({ root });
    expect(filesThere()).toEqual(['aib-copy.sha256', ...FILES].sort());
    expect(await failureOf()).toMatchObject({ code: 'AIB_COPY_IN_THE_WAY' });
  });

  test('that is there is left as it is, and nobody is asked for anything', async () => {
    await copy();
    server.sent.clear();
    const before = filesThere().map(path => statSync(at(path)).ino);
    const { all, fresh } = await copy({ from: offline(web()) });
    expect([all.files, fresh]).toEqual([5, { files: 0, bytes: 0 }]);
    // The list is written each time.
    const after = filesThere().map(path => statSync(at(path)).ino);
    expect(after.slice(1)).toEqual(before.slice(1));
    expect(server.sent).toEqual(new Map());
  });

  test('is enough for a store that has nothing', async () => {
    await copy();
    server.sent.clear();
    forgetStore();
    expect((await copy({ from: offline(web()) })).fresh.files).toBe(0);
    expectWhole();
  });

  test('comes out of the store where it has the files; of an ISO it does not', async () => {
    await copy();
    server.sent.clear();
    rmSync(at(''), { recursive: true });
    expect((await copy()).fresh.files).toBe(5);
    expectWhole();
    expect(server.sent).toEqual(new Map([[ISO, server.size(ISO)]]));
  });

  test.each([
    ['is longer', (path: string) => appendFileSync(path, 'x')],
    ['is shorter', (path: string) => writeFileSync(path, readFileSync(path).subarray(1))],
    ['has another byte', (path: string) => writeFileSync(path, flipped(readFileSync(path)))],
  ])('notices a file that %s, and puts it there anew', async (_, damage) => {
    await copy();
    server.sent.clear();
    for (const path of [LIB, INDEX, ISO]) damage(at(path));
    const { damaged, fresh } = await copy();
    expect([[...damaged].sort(), fresh.files]).toEqual([[LIB, INDEX, ISO].sort(), 3]);
    expectWhole();
    expect(server.sent).toEqual(new Map([[ISO, server.size(ISO)]]));
  });

  test('fetches a damaged file anew where the store does not have it either', async () => {
    await copy();
    server.sent.clear();
    forgetStore();
    writeFileSync(at(LIB), flipped(readFileSync(at(LIB))));
    expect((await copy()).damaged).toEqual([LIB]);
    expectWhole();
    expect(server.sent).toEqual(new Map([[LIB, server.size(LIB)]]));
  });

  test('tells now and then how far it is, also within a file', async () => {
    const often = await linesTold(10_000);
    expect(often.filter(line => /^[1-3] of 5 files, .+ of 3\.\d MiB$/.test(line)).length).toBe(3);
    expect(often.at(-1)).toMatch(/^5 of 5 files, (3\.\d MiB) of \1$/);
    const within = often.flatMap(line => /^4 of 5 files, (\d\.\d) MiB of /.exec(line)?.[1] ?? []).map(Number);
    expect(new Set(within).size).toBeGreaterThan(10);
    expect(within).toEqual(within.toSorted((a, b) => a - b));
    expect(within.at(-1)).toBeLessThan(3.2);

    const seldom = await linesTold(2_500);
    expect(seldom.length).toBeGreaterThan(1);
    expect(seldom.length).toBeLessThan(often.length / 1.5);
    expect(await linesTold(1)).toEqual([]);
  });

  /** The lines of a new copy, with a clock that advances by `step` milliseconds with each reading. */
  async function linesTold(step: number): Promise<readonly string[]> {
    rmSync(at(''), { recursive: true, force: true });
    let now = 0;
    const lines: string[] = [];
    const clock = (): number => {
      now += step;
      return now;
    };
    await copy({ now: clock, onNotice: line => lines.push(line) });
    return lines;
  }
});

describe('a mirror that is not as the lock has it', () => {
  test('an index that was replaced is left out, and told: what is locked can be built without', async () => {
    server.files = new Map([...server.files, [INDEX, Buffer.from('another')]]);
    const events: BuildEvent[] = [];
    const { leftOut, all } = await copy({ emit: event => events.push(event) });
    expect([leftOut, all.files]).toEqual([[INDEX], 4]);
    expectWhole([APP, LIB, ISO]);
    expect(events.filter(({ type }) => type === 'failed')).toEqual([]);
  });

  test('an index that cannot be fetched because nothing can is a failure', async () => {
    await server.close();
    expect(await failureOf()).toMatchObject({ code: 'AIB_MIRROR_UNREACHABLE' });
    expect(filesThere()).toEqual([]);
  });

  test('a package that is not there any more ends it before anything is placed', async () => {
    server.files = new Map([...server.files].filter(([path]) => path !== LIB));
    const events: BuildEvent[] = [];
    const outcome = unwrap(await copyFromMirror(web(), lock, folder, { emit: event => events.push(event) }));
    expect(outcome).toMatchObject({ status: 'failed', runs: [1, 2] });
    expect(events.flatMap(event => (event.type === 'failed' ? [event.failure.code] : []))).toEqual([
      'AIB_MIRROR_NOT_FOUND',
    ]);
    expect(filesThere()).toEqual([]);
  });

  test.each([
    ['SHA-256', (iso: Lock['iso'][string]) => ({ ...iso, sha256: '0'.repeat(64) }), 'AIB_DIGEST_MISMATCH'],
    ['SHA-512', (iso: Lock['iso'][string]) => ({ ...iso, sha512: '0'.repeat(128) }), 'AIB_DIGEST_MISMATCH'],
    ['size', (iso: Lock['iso'][string]) => ({ ...iso, size: iso.size + 1 }), 'AIB_DIGEST_MISMATCH'],
  ])('an ISO with another %s never has its name', async (_, change, code) => {
    const [key, iso] = Object.entries(lock.iso)[0] ?? expect.unreachable();
    lock = { ...lock, iso: { [key]: change(iso) } };
    expect(await failureOf()).toMatchObject({ code });
    expect(filesThere()).not.toContain(ISO);
  });

  test('an ISO with a signature of another one never has its name', async () => {
    const other = new Map(await besideIso(await largeIso()));
    const [key, iso] = Object.entries(lock.iso)[0] ?? expect.unreachable();
    lock = { ...lock, iso: { [key]: { ...iso, signature: String(other.get(`${ISO}.asc`)) } } };
    expect(await failureOf()).toMatchObject({ code: 'AIB_BAD_SIGNATURE' });
    expect(filesThere()).not.toContain(ISO);
  });
});

describe('a lock that moved on', () => {
  async function moveOn(): Promise<void> {
    const lib = await makeApk({ pkgname: 'lib', pkgver: '2-r0' }, 'lib', KEY);
    const files = await honestMirror({ lib, libLine: { V: '2-r0' }, iso: server.files.get(ISO) ?? Buffer.of() });
    files.set(LIB.replace('1-r0', '2-r0'), lib.bytes);
    files.delete(LIB);
    // The application is signed again, so its bytes are different.
    server.files = files;
    lock = unwrap(await lockPackages(web()));
    server.sent.clear();
  }

  test('adds what is new, and says what it does not name any more', async () => {
    await copy();
    const lib = server.files.get(LIB) ?? expect.unreachable();
    await moveOn();
    const { stale, fresh, damaged } = await copy();
    expect([stale, damaged]).toEqual([{ files: 1, bytes: lib.byteLength }, []]);
    expect(readFileSync(at(LIB)).equals(lib)).toBe(true);
    expect(fresh.files).toBe(server.sent.size);
    expect(server.sent.has(ISO)).toBe(false);
    expect((await copy()).stale.files).toBe(1);
  });

  test('with --prune that goes, and what is not of a copy stays', async () => {
    await copy();
    writeFileSync(at(`${MAIN}/mine-1-r0.apk`), '');
    await moveOn();
    expect((await copy({ prune: true })).stale.files).toBe(1);
    expect(filesThere()).not.toContain(LIB);
    expect(filesThere()).toContain(`${MAIN}/mine-1-r0.apk`);
    expect((await copy({ prune: true })).stale.files).toBe(0);
    expect(readFileSync(at('aib-copy.sha256'), 'utf8')).not.toContain(LIB);
  });
});

describe('a copy that is cut short', () => {
  test('by SIGKILL in the ISO: the rest of the ISO is all that is fetched', async () => {
    server.hold = { path: ISO, bytes: HELD_BYTES };
    const child = start();
    await expect.poll(() => sizeOf(`${ISO}.part`), { timeout: 30_000 }).toBe(HELD_BYTES);
    await kill(child);
    expect(filesThere()).not.toContain(ISO);

    server.hold = undefined;
    server.sent.clear();
    expect(await start().ended).toBe(0);
    expect(server.sent).toEqual(new Map([[ISO, server.size(ISO) - HELD_BYTES]]));
    expectWhole();
  });

  test('by SIGKILL in a package: what was whole is not fetched again', async () => {
    server.hold = { path: LIB, bytes: 100 };
    const child = start();
    await expect.poll(() => server.sent.get(APP), { timeout: 30_000 }).toBe(server.size(APP));
    await expect.poll(() => isRecorded('app-1-r0'), { timeout: 30_000 }).toBe(true);
    await kill(child);

    server.hold = undefined;
    server.sent.clear();
    expect(await start().ended).toBe(0);
    expect(server.sent).toEqual(new Map([LIB, ISO].map(path => [path, server.size(path)])));
    expectWhole();
  });

  test('by a stop in the ISO says so, and goes on there', async () => {
    server.hold = { path: ISO, bytes: HELD_BYTES };
    const stop = new AbortController();
    const stopped = failureOf({ signal: stop.signal });
    await expect.poll(() => sizeOf(`${ISO}.part`), { timeout: 30_000 }).toBe(HELD_BYTES);
    stop.abort();
    expect(await stopped).toMatchObject({ code: 'AIB_CANCELLED', where: at('') });

    server.hold = undefined;
    server.sent.clear();
    expect((await copy()).damaged).toEqual([]);
    expect(server.sent).toEqual(new Map([[ISO, server.size(ISO) - HELD_BYTES]]));
    expectWhole();
  });

  test('by a stop in an index says so; in a package it is told by whoever reports', async () => {
    for (const [path, expected] of [
      [INDEX, { ok: false, error: { code: 'AIB_CANCELLED' } }],
      [LIB, { ok: true, value: { status: 'interrupted' } }],
    ] as const) {
      server.hold = { path, bytes: 100 };
      const stop = new AbortController();
      const stopped = copyFromMirror(web(), lock, folder, { signal: stop.signal });
      await expect.poll(() => server.sent.get(path), { timeout: 30_000 }).toBe(100);
      stop.abort();
      expect(await stopped).toMatchObject(expected);
      server.hold = undefined;
      server.sent.clear();
    }
    expect(filesThere()).toEqual([]);
  });

  test.for([
    ['the ISO', 1 << 20, `copy/${ISO}`],
    ['the packages', 0, 'copy'],
  ] as const)('by a disk that is full before %s: says so, and goes on with what is there', async (row, context) => {
    const [, free, where] = row;
    const mount = mountTmpfs(folder, 'size=8m');
    if (mount === undefined) return context.skip('a small tmpfs can be mounted only by root');
    const ballast = join(mount, 'ballast');
    fillUp(mount, ballast, free);
    const place = join(mount, 'copy');
    expect(await failureOf({ place })).toMatchObject({
      code: 'AIB_CANNOT_WRITE',
      where: expect.stringContaining(join(mount, where)),
      got: expect.stringContaining('ENOSPC'),
      hint: expect.stringMatching(/free some space/),
    });
    rmSync(ballast);
    server.sent.clear();
    const { fresh } = await copy({ place });
    expect(server.sent).toEqual(new Map([[ISO, server.size(ISO)]]));
    expect(fresh.files).toBe(free === 0 ? 5 : 1);
  });
});

function fillUp(mount: string, ballast: string, free: number): void {
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - free));
}

interface Started {
  readonly child: ChildProcess;
  /** Its exit status. */
  readonly ended: Promise<number | null>;
}

function start(): Started {
  writeFileSync(join(folder, 'task'), serialize({ lock, root: ROOT } satisfies Task));
  const words = ['--experimental-strip-types', '--no-warnings', join(import.meta.dirname, 'hostile/fetcher.ts')];
  const child = spawn(process.execPath, [...words, 'copy', server.address, join(folder, 'task'), folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'exit').then(([status]) => status as number | null) };
}

async function kill({ child, ended }: Started): Promise<void> {
  child.kill('SIGKILL');
  expect(await ended).toBeNull();
}

function sizeOf(path: string): number | undefined {
  return statSync(at(path), { throwIfNoEntry: false })?.size;
}

/** Whether the store has the result of a package. */
function isRecorded(name: string): boolean {
  const records = join(folder, 'store/records');
  const entries = existsSync(records) ? readdirSync(records, { recursive: true, withFileTypes: true }) : [];
  return entries.some(entry => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && existsSync(path) && readFileSync(path, 'utf8').includes(`${name}"`);
  });
}
