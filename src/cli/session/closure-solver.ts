/** Computes closures in a separate process that ends with the work, so that its memory and time do not affect this process. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltinWorker } from '../../engine/run/builtin/builtin-worker.ts';
import { memoryMeter } from '../../engine/run/memory-meter.ts';
import type { PlacedInput } from '../../engine/run/program.ts';
import { type ClosureSolver, readAnswers } from '../../rules/supply/closure-request.ts';
import { ANSWERS, JOB, jobText } from '../../rules/supply/closures-program.ts';
import { storeFailure } from '../../store/database/store-failure.ts';
import type { Failure } from '../../util/failure.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { fail, ok } from '../../util/result.ts';
import { builtinEntry } from './runners.ts';

export const solveElsewhere: ClosureSolver = async (job, signal) => {
  const { requests, indexes } = job;
  if (requests.length === 0) return ok({ closures: new Map(), failures: new Map(), chains: new Map(), parsed: 0 });
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), 'aib-closures-'));
  } catch (error) {
    return fail(noRoom(error));
  }
  const worker = new BuiltinWorker({ entry: builtinEntry(), locale: 'C.UTF-8', prefix: [], meter: memoryMeter() });
  try {
    const inputs = [...indexes].map(([path, content], number): [string, PlacedInput] => {
      const file = join(folder, String(number));
      writeFileSync(file, content);
      return [path, { type: 'file', path: file }];
    });
    const done = await worker.run(
      {
        type: 'job',
        program: 'closures',
        parameters: { [JOB]: jobText(job) },
        inputs,
        folder,
        timeZone: 'UTC',
        umask: 0o022,
      },
      { seconds: 0, memory: 0 },
      { signal, log: () => {}, progress: () => {} },
    );
    return done.ok ? ok(readAnswers(readFileSync(join(folder, ANSWERS), 'utf8'))) : done;
  } catch (error) {
    return fail(noRoom(error));
  } finally {
    worker.close();
    await removeTree(folder);
  }
};

/** The failure must not name the store: the files are in the temporary folder. */
function noRoom(error: unknown): Failure {
  const failure = storeFailure(error);
  if (failure === undefined) throw error;
  return { ...failure, where: tmpdir(), hint: 'set TMPDIR to a folder with more free space' };
}
