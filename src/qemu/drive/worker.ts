/** The resources for QEMU from the worker. They are not in a key: they may change the time of a build, but never its result. */
import { availableParallelism } from 'node:os';
import type { Granted } from './machine.ts';

export interface Worker extends Granted {
  /** Time limits of phases in seconds, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** The factor for all limits. */
  readonly limitFactor: number;
  /** The offset of a machine's clock at its start, in seconds; the guest program corrects it. */
  readonly clockOffset: number;
  /** QEMU's cache mode. */
  readonly diskCache: string;
  /** The folder of saved machines; undefined if they are not used. */
  readonly machines?: string;
}

/** Seconds, for a phase without a limit; generous, because the whole run has a limit, too. */
const DEFAULT_LIMIT = 3_600;

/** From the runner's environment, with modest defaults for remote workers. */
export function workerFromEnvironment(environment: NodeJS.ProcessEnv): Worker {
  const { AIB_WORKER_MACHINES: machines = '' } = environment;
  return {
    accelerator: environment.AIB_WORKER_ACCELERATOR === 'kvm' ? 'kvm' : 'tcg',
    cpus: Number(environment.AIB_WORKER_CPU ?? Math.min(2, availableParallelism())),
    memoryMiB: Number(environment.AIB_WORKER_MEMORY ?? 1_024),
    limits: limitsIn(environment.AIB_WORKER_LIMITS ?? ''),
    limitFactor: Number(environment.AIB_WORKER_LIMIT_FACTOR ?? 1),
    clockOffset: Number(environment.AIB_WORKER_CLOCK_OFFSET ?? 0),
    diskCache: environment.AIB_WORKER_DISK_CACHE ?? 'unsafe',
    ...(machines === '' ? {} : { machines }),
  };
}

/** Parses `boot=300 install=1800`. */
function limitsIn(text: string): Readonly<Record<string, number>> {
  const pairs = text.split(' ').map(word => word.split('='));
  return Object.fromEntries(pairs.map(([phase = '', seconds]) => [phase, Number(seconds)]));
}

/** The time limit of the phase in seconds. */
export function limitOf(phase: string, { limits, limitFactor }: Worker): number {
  return (limits[phase] ?? DEFAULT_LIMIT) * limitFactor;
}
