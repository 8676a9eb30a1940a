/**
 * Machines that have booted and wait for a build, saved where whoever runs them lets it: the next machine with the same kernel, devices and emulator
 * goes on from there, and so begins at once. One that waits has read no disk yet, so it knows nothing of any build, and nothing of it reaches what
 * is built. It is trusted by its digest, which is its name's second half; with the first fault it is thrown away, and a machine boots as ever.
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

/** In the action's folder. */
const OWN_COPY = 'work/machine';
/** To be raised when what a saved machine waits for changes without a change of its key. */
const FORMAT = 1;
/** Each has a few hundred MiB at most; the longest unused go first. */
const KEPT = 8;
const POLL_MS = 10;
/** Bytes a second; by default QEMU would spare a network. */
const BANDWIDTH = 2 ** 33;

/** Words for QEMU: it waits for `resumeMachine`. */
export const RESTORING: readonly string[] = ['-incoming', `exec:cat ${OWN_COPY}`];

/** Whatever a booted machine holds: its devices, its kernel, the emulator and, without emulation, the processor. */
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

/** Brings a saved machine into the action's folder; false where there is none that is whole. */
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
      // Somebody else may have thrown it away.
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

/** Saves a machine that waits, and lets it go on; where that cannot be, nothing is kept. */
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
    // It would only have been of use.
  }
  rmSync(OWN_COPY, { force: true });
}

async function keep(folder: string, key: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${key}-${(await digestOfFile(OWN_COPY)).hash}`);
  try {
    renameSync(OWN_COPY, path);
  } catch {
    // On another filesystem.
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
    // Somebody else's, in a store that is shared.
  }
}
