/**
 * What an action tells the driver, in its environment, where each value is a named part of the key. What is not in the key is in Worker.
 *
 * Every variable that begins with `AIB_`, other than the worker's, also reaches the guest, as `guest.env`.
 */

import type { Machine } from './machine.ts';

/** Stages of the guest program, one after the other. The last one decides what comes out: the disk, or the tree that was made so far. */
export interface BuildJob extends Machine {
  readonly type: 'build';
  readonly stages: readonly string[];
  /** Only where a disk comes out. */
  readonly diskMiB: number;
  /** Seconds since 1970: what the guest's clock shows. */
  readonly epoch: number;
}

export interface BootJob extends Machine {
  readonly type: 'boot';
  readonly format: string;
  readonly firmware: string;
  /** Text on the serial console that means that the image is up. */
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

/** The guest's side of the environment, as assignments that a shell can source. */
export function guestEnvironment(environment: NodeJS.ProcessEnv): string {
  return Object.entries(environment)
    .filter(([name]) => name.startsWith('AIB_') && !name.startsWith('AIB_WORKER_'))
    .map(([name, value = '']) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
