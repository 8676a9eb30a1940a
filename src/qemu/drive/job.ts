/**
 * The parameters of the driver from an action, in its environment; each value is a named part of the key. Worker has everything that is not
 * in the key.
 *
 * Every variable that begins with `AIB_`, except the worker's, is also passed to the guest, as `guest.env`.
 */

import type { Machine } from './machine.ts';

/** Stages of the guest program, in order. The last one determines the result: the disk, or the tree so far. */
export interface BuildJob extends Machine {
  readonly type: 'build';
  readonly stages: readonly string[];
  /** Only if the result is a disk. */
  readonly diskMiB: number;
  /** Seconds since 1970: the guest's clock. */
  readonly epoch: number;
}

export interface BootJob extends Machine {
  readonly type: 'boot';
  readonly format: string;
  readonly firmware: string;
  /** The text on the serial console of a booted image. */
  readonly expect: string;
}

export type Job = BuildJob | BootJob;

/** `type` is the program's argument. */
export function jobFromEnvironment(type: string, environment: NodeJS.ProcessEnv): Job {
  const text = (name: string): string => {
    const value = environment[name];
    if (value === undefined) throw new Error(`Internal error: ${name} is not set`);
    return value;
  };
  const machine = {
    arch: text('AIB_ARCH'),
    qemu: text('AIB_QEMU'),
    machine: text('AIB_MACHINE'),
    cpu: text('AIB_CPU'),
    console: text('AIB_CONSOLE'),
    // Only builds report anything.
    resultPort: environment.AIB_RESULT_PORT ?? '',
  };
  if (type === 'build')
    return {
      ...machine,
      type,
      stages: text('AIB_STAGES').split(' '),
      diskMiB: Number(environment.AIB_DISK_MIB ?? 0),
      epoch: Number(text('AIB_EPOCH')),
    };
  return {
    ...machine,
    type: 'boot',
    format: text('AIB_FORMAT_NAME'),
    firmware: text('AIB_FIRMWARE'),
    expect: text('AIB_EXPECT'),
  };
}

/** The environment of the guest, as assignments for a shell to source. */
export function guestEnvironment(environment: NodeJS.ProcessEnv): string {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith('AIB_') && !name.startsWith('AIB_WORKER_'))
    .map(([name, value = '']) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
