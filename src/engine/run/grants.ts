/**
 * The resources and settings of one run of an action that are not in its key. They must never change the outputs; verification runs an
 * action with different grants and compares the outputs.
 */
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import type { BlobStore } from '../../store/content/blobs.ts';
import type { Action, ActionSort, ActionSpec } from '../model/action.ts';

export interface Grants {
  /** How a virtual machine is run. */
  readonly accelerator: 'kvm' | 'tcg';
  /** MiB: for a command the memory of its virtual machine, for a builtin the limit at which it is killed. Not used for a fetch. */
  readonly memory: number;
  /** Processors of a virtual machine. Other processes can be limited with `prefix`. */
  readonly processors: number;
  /** Seconds that a phase may take, by its name. A builtin has one phase, with the name of its program. */
  readonly limits: Readonly<Record<string, number>>;
  /** The factor for all time limits, including that of the spec. */
  readonly limitFactor: number;
  /** A fetch runs in aib's own process, and therefore has aib's time zone, locale and umask. */
  readonly timeZone: string;
  readonly locale: string;
  /** Permission bits that are removed from new files. */
  readonly umask: number;
  /**
   * The parent of the run's working folder; undefined for the one in the store. Outside the store, nothing removes what a kill leaves
   * behind.
   */
  readonly folder: string | undefined;
  /** Whether a virtual machine may continue from one that has booted before. */
  readonly machines: boolean;
  /** Seconds by which a virtual machine's clock differs at the start from the time that its action requests. */
  readonly clockOffset: number;
  /** QEMU's cache mode for the disks of a build. */
  readonly diskCache: 'unsafe' | 'writeback';
  /** Whether inputs are placed from the last to the first: some filesystems list folders in the order in which they were filled. */
  readonly backwards: boolean;
  /** Additional environment variables of a process. Those of the action take precedence. */
  readonly noise: Readonly<Record<string, string>>;
  /** Words before the command of a process, to set its clock or processors: `taskset -c 0`. */
  readonly prefix: readonly string[];
}

/** Default in MiB. */
const MEMORY: Readonly<Record<ActionSort, number>> = { command: 1_024, builtin: 4_096, fetch: 0 };
/** Factor on the sum of the phase limits, for the time between the phases. */
const SLACK = 1.2;

/** Determined once: Node reads the control group on each call. */
let processors: number | undefined;

/** The caller's values take precedence over what the action requests. */
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

/** Seconds that a run may take in total; 0 for no limit. Never less than the sum of its phase limits. */
export function secondsFor({ timeoutSeconds }: ActionSpec, { limits, limitFactor }: Grants): number {
  const phases = Object.values(limits).reduce((sum, seconds) => sum + seconds, 0);
  return timeoutSeconds === 0 ? 0 : Math.ceil(Math.max(timeoutSeconds, phases * SLACK) * limitFactor);
}

/** The grants as environment variables of a process: its time zone and locale, and in `AIB_WORKER_…` what only a virtual machine uses. */
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

/** A unique path for a working folder. */
export function workingFolder(blobs: BlobStore, { folder }: Grants): string {
  const own = blobs.temporaryPath();
  return folder === undefined ? own : join(folder, basename(own));
}
