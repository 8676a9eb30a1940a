/** `aib log`: the runs of this store, one run, its critical path, the difference of two runs, or the log of a node. Only reads. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { criticalPath } from '../../engine/build/critical-path.ts';
import { diffRuns, type NotedRun } from '../../report/tables/run-diff.ts';
import { criticalPathLines, diffLines, listLines, runLines } from '../../report/tables/run-lines.ts';
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import { writing } from '../../util/files/writing.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { endsAtOnce } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { reportPath, writeReport } from '../session/run-report.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { logOfNode } from './log-node.ts';

/** Runs that the list shows. */
const LISTED = 30;

/** The output: lines for users, or records for programs, one a line. */
interface Answer {
  readonly lines: readonly string[];
  readonly records: readonly unknown[];
}

export function logCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, endsAtOnce(), async session => {
    const opened = session.storeIfAny();
    if (!opened.ok) return opened;
    const store = opened.value;
    if (store === undefined) return fail(noRun('this store has no runs yet'));
    const [first = '', ...rest] = words;
    if (options.html === true) return pageOf(words, store, session);
    if (first.startsWith('//') && rest.length === 0) return logOfNode(first, store, session);
    const answer = answerOf(first, rest, store);
    if (!answer.ok) return answer;
    const { lines, records } = answer.value;
    await printLines(options.json === true ? records.map(record => JSON.stringify(record)) : lines);
    return ok(EXIT.done);
  });
}

/** The page that the build wrote, or a new one; to a file that the user names, always a new one. */
async function pageOf(words: readonly string[], store: Store, { options }: Session): Promise<Result<number>> {
  if (words.length > 1) return fail(usage(['--html', ...words]));
  const noted = notedRun(words[0], store);
  if (!noted.ok) return noted;
  const own = reportPath(store, noted.value.run.id);
  const path = options.to ?? own;
  if (options.to !== undefined || !existsSync(own)) {
    const written = writing(path, 'The page of the run', () => ok(writeReport(noted.value, store, { path })));
    if (!written.ok) return written;
  }
  await printLines([path]);
  return ok(EXIT.done);
}

function answerOf(verb: string, words: readonly string[], store: Store): Result<Answer> {
  if (verb === '') {
    const runs = store.runs.newest(LISTED);
    return ok({ lines: listLines(runs), records: runs });
  }
  if (/^\d+$/.test(verb) && words.length === 0) {
    const noted = notedRun(verb, store);
    return noted.ok ? ok({ lines: runLines(noted.value), records: [noted.value] }) : noted;
  }
  if (verb === 'critical-path' && words.length <= 1) return criticalPathOf(words[0], store);
  if (verb === 'trace' && words.length <= 1) return traceOf(words[0], store);
  if (verb === 'diff' && words.length === 2) return diffOf(words[0] ?? '', words[1] ?? '', store);
  return fail(usage([verb, ...words]));
}

function usage(got: readonly string[]): Failure {
  return {
    code: 'AIB_USAGE',
    what: 'aib log accepts nothing, one run, one label, critical-path, diff or trace',
    got: got.join(' '),
    hint: 'aib log, aib log 7, aib log critical-path 7, aib log diff 6 7, aib log trace 7, aib log //aws/x86_64/uefi/tiny:disk',
  };
}

function criticalPathOf(word: string | undefined, store: Store): Result<Answer> {
  const noted = notedRun(word, store);
  if (!noted.ok) return noted;
  const { run, executions } = noted.value;
  const steps = criticalPath(executions);
  return ok({ lines: criticalPathLines(run, steps), records: [{ run, steps }] });
}

function diffOf(one: string, other: string, store: Store): Result<Answer> {
  const a = notedRun(one, store);
  if (!a.ok) return a;
  const b = notedRun(other, store);
  if (!b.ok) return b;
  const diff = diffRuns(a.value, b.value);
  return ok({ lines: diffLines(diff), records: [diff] });
}

function traceOf(word: string | undefined, store: Store): Result<Answer> {
  const noted = notedRun(word, store);
  if (!noted.ok) return noted;
  const { id } = noted.value.run;
  const trace = join(store.runFolder(id), 'trace.json');
  if (existsSync(trace)) return ok({ lines: [trace], records: [{ run: id, trace }] });
  return fail({
    code: 'AIB_NO_TRACE',
    what: `Run ${id} has no trace`,
    where: trace,
    hint: 'name a run that executed something and finished: aib log lists the runs',
  });
}

/** Without a word, the newest run in which anything ran. */
function notedRun(word: string | undefined, store: Store): Result<NotedRun> {
  const id = word === undefined ? store.runs.newestWithWork() : /^\d+$/.test(word) ? Number(word) : undefined;
  const run = id === undefined ? undefined : store.runs.find(id);
  if (id === undefined || run === undefined)
    return fail(noRun(word === undefined ? 'no run has executed anything yet' : word));
  return ok({ run, executions: store.runs.executions(id), unrun: store.runs.unrun(id) });
}

function noRun(got: string): Failure {
  return { code: 'AIB_NO_RUN', what: 'Unknown run', got, hint: 'run aib log, which lists the runs' };
}
