/**
 * What a run of an action may have and is told beside its key. Nothing of it may change what comes out; to verify an action is to run it with
 * others and to compare.
 */
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { BlobStore } from '../../store/content/blobs.ts';
import type { Action, ActionSort, ActionSpec } from '../model/action.ts';

export interface Grants {
  /** How a virtual machine is run. */
  readonly accelerator: 'kvm' | 'tcg';
  /** MiB: of a command what its virtual machine has, of a builtin what it may hold before it is ended. A fetch heeds none. */
  readonly memory: number;
  /** Of a virtual machine. What else runs is held to some by `prefix`. */
  readonly processors: number;
  /** Seconds that a phase may take, by its name. A builtin has one phase, named as its program. */
  readonly limits: Readonly<Record<string, number>>;
  /** What all limits are multiplied by, that of the spec included. */
  readonly limitFactor: number;
  /** A fetch runs in aib's own process, and so has aib's time zone, locale and umask. */
  readonly timeZone: string;
  readonly locale: string;
  /** Permission bits that new files do not get. */
  readonly umask: number;
  /** Where the run gets a working folder of its own; undefined for the store's. What a kill leaves elsewhere nobody clears. */
  readonly folder: string | undefined;
  /** Whether a virtual machine may go on from one that has booted before. */
  readonly machines: boolean;
  /** Seconds that a virtual machine's clock is off from where its action wants it when it starts. */
  readonly clockOffset: number;
  /** QEMU's word for how the disks of a build are cached. */
  readonly diskCache: 'unsafe' | 'writeback';
  /** Whether inputs are laid out from the last to the first: some filesystems list folders in the order in which they were filled. */
  readonly backwards: boolean;
  /** Of a process: variables that nobody asked for. What an action says goes before. */
  readonly noise: Readonly<Record<string, string>>;
  /** Words before the command of a process, for a clock or processors of its own: `taskset -c 0`. */
  readonly prefix: readonly string[];
}

/** MiB, where neither the action nor the caller says. */
const MEMORY: Readonly<Record<ActionSort, number>> = { command: 1_024, builtin: 4_096, fetch: 0 };
/** Of what the phases may take together, for what is between them. */
const SLACK = 1.2;

/** Found out once: Node looks at the control group each time. */
let processors: number | undefined;

/** What the caller gives goes before what the action asks for. */
export function grantsFor({ sort, resources, limits }: Action, given: Partial<Grants> = {}): Grants {
  processors ??= availableParallelism();
  return {
    accelerator: 'tcg',
    memory: resources.memory ?? MEMORY[sort],
    processors: Math.min(resources.vcpu ?? 2, processors),
    limitFactor: 1,
    timeZone: 'UTC',
    locale: 'C',
    umask: 0o022,
    folder: undefined,
    machines: true,
    clockOffset: 0,
    diskCache: 'unsafe',
    backwards: false,
    noise: {},
    prefix: [],
    ...given,
    limits: { ...limits, ...given.limits },
  };
}

/** Seconds that a run may take in all; 0 for no limit. Never less than its phases may take together. */
export function secondsFor({ timeoutSeconds }: ActionSpec, { limits, limitFactor }: Grants): number {
  const phases = Object.values(limits).reduce((sum, seconds) => sum + seconds, 0);
  return timeoutSeconds === 0 ? 0 : Math.ceil(Math.max(timeoutSeconds, phases * SLACK) * limitFactor);
}

/** What a process is told, as environment variables: its time zone and locale, and in `AIB_WORKER_…` what only a virtual machine asks for. */
export function grantedEnvironment(grants: Grants): Readonly<Record<string, string>> {
  const { accelerator, memory, processors, limits, limitFactor, timeZone, locale, clockOffset, diskCache } = grants;
  const phases = Object.entries(limits).map(([phase, seconds]) => `${phase}=${seconds}`);
  return {
    ...grants.noise,
    TZ: timeZone,
    LANG: locale,
    LC_ALL: locale,
    AIB_WORKER_ACCELERATOR: accelerator,
    AIB_WORKER_CPU: String(processors),
    AIB_WORKER_MEMORY: String(memory),
    AIB_WORKER_LIMITS: phases.join(' '),
    AIB_WORKER_LIMIT_FACTOR: String(limitFactor),
    AIB_WORKER_CLOCK_OFFSET: String(clockOffset),
    AIB_WORKER_DISK_CACHE: diskCache,
  };
}

/** A path for a folder that nothing else uses. */
export function workingFolder(blobs: BlobStore, { folder }: Grants): string {
  const own = blobs.temporaryPath();
  return folder === undefined ? own : join(folder, basename(own));
}
