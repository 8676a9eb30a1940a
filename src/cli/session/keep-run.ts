/** After a run: writes its trace, its page and its facts, and removes old runs. A failure here must not fail the build. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { join } from 'node:path';
import { builderFacts, keepRunFacts, runFacts } from '../../attest/provenance/run-facts.ts';
import { count } from '../../report/text/count.ts';
import { type Trace, traceOf } from '../../report/trace.ts';
import { runsMachine } from '../../rules/kinds/kind-table.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Store } from '../../store/store.ts';
import { discard } from '../../util/files/remove-tree.ts';
import type { Options } from '../words/options.ts';
import { reportPath, writeReport } from './run-report.ts';

interface FinishedRun {
  readonly project: Project;
  readonly store: Store;
  readonly run: number;
  readonly options: Options;
}

/** Old runs are removed once in this number of runs, because the search takes time in a store with many nodes. */
const FORGET_EVERY = 10;

/** In a larger run, the page costs time that a build should not take; `aib log --html` makes it. */
const LARGEST = 2_000;

export async function keepRun(store: Store, run: number): Promise<void> {
  try {
    keepPages(store, run);
    if (run % FORGET_EVERY === 0) await store.forgetOldRuns();
  } catch (error) {
    // A full disk, or another file at this path. The build is done, so this is ignored.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** Only for a run that executed something: its records refer to these facts. */
export function keepFacts({ project, store, run, options }: FinishedRun): void {
  const machines = store.runs.executions(run).filter(({ kind }) => runsMachine(kind));
  const words = new Set(machines.flatMap(({ label }) => label.split(/[/@:]/)));
  const architectures = new Set(project.configs.map(({ arch }) => arch).filter(arch => words.has(arch)));
  const { mirror, set, vars, custom } = options;
  keepRunFacts(store, run, () => runFacts(project, { mirror, set, vars, custom }, builderFacts(architectures)));
}

/** Nothing for a run in which nothing ran. */
function keepPages(store: Store, id: number): void {
  const run = store.runs.find(id);
  const executions = store.runs.executions(id);
  if (run === undefined || executions.length === 0) return;
  writeTrace(store.runFolder(id), traceOf(run, executions));
  if (executions.length > LARGEST) return;
  const host = `${hostname()}, ${count(cpus().length, 'processor')}`;
  writeReport({ run, executions, unrun: store.runs.unrun(id) }, store, { path: reportPath(store, id), host });
}

function writeTrace(folder: string, trace: Trace): void {
  const path = join(folder, 'trace.json');
  mkdirSync(folder, { recursive: true });
  try {
    writeFileSync(path, `${JSON.stringify(trace)}\n`);
  } catch (error) {
    discard(path);
    throw error;
  }
}
