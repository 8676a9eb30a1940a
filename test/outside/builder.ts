/** A building process for tests that kill and interrupt it: `node builder.ts JSON` builds once, with the output for the user on stderr. */
import { join } from 'node:path';
import { interruption, tellAtExit } from '../../src/cli/session/interruption.ts';
import { build } from '../../src/engine/build/build.ts';
import { makeGraph } from '../../src/engine/model/graph.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { makeReporter } from '../../src/report/progress/reporter.ts';
import { lockStore, openStore, prepareStore } from '../../src/store/store.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { Account, type Manners } from './account.ts';
import { imageNodes, TARGETS } from './world.ts';

export interface BuilderOptions {
  readonly folder: string;
  readonly manners: Omit<Manners, 'random' | 'between'>;
  /** The seed for the refusals and losses of the account. */
  readonly seed: number;
  /** Kills itself with SIGKILL at this moment: before the work of a call to the account, or before its reply. */
  readonly dieAt?: number;
  readonly refresh?: boolean;
}

const { folder, manners, seed, dieAt, refresh = false } = JSON.parse(process.argv[2] ?? '') as BuilderOptions;
const signal = interruption();
const cache = join(folder, 'cache');
const refused = prepareStore(cache, false);
if (refused !== undefined) throw new Error(refused.what);
const lock = await lockStore(cache, { pid: process.pid, command: 'builder' }, { onWait: () => {}, signal });
const opened = openStore(cache, { now: Date.now, onNotice: line => process.stderr.write(`${line}\n`) });
if (!opened.ok) throw new Error(opened.error.what);
const store = opened.value;
const account = new Account(join(folder, 'account'), {
  ...manners,
  random: makeRandom(seed),
  between: moment => {
    if (moment === dieAt) process.kill(process.pid, 'SIGKILL');
  },
});
const graph = makeGraph(imageNodes(folder, account));
if (!graph.ok) throw new Error(graph.error.what);
const reporter = makeReporter({ mode: 'plain', out: process.stderr, verbose: true, now: Date.now, logFolder: cache });
const closed = tellAtExit(reporter);
const result = await build({
  graph: graph.value,
  targets: TARGETS,
  store,
  runners: { command: localRunner(store) },
  capacity: { cpu: 2 },
  refresh,
  onFailure: 'stop',
  signal,
  emit: event => reporter.emit(event),
  run: store.history.begin('builder', store.now()),
});
closed();
process.stdout.write(`${JSON.stringify({ status: result.status, ran: result.ran })}\n`);
store.close();
lock.release();
