/** `aib owner PATH`: which node made a file or reads it, or which variants it configures. Builds nothing. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Ownership, ownersOf } from '../query/owner.ts';
import type { Options } from './main.ts';
import { EXIT, projectOf, questionSignal, showFailure, storeIfAny, workspaceOf } from './session.ts';

export async function ownerCommand(word: string, options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const project = await projectOf(workspace.value, options, { signal: questionSignal() });
  if (!project.ok) return showFailure(project.error);
  const store = storeIfAny(workspace.value);
  if (!store.ok) return showFailure(store.error);
  const path = resolve(word);
  const owners = await ownersOf(path, project.value, store.value);
  store.value?.close();
  if (owners.length === 0) {
    return showFailure({
      code: 'AIB_NO_OWNER',
      what: 'No node of this project made or reads this file',
      where: path,
      got: existsSync(path) ? 'a file that is no source, and no output that the store knows' : 'nothing is there',
    });
  }
  const lines = options.json === true ? owners.map(owner => JSON.stringify(owner)) : owners.map(sentence);
  for (const line of lines) process.stdout.write(`${line}\n`);
  return EXIT.done;
}

function sentence({ label, how, output }: Ownership): string {
  const part = output === undefined || label.endsWith(`:${output}`) ? '' : ` (in its ${output})`;
  return `${label} ${how} it${part}`;
}
