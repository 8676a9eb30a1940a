/** `aib log LABEL`: what a node's newest execution wrote, whether it succeeded or not. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '../config/workspace.ts';
import { openStore } from '../store/store.ts';
import type { Options } from './main.ts';
import { EXIT, interruption, notice, projectOf, showFailure, workspaceOf } from './session.ts';
import { oneNode } from './targets.ts';

export async function logCommand(label: string | undefined, options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  if (label === undefined)
    return showFailure({
      code: 'AIB_USAGE',
      what: 'aib log wants the label of a node',
      hint: 'aib log //aws/x86_64/uefi/tiny@3.20:disk',
    });
  const opened = openStore(workspace.value.cache, { now: Date.now, onNotice: notice, readOnly: true });
  if (!opened.ok) return showFailure(opened.error);
  const execution =
    opened.value.history.last(label) ?? opened.value.history.last(await fullLabel(label, workspace.value, options));
  opened.value.close();
  const path = execution?.log === undefined ? undefined : join(workspace.value.cache, execution.log);
  if (execution === undefined || path === undefined || !existsSync(path)) {
    return showFailure({
      code: 'AIB_NO_LOG',
      what: `Nothing of ${label} has run here`,
      hint: 'give the full label, as a build prints it',
    });
  }
  process.stdout.write(readFileSync(path, 'utf8'));
  notice(`${execution.status} after ${(execution.duration / 1_000).toFixed(1)} s, because ${execution.reason}`);
  return EXIT.done;
}

/** A label as people write it, as the node is called: with the version, `:image` if it names no output. */
async function fullLabel(text: string, workspace: Workspace, options: Options): Promise<string> {
  const project = await projectOf(workspace, options, { signal: interruption() });
  if (!project.ok) return text;
  const node = oneNode(text, project.value);
  return node.ok ? node.value.label : text;
}
