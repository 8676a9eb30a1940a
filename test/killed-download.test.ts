/** aib is killed by SIGKILL in the middle of a download: the next run fetches only what is missing. The server counts the bytes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { lockMirror } from './hostile/build-from-mirror.ts';
import { CountingServer } from './hostile/counting-server.ts';
import type { Task } from './hostile/fetcher.ts';
import { honestMirror, ISO, LIB, MAIN, makeIso, manyPackages, ROOT } from './hostile/honest-mirror.ts';
import { seedOf, times } from './tier.ts';
import { makeRandom } from './torture/synthetic-graph.ts';

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

describe('the packages of 22 variants', () => {
  /** Each variant needs all common packages and a few others. */
  const COMMON = Array.from({ length: 40 }, (_, index) => `common-${index}`);
  const CLOUDS = Array.from({ length: 11 }, (_, index) => `cloud${index}`);
  const configuration = `
    Default {
      repos { "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true }
      packages { ${COMMON.map(name => `${name} = true`).join(', ')} }
    }
    Dimensions {
      version { "3.20" {} }, arch { x86_64 {} }, firmware { bios {}, uefi { packages { firmware-tool = true } } }, bootstrap { tiny {} }
      cloud { ${CLOUDS.map(name => `${name} { packages { ${name}-agent = true } }`).join(', ')} }
    }`;
  const names = [...COMMON, 'firmware-tool', ...CLOUDS.map(name => `${name}-agent`)];
  const random = makeRandom(seedOf('killed downloads', 1));
  const sizes = new Map(names.map(name => [name, 20_000 + Math.floor(random() * 200_000)]));

  const serve = async (): Promise<readonly string[]> => {
    const { files, records } = await manyPackages(sizes);
    await server.close();
    server = new CountingServer(new Map([...(await honestMirror({ more: records })), ...files]));
    const locked = await lockMirror(mirrorAt(await server.listen()));
    const lock = locked.ok ? locked.value : expect.unreachable(locked.error.what);
    writeFileSync(join(folder, 'task'), serialize({ lock, root: ROOT, configuration } satisfies Task));
    server.sent.clear();
    return [...files.keys()];
  };

  test('are fetched once each', async () => {
    const paths = await serve();
    expect(await start().ended).toBe(0);
    expect(paths.filter(path => server.sent.get(path) !== server.size(path))).toEqual([]);
    server.sent.clear();
    expect(await start().ended).toBe(0);
    expect([...server.sent]).toEqual([]);
  });

  test('are fetched once each but for the files in which aib is killed', { timeout: 300_000 }, async () => {
    const paths = await serve();
    server.pause = 1;
    const total = paths.reduce((sum, path) => sum + server.size(path), 0);
    const kills = 3 * times;
    const sent = (): number => paths.reduce((sum, path) => sum + (server.sent.get(path) ?? 0), 0);
    for (let round = 0; round < kills; round += 1) {
      // At a random byte of the rest.
      const until = sent() + Math.floor(random() * ((total - sent()) / (kills - round + 1)));
      const child = start();
      await expect
        .poll(() => sent() > until || child.child.exitCode !== null, { timeout: 60_000, interval: 5 })
        .toBe(true);
      child.child.kill('SIGKILL');
      await child.ended;
      await server.settled();
    }
    server.pause = 0;
    expect(await start().ended).toBe(0);
    const again = paths.filter(path => (server.sent.get(path) ?? 0) > server.size(path));
    process.stdout.write(
      `${kills} kills: ${again.length} of ${paths.length} files begun again, ${sent() - total} bytes of ${total}\n`,
    );
    // Four transfers at a time; they may include complete files without a record.
    expect(again.length).toBeLessThanOrEqual(8 * kills);
    for (const path of paths) expect(server.sent.get(path)).toBeGreaterThanOrEqual(server.size(path));
    server.sent.clear();
    expect(await start().ended).toBe(0);
    expect([...server.sent]).toEqual([]);
  });
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

/** Sizes of all files in the downloads that outlive a run, by name. */
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

/** Whether the store has the result of a node. */
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
