/**
 * Runs programs of aib's own in this process: fetches, which wait for the network more than they compute. What a program needs of the outside
 * world it was given when its table was made; what comes out is decided by its spec.
 */
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { inputsAt, type ProgramTable } from './program.ts';
import { inProgramFolder } from './program-folder.ts';
import type { Runner } from './runner.ts';
import { withinLimits } from './within-limits.ts';

export function inProcessRunner(store: Store, programs: ProgramTable): Runner {
  return {
    execute: (spec, context) =>
      inProgramFolder(store.blobs, spec, context.signal, async ({ folder, inputs }) => {
        const name = spec.arguments[1] ?? '';
        const load = Object.hasOwn(programs, name) ? programs[name] : undefined;
        if (load === undefined) throw internal(`there is no program ${name}`);
        const program = await load();
        return withinLimits(spec, context.signal, signal =>
          program({
            parameters: spec.environment,
            folder,
            ...inputsAt(inputs),
            signal,
            log: line => context.log(`${line}\n`),
            progress: context.progress,
          }),
        );
      }),
  };
}
