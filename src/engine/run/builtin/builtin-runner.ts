/**
 * Runs builtins in separate processes: on all cores, and each can be stopped, limited and metered like a command. Processes are started
 * when needed and reused, with one job at a time.
 */
import type { Store } from '../../../store/store.ts';
import type { Grants } from '../grants.ts';
import { memoryMeter } from '../memory-meter.ts';
import { inProgramFolder } from '../program-folder.ts';
import type { Runner } from '../runner.ts';
import { BuiltinWorker } from './builtin-worker.ts';

export interface BuiltinRunnerOptions {
  /** The program that serves builtins, for Node. */
  readonly entry: string;
}

export interface BuiltinRunner extends Runner {
  /** Ends all processes; call it when nothing runs any more. */
  readonly close: () => void;
}

/** Seconds. Generous, because the duration of a program grows with its inputs. */
const LIMIT = 3_600;

export function builtinRunner(store: Store, { entry }: BuiltinRunnerOptions): BuiltinRunner {
  const meter = memoryMeter();
  const idle: BuiltinWorker[] = [];
  const take = ({ locale, prefix }: Grants): BuiltinWorker => {
    // The locale of a process cannot change later, unlike folder, time zone and umask.
    const at = idle.findLastIndex(worker => !worker.isGone && worker.isFor(locale, prefix));
    const [worker] = at === -1 ? [] : idle.splice(at, 1);
    return worker ?? new BuiltinWorker({ entry, locale, prefix, meter });
  };
  return {
    execute: (spec, context) =>
      inProgramFolder(store.blobs, spec, context, async ({ folder, inputs }) => {
        const { grants } = context;
        const worker = take(grants);
        const program = spec.arguments[1] ?? '';
        const job = {
          type: 'job' as const,
          program,
          parameters: spec.environment,
          inputs: [...inputs],
          folder,
          timeZone: grants.timeZone,
          umask: grants.umask,
        };
        const seconds = (grants.limits[program] ?? LIMIT) * grants.limitFactor;
        try {
          return await worker.run(job, { seconds, memory: grants.memory }, context);
        } finally {
          if (!worker.isGone) idle.push(worker);
        }
      }),
    close: () => {
      for (const worker of idle.splice(0)) worker.close();
    },
  };
}
