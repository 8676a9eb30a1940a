import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { lockStore, openStore } from '../store.ts';
import { acquireBuildLock, type LockHolder } from './build-lock.ts';

const NEVER = new AbortController().signal;

/** Another process that takes the lock, reports it, and holds it until it is killed. */
async function otherBuild(folder: string, command: string): Promise<ChildProcess & { readonly pid: number }> {
  const program = `
    import { acquireBuildLock } from ${JSON.stringify(join(import.meta.dirname, 'build-lock.ts'))};
    const { signal } = new AbortController();
    const holder = { pid: process.pid, command: ${JSON.stringify(command)} };
    globalThis.lock = await acquireBuildLock(${JSON.stringify(folder)}, holder, { signal, onWait: () => console.log('waiting') });
    console.log('held');
    setInterval(() => {}, 1_000);
  `;
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await until(child, 'held');
  if (child.pid === undefined) throw new Error('not started');
  return Object.assign(child, { pid: child.pid });
}

async function until(child: ChildProcess, word: string): Promise<void> {
  let said = '';
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk);
    if (said.includes(word)) return;
  }
  throw new Error(`the other process ended after ${JSON.stringify(said)}`);
}

test('a second build waits, names the first, and goes on at once when that is killed', async () => {
  const folder = testFolder('lock');
  const other = await otherBuild(folder, 'aib build //first');
  const { promise: waited, resolve } = Promise.withResolvers<LockHolder | undefined>();
  let calls = 0;
  const acquired = acquireBuildLock(
    folder,
    { pid: process.pid, command: 'aib build //second' },
    {
      signal: NEVER,
      onWait: holder => {
        calls += 1;
        resolve(holder);
      },
    },
  );
  expect(await waited).toEqual({ pid: other.pid, command: 'aib build //first' });
  const exit = once(other, 'exit');
  other.kill('SIGKILL');
  await exit;
  const freed = performance.now();
  const lock = await acquired;
  expect(performance.now() - freed).toBeLessThan(2_000);
  expect(calls).toBe(1);
  lock.release();
});

test('a lock that was released is free, and its holder forgotten', async () => {
  const folder = testFolder('lock');
  const options = { signal: NEVER, onWait: () => expect.unreachable() };
  const lock = await acquireBuildLock(folder, { pid: 1, command: 'a' }, options);
  lock.release();
  expect(readdirSync(folder)).not.toContain('lock.json');
  (await acquireBuildLock(folder, { pid: 1, command: 'b' }, options)).release();
});

test.each(['', '{', 'null', '{"pid":"1"}'])('a note of %j names nobody, and is no obstacle', async note => {
  const folder = testFolder('lock');
  await otherBuild(folder, 'aib build');
  writeFileSync(join(folder, 'lock.json'), note);
  const stop = new AbortController();
  const seen: unknown[] = [];
  const acquired = acquireBuildLock(
    folder,
    { pid: 1, command: 'b' },
    {
      signal: stop.signal,
      onWait: holder => {
        seen.push(holder);
        stop.abort(new Error('enough'));
      },
    },
  );
  await expect(acquired).rejects.toThrow('enough');
  expect(seen).toEqual([undefined]);
});

test('a lock file full of garbage is emptied, by whoever holds it as by whoever comes second', async () => {
  const folder = testFolder('lock');
  const path = join(folder, 'lock.db');
  writeFileSync(path, 'garbage'.repeat(1_000));
  const unreachable = { signal: NEVER, onWait: () => expect.unreachable() };
  const lock = await acquireBuildLock(folder, { pid: 1, command: 'a' }, unreachable);
  expect(statSync(path).size).toBe(0);
  writeFileSync(path, 'garbage'.repeat(1_000));
  const stop = new AbortController();
  const options = { signal: stop.signal, onWait: () => stop.abort(new Error('held')) };
  await expect(acquireBuildLock(folder, { pid: 2, command: 'b' }, options)).rejects.toThrow('held');
  lock.release();
  (await acquireBuildLock(folder, { pid: 3, command: 'c' }, unreachable)).release();
});

test('a wait that was given up takes no lock afterwards', async () => {
  const folder = testFolder('lock');
  const first = await acquireBuildLock(folder, { pid: 1, command: 'a' }, { signal: NEVER, onWait: () => {} });
  const stop = new AbortController();
  const reason = new Error('Ctrl-C');
  const second = acquireBuildLock(
    folder,
    { pid: 2, command: 'b' },
    {
      signal: stop.signal,
      onWait: () => stop.abort(reason),
    },
  );
  await expect(second).rejects.toBe(reason);
  first.release();
  const third = await acquireBuildLock(
    folder,
    { pid: 3, command: 'c' },
    {
      signal: NEVER,
      onWait: () => expect.unreachable(),
    },
  );
  third.release();
});

test('taking the lock clears what a killed build left, folders without rights too', async () => {
  const folder = testFolder('lock');
  const opened = openStore(folder, { now: Date.now, onNotice: () => {} });
  if (!opened.ok) throw new Error(opened.error.what);
  const store = opened.value;
  onTestFinished(() => store.close());
  mkdirSync(join(store.temporary, 'work/locked'), { recursive: true });
  writeFileSync(join(store.temporary, 'work/locked/file'), '');
  writeFileSync(join(store.temporary, 'half a blob'), '');
  const lock = await lockStore(store.folder, { pid: 1, command: 'a' }, { onWait: () => {}, signal: NEVER });
  expect(readdirSync(store.temporary)).toEqual([]);
  lock.release();
});

test('several processes can open a store that none of them finds, all at the same time', async () => {
  const folder = join(testFolder('lock'), 'cache');
  const program = `
    import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../store.ts'))};
    process.stdin.once('data', () => {
      for (let number = 0; number < 20; number += 1) {
        const opened = openStore(${JSON.stringify(folder)} + number, { now: Date.now, onNotice: line => console.log(line) });
        if (!opened.ok) console.log(JSON.stringify(opened.error));
      }
      console.log('done');
      process.exit();
    });
    console.log('ready');
  `;
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program];
  const children = Array.from({ length: 3 }, () =>
    spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const said = children.map(child => {
    onTestFinished(() => void child.kill('SIGKILL'));
    const words_: string[] = [];
    child.stdout.on('data', chunk => words_.push(String(chunk)));
    return words_;
  });
  await Promise.all(children.map(child => once(child.stdout, 'data')));
  const ends = children.map(child => once(child, 'close'));
  for (const child of children) child.stdin.write('go');
  await Promise.all(ends);
  expect(said.map(each => each.join(''))).toEqual(children.map(() => 'ready\ndone\n'));
});
