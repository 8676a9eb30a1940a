/** `aib log LABEL`: prints the log of a node's newest execution, whether it succeeded or not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../../report/text/duration.ts';
import type { Store } from '../../store/store.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { EXIT, notice } from '../session/messages.ts';
import type { Session } from '../session/session.ts';
import { oneNode } from '../words/targets.ts';

export async function logOfNode(word: string, store: Store, session: Session): Promise<Result<number>> {
  const execution = store.history.last(word) ?? store.history.last(await fullLabel(word, session));
  const path = execution?.log === undefined ? undefined : join(session.workspace.cache, execution.log);
  if (execution === undefined || path === undefined || !existsSync(path)) {
    return fail({
      code: 'AIB_NO_LOG',
      what: `${word} has no log: it has never run here`,
      hint: 'run aib log, which lists the runs, and aib log RUN, which lists what ran in one of them',
    });
  }
  const text = readFileSync(path, 'utf8');
  if (session.options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...execution, log: path, text })}\n`);
    return ok(EXIT.done);
  }
  process.stdout.write(text);
  const { status, duration, reason } = execution;
  notice(`${status} after ${formatDuration(duration)}; it ran because ${reason}`);
  return ok(EXIT.done);
}

/** The full label of a node, from a label as users write it: adds the version, and `:image` if it names no output. */
async function fullLabel(text: string, session: Session): Promise<string> {
  const project = await session.project();
  if (!project.ok) return text;
  const node = oneNode(text, project.value);
  return node.ok ? node.value.label : text;
}
