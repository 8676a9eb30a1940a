/**
 * Saved machines that have booted and wait for a build, in a folder that the runner may allow: the next machine with the same kernel,
 * devices and emulator resumes one, and starts immediately. A waiting machine has read no disk yet, so it never contains anything of a
 * build and never affects one. It is verified by its digest, the second half of its name; after the first fault it is removed, and a
 * machine boots as usual.
 */
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf, digestOfFile } from '../../store/content/digest.ts';
import { findOnPath } from '../../util/process/on-path.ts';
import type { Monitor } from './monitor.ts';

/** Path in the action's folder. */
const OWN_COPY = 'work/machine';
/** Increase it if the message that a saved machine waits for changes without a change of its key. */
const FORMAT = 1;
/** Each has at most a few hundred MiB; the least recently used are removed first. */
const KEPT = 8;
const POLL_MS = 10;
/** Bytes per second; QEMU's default is limited for networks. */
const BANDWIDTH = 2 ** 33;

/** Arguments for QEMU: it waits for `resumeMachine`. */
export const RESTORING: readonly string[] = ['-incoming', `exec:cat ${OWN_COPY}`];

/** A key of everything in a booted machine: devices, kernel, emulator and, with KVM, the processor. */
export function machineKey(
  program: string,
  words: readonly string[],
  accelerator: 'kvm' | 'tcg',
  files: readonly string[],
): string {
  const path = resolve(findOnPath(program) ?? program);
  const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
  const processor = accelerator === 'kvm' ? cpus()[0]?.model : undefined;
  const contents = files.map(file => digestOf(readFileSync(file)).hash);
  const parts = JSON.stringify([FORMAT, path, size, mtimeMs, processor, words, contents]);
  return digestOf(parts).hash.slice(0, 32);
}

/** Copies a saved machine to the action's folder; false if there is no intact one. */
export async function bringMachine(folder: string, key: string): Promise<boolean> {
  for (const name of namesOf(folder, key)) {
    const path = join(folder, name);
    try {
      rmSync(OWN_COPY, { force: true });
      linkOrCopy(path, OWN_COPY);
      if ((await digestOfFile(OWN_COPY)).hash === name.slice(key.length + 1)) {
        touch(path);
        return true;
      }
    } catch {
      // Another process may have removed it.
    }
    rmSync(path, { force: true });
  }
  return false;
}

export function dropMachine(folder: string, key: string): void {
  for (const name of namesOf(folder, key)) rmSync(join(folder, name), { force: true });
}

/** Lets a restored machine run; resolves when it does. */
export async function resumeMachine({ execute }: Monitor): Promise<void> {
  for (;;) {
    const { running, status } = await execute('query-status');
    if (running === true) return;
    if (status !== 'inmigrate') await execute('cont');
    await sleep(POLL_MS);
  }
}

/** Saves a waiting machine, and lets it continue; on failure nothing is kept. */
export async function saveMachine(folder: string, key: string, { execute }: Monitor): Promise<void> {
  await execute('stop');
  await execute('migrate-set-parameters', { 'max-bandwidth': BANDWIDTH });
  await execute('migrate', { uri: `exec:cat >${OWN_COPY} 2>/dev/null` });
  let status: unknown;
  do {
    await sleep(POLL_MS);
    ({ status } = await execute('query-migrate'));
  } while (status === 'setup' || status === 'active' || status === 'device');
  await execute('cont');
  try {
    if (status === 'completed') await keep(folder, key);
  } catch {
    // Saving is optional.
  }
  rmSync(OWN_COPY, { force: true });
}

async function keep(folder: string, key: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${key}-${(await digestOfFile(OWN_COPY)).hash}`);
  try {
    renameSync(OWN_COPY, path);
  } catch {
    // The folder is on another filesystem.
    const temporary = `${path}.${process.pid}`;
    copyFileSync(OWN_COPY, temporary);
    renameSync(temporary, path);
  }
  const byUse = readdirSync(folder)
    .map(name => ({ name, used: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used);
  for (const { name } of byUse.slice(KEPT)) rmSync(join(folder, name), { force: true });
}

function namesOf(folder: string, key: string): readonly string[] {
  try {
    return readdirSync(folder).filter(name => name.startsWith(`${key}-`));
  } catch {
    return [];
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // It belongs to another user of a shared store.
  }
}
