/** `aib log LABEL`: what a node's newest execution wrote, whether it succeeded or not. */
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
      what: `Nothing of ${word} has run here`,
      hint: 'aib log lists the runs there were, aib log RUN what ran in one of them',
    });
  }
  const text = readFileSync(path, 'utf8');
  if (session.options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...execution, log: path, text })}\n`);
    return ok(EXIT.done);
  }
  process.stdout.write(text);
  const { status, duration, reason } = execution;
  notice(`${status} after ${formatDuration(duration)}, because ${reason}`);
  return ok(EXIT.done);
}

/** A label as people write it, as the node is called: with the version, `:image` if it names no output. */
async function fullLabel(text: string, session: Session): Promise<string> {
  const project = await session.project();
  if (!project.ok) return text;
  const node = oneNode(text, project.value);
  return node.ok ? node.value.label : text;
}
