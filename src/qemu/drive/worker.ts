/** What the machine that runs the action grants to QEMU. None of it is in a key: it may change how long a build takes, never what comes out. */
import { availableParallelism } from 'node:os';
import type { Granted } from './machine.ts';

export interface Worker extends Granted {
  /** Seconds that phases may take, by name. */
  readonly limits: Readonly<Record<string, number>>;
  /** What all limits are multiplied by. */
  readonly limitFactor: number;
  /** Seconds that a machine's clock is off when it starts; the guest program sets it right. */
  readonly clockOffset: number;
  /** QEMU's word. */
  readonly diskCache: string;
  /** Where machines that have booted are kept for the next ones; undefined where none are. */
  readonly machines?: string;
}

/** Seconds, for a phase of which nothing is granted; generous, since the whole run has a limit, too. */
const DEFAULT_LIMIT = 3_600;

/** From the runner's environment, or modest defaults where a remote worker sets nothing. */
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

/** Of `boot=300 install=1800`. */
function limitsIn(text: string): Readonly<Record<string, number>> {
  const pairs = text.split(' ').map(word => word.split('='));
  return Object.fromEntries(pairs.map(([phase = '', seconds]) => [phase, Number(seconds)]));
}

/** Seconds that the phase may take. */
export function limitOf(phase: string, { limits, limitFactor }: Worker): number {
  return (limits[phase] ?? DEFAULT_LIMIT) * limitFactor;
}
