/** `aib log LABEL`: what a node's newest execution wrote, whether it succeeded or not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { formatDuration } from '../../report/text/duration.ts';
import type { Store } from '../../store/store.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { interruption, projectOf } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { oneNode } from '../words/targets.ts';

export async function logOfNode(word: string, store: Store, workspace: Workspace, options: Options): Promise<number> {
  const execution = store.history.last(word) ?? store.history.last(await fullLabel(word, workspace, options));
  const path = execution?.log === undefined ? undefined : join(workspace.cache, execution.log);
  if (execution === undefined || path === undefined || !existsSync(path)) {
    return showFailure({
      code: 'AIB_NO_LOG',
      what: `Nothing of ${word} has run here`,
      hint: 'aib log lists the runs there were, aib log RUN what ran in one of them',
    });
  }
  const text = readFileSync(path, 'utf8');
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify({ ...execution, log: path, text })}\n`);
    return EXIT.done;
  }
  process.stdout.write(text);
  const { status, duration, reason } = execution;
  notice(`${status} after ${formatDuration(duration)}, because ${reason}`);
  return EXIT.done;
}

/** A label as people write it, as the node is called: with the version, `:image` if it names no output. */
async function fullLabel(text: string, workspace: Workspace, options: Options): Promise<string> {
  const project = await projectOf(workspace, options, { signal: interruption() });
  if (!project.ok) return text;
  const node = oneNode(text, project.value);
  return node.ok ? node.value.label : text;
}
