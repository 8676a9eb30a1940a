/**
 * Runs programs of aib in this process: fetches, which wait for the network more than they compute. What a program needs from outside was
 * passed in when its table was made; its spec alone decides the outputs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { secondsFor } from './grants.ts';
import { type FetchProgram, inputsAt, type ProgramTable, programNamed } from './program.ts';
import { inProgramFolder } from './program-folder.ts';
import type { Runner } from './runner.ts';
import { withinLimits } from './within-limits.ts';

export function inProcessRunner(store: Store, programs: ProgramTable<FetchProgram>): Runner {
  return {
    execute: async (spec, context) => {
      const name = spec.arguments[1] ?? '';
      const load = programNamed(programs, name);
      if (load === undefined) throw internal(`unknown program: ${name}`);
      // Only for this action: no other action uses it at the same time.
      const downloads = join(store.downloads, context.key);
      mkdirSync(downloads, { recursive: true });
      const done = await inProgramFolder(store.blobs, spec, context, async ({ folder, inputs }) => {
        const program = await load();
        return withinLimits(secondsFor(spec, context.grants), context.signal, signal =>
          program({
            parameters: spec.environment,
            folder,
            downloads,
            ...inputsAt(inputs),
            signal,
            log: line => context.log(`${line}\n`),
            progress: context.progress,
          }),
        );
      });
      if (done.ok) await removeTree(downloads).catch(() => undefined);
      return done;
    },
  };
}
