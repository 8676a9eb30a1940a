/**
 * The other end of a builtin worker: accepts jobs until aib ends. What a program sees of this process (folder, time zone, umask) is set for
 * each job, so that nothing of one job reaches the next.
 */
import { storeFailure } from '../../../store/database/store-failure.ts';
import { internal } from '../../../util/failure.ts';
import { fail, type Result } from '../../../util/result.ts';
import { inputsAt, type ProgramTable, programNamed } from '../program.ts';
import { STOPPED } from '../runner.ts';
import type { BuiltinJob, FromWorker, ToWorker } from './builtin-protocol.ts';

export function serveBuiltins(programs: ProgramTable): void {
  let stop = new AbortController();
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: ToWorker) => {
    if (message.type === 'stop') {
      stop.abort();
      return;
    }
    stop = new AbortController();
    void answer(programs, message, stop.signal);
  });
}

async function answer(programs: ProgramTable, job: BuiltinJob, signal: AbortSignal): Promise<void> {
  process.env.TZ = job.timeZone;
  process.umask(job.umask);
  process.chdir(job.folder);
  const outcome = await outcomeOf(programs, job, signal);
  // Before the result is sent: a process that still works in the folder of a finished action counts as left behind, and is killed.
  process.chdir('/');
  say(outcome);
}

async function outcomeOf(programs: ProgramTable, job: BuiltinJob, signal: AbortSignal): Promise<FromWorker> {
  try {
    const done = await runProgram(programs, job, signal);
    return done.ok ? { type: 'done' } : { type: 'failed', failure: done.error };
  } catch (error) {
    const failure = storeFailure(error);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return failure === undefined ? { type: 'bug', stack } : { type: 'failed', failure };
  }
}

async function runProgram(programs: ProgramTable, job: BuiltinJob, signal: AbortSignal): Promise<Result<void>> {
  const load = programNamed(programs, job.program);
  if (load === undefined) throw internal(`unknown builtin program: ${job.program}`);
  const program = await load();
  if (signal.aborted) return fail(STOPPED);
  return program({
    parameters: job.parameters,
    folder: job.folder,
    ...inputsAt(new Map(job.inputs)),
    signal,
    log: line => say({ type: 'log', line }),
    progress: words => say({ type: 'progress', words }),
  });
}

function say(message: FromWorker): void {
  // If aib is gone, nobody listens, and this process ends.
  if (process.connected) process.send?.(message);
}
