/**
 * Runs builtins in processes of their own: on all cores, and each can be stopped, limited and metered like a command. Processes are started at
 * first need and used again, one job at a time.
 */
import type { Store } from '../../store/store.ts';
import { type BuiltinLimits, BuiltinWorker } from './builtin-worker.ts';
import { memoryMeter } from './memory-meter.ts';
import { inProgramFolder } from './program-folder.ts';
import type { Runner } from './runner.ts';

export interface BuiltinRunnerOptions {
  /** The program that serves builtins, for Node. */
  readonly entry: string;
  readonly limits?: BuiltinLimits;
  readonly grants?: BuiltinGrants;
}

/** What a program is told of its surroundings. Must not be able to change what comes out. */
interface BuiltinGrants {
  readonly timeZone: string;
  readonly locale: string;
  /** Permission bits that new files do not get. */
  readonly umask: number;
  /** Words before the command, for a clock or processors of its own: `taskset -c 0`. */
  readonly prefix?: readonly string[];
}

export interface BuiltinRunner extends Runner {
  /** Ends all processes; to be called when nothing runs any more. */
  readonly close: () => void;
}

const GRANTS: BuiltinGrants = { timeZone: 'UTC', locale: 'C.UTF-8', umask: 0o022 };
/** Generous: what a program takes grows with its inputs, and an end without a reason helps nobody. */
const LIMITS: BuiltinLimits = { seconds: 3_600, memory: 4_096 };

export function builtinRunner(store: Store, options: BuiltinRunnerOptions): BuiltinRunner {
  const { entry, limits = LIMITS, grants = GRANTS } = options;
  const meter = memoryMeter();
  const idle: BuiltinWorker[] = [];
  const take = (): BuiltinWorker => {
    for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) if (!worker.isGone) return worker;
    return new BuiltinWorker({ entry, locale: grants.locale, prefix: grants.prefix ?? [], meter });
  };
  return {
    execute: (spec, context) =>
      inProgramFolder(store.blobs, spec, context.signal, async ({ folder, inputs }) => {
        const worker = take();
        const job = {
          type: 'job' as const,
          program: spec.arguments[1] ?? '',
          parameters: spec.environment,
          inputs: [...inputs],
          folder,
          timeZone: grants.timeZone,
          umask: grants.umask,
        };
        try {
          return await worker.run(job, limits, context);
        } finally {
          if (!worker.isGone) idle.push(worker);
        }
      }),
    close: () => {
      for (const worker of idle.splice(0)) worker.close();
    },
  };
}
