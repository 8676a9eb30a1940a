/** aib dies by SIGKILL in the middle of a download: the next run fetches only what is not there. The server counts the bytes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { lockMirror } from './hostile/build-from-mirror.ts';
import { CountingServer } from './hostile/counting-server.ts';
import type { Task } from './hostile/fetcher.ts';
import { honestMirror, ISO, LIB, MAIN, makeIso, ROOT } from './hostile/honest-mirror.ts';

const APP = `${MAIN}/app-1-r0.apk`;
const KERNEL_BYTES = 8 << 20;
const HELD_BYTES = 5 << 20;

let folder: string;
let server: CountingServer;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aib-killed-'));
  mkdirSync(join(folder, 'workspace'));
  const kernel = { path: 'boot/vmlinuz-virt', type: 'file', source: { bytes: randomBytes(KERNEL_BYTES) } } as const;
  const initramfs = { path: 'boot/initramfs-virt', type: 'file', source: { bytes: Buffer.from('small') } } as const;
  server = new CountingServer(await honestMirror({ iso: await makeIso([kernel, initramfs]) }));
  const locked = await lockMirror(mirrorAt(await server.listen()));
  const lock = locked.ok ? locked.value : expect.unreachable(locked.error.what);
  writeFileSync(join(folder, 'task'), serialize({ lock, root: ROOT } satisfies Task));
  server.sent.clear();
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await server.close();
  rmSync(folder, { recursive: true });
});

test('of an ISO it fetches the rest', async () => {
  server.hold = { path: ISO, bytes: HELD_BYTES };
  const child = start();
  await expect.poll(() => sizes().get('alpine.iso.part'), { timeout: 30_000 }).toBe(HELD_BYTES);
  await kill(child);

  server.hold = undefined;
  server.sent.clear();
  expect(await start().ended).toBe(0);
  expect(server.sent.get(ISO)).toBe(server.size(ISO) - HELD_BYTES);
  expect(sizes()).toEqual(new Map());
  expect(await start().ended).toBe(0);
});

test('of packages it fetches those that were not whole', async () => {
  server.hold = { path: LIB, bytes: 100 };
  const child = start();
  await expect.poll(() => isRecorded('//package/v3.20/main/x86_64/app-1-r0'), { timeout: 30_000 }).toBe(true);
  await expect.poll(() => sizes().get(`${basename(LIB)}.part`), { timeout: 30_000 }).toBe(100);
  await kill(child);

  server.hold = undefined;
  server.sent.clear();
  expect(await start().ended).toBe(0);
  expect(server.sent.get(APP)).toBeUndefined();
  expect(server.sent.get(LIB)).toBe(server.size(LIB));
  expect(sizes()).toEqual(new Map());
});

test('a part that is of another file than the one there now is not gone on with', async () => {
  server.hold = { path: ISO, bytes: HELD_BYTES };
  const child = start();
  await expect.poll(() => sizes().get('alpine.iso.part'), { timeout: 30_000 }).toBe(HELD_BYTES);
  await kill(child);

  server.hold = undefined;
  server.etag = '"another"';
  server.sent.clear();
  expect(await start().ended).toBe(0);
  expect(server.sent.get(ISO)).toBe(server.size(ISO));
});

interface Started {
  readonly child: ChildProcess;
  /** Its exit status. */
  readonly ended: Promise<number | null>;
}

function start(): Started {
  const words = ['--experimental-strip-types', '--no-warnings', join(import.meta.dirname, 'hostile/fetcher.ts')];
  const child = spawn(process.execPath, [...words, 'build', server.address, join(folder, 'task'), folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.add(child);
  return { child, ended: once(child, 'exit').then(([status]) => status as number | null) };
}

async function kill({ child, ended }: Started): Promise<void> {
  child.kill('SIGKILL');
  expect(await ended).toBeNull();
}

/** Of all files among the downloads that outlive a run, by name. */
function sizes(): ReadonlyMap<string, number> {
  try {
    const entries = readdirSync(join(folder, 'store/downloads'), { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => entry.isFile());
    return new Map(files.map(({ name, parentPath }) => [name, statSync(join(parentPath, name)).size]));
  } catch {
    // It was moved while this looked.
    return new Map();
  }
}

/** Whether the store knows what came of a node. */
function isRecorded(label: string): boolean {
  try {
    const names = readdirSync(join(folder, 'store/records'), { recursive: true, withFileTypes: true });
    const files = names.filter(entry => entry.isFile()).map(({ name, parentPath }) => join(parentPath, name));
    return files.some(file => readFileSync(file, 'utf8').includes(`"${label}"`));
  } catch {
    // It was moved while this looked.
    return false;
  }
}

function mirrorAt(address: string) {
  const opened = openMirror(address, { environment: {} });
  return opened.ok ? opened.value : expect.unreachable(opened.error.what);
}
