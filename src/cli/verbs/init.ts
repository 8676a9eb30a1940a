/** `aib init`: creates a small project, which builds without changes. */
import { join } from 'node:path';
import { makeProject } from '../../config/workspace/new-project.ts';
import { readConfiguration } from '../../rules/project/configuration.ts';
import { aibHome, isInstalled } from '../../util/files/home.ts';
import { shellWord } from '../../util/process/shell-word.ts';
import { EXIT, showFailure } from '../session/messages.ts';

export async function initCommand(folder: string): Promise<number> {
  const home = aibHome();
  const layer = { configs: join(home, 'configs'), scripts: join(home, 'scripts'), declares: false };
  const builtIn = readConfiguration([layer]);
  if (!builtIn.ok) return showFailure(builtIn.error);
  const made = makeProject(folder, builtIn.value.dimensions);
  if (!made.ok) return showFailure(made.error);
  const { folder: path, label, files } = made.value;
  const aib = isInstalled(home) ? 'aib' : shellWord(join(home, 'aib'));
  for (const line of [
    ...files.map(file => `made  ${join(path, file)}`),
    '',
    `next  cd ${shellWord(path)}`,
    `      ${aib} config ${label}`,
    `      ${aib} build ${label}     (with --mirror DIR to use a mirror other than Alpine's)`,
  ])
    process.stdout.write(`${line}\n`);
  return EXIT.done;
}
