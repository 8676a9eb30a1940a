/**
 * The program that an action runs in its input root: `node --single-threaded drive.mjs build` or `… boot`. It never depends on the machine
 * or on aib, except for its environment. It ends together with aib, if aib requests that.
 */
import { bootImage } from './boot.ts';
import { runStages } from './build.ts';
import { jobFromEnvironment } from './job.ts';
import { formatProblem, problemOf } from './problem.ts';
import { workerFromEnvironment } from './worker.ts';

// Only if the runner keeps the other end open: standard input of a remote worker is at its end from the start.
if (process.env.AIB_WORKER_STDIN === 'watch') process.stdin.resume().once('end', () => process.exit(1));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

const job = jobFromEnvironment(process.argv[2] ?? '', process.env);
const worker = workerFromEnvironment(process.env);
const problem = await (job.type === 'build' ? runStages(job, worker) : bootImage(job, worker)).catch(error => {
  const refused = problemOf(error);
  if (refused === undefined) throw error;
  return refused;
});
if (problem !== undefined) process.stderr.write(formatProblem(problem));
process.exit(problem === undefined ? 0 : 1);
