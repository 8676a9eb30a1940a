/** `aib ls`: the variants of the project. */
import { keyFilter } from '../config/key-filter.ts';
import { selectVariants } from '../config/label.ts';
import { columns } from '../report/columns.ts';
import type { Options } from './main.ts';
import { EXIT, interruption, projectOf, showFailure, workspaceOf } from './session.ts';

export async function lsCommand(labels: readonly string[], options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const project = await projectOf(workspace.value, options, { signal: interruption() });
  if (!project.ok) return showFailure(project.error);
  const { dimensions, lock } = project.value;
  const stays = keyFilter(options, dimensions);
  if (!stays.ok) return showFailure(stays.error);
  const configs = project.value.configs.filter(({ variant }) => stays.value(variant.variant.keys));
  const patterns = labels.length === 0 ? ['//...@all'] : labels;
  const selected = selectVariants(
    patterns,
    configs.map(config => config.variant),
    lock.builder,
  );
  if (!selected.ok) return showFailure(selected.error);
  const names = new Set(selected.value.map(({ variant }) => variant.name));
  const rows = configs
    .filter(config => names.has(config.variant.name))
    .map(config => [
      config.variant.name,
      lock.releases[config.version]?.release ?? '',
      config.imageFormat,
      `${config.diskMiB} MiB`,
    ]);
  for (const line of columns([['label', 'release', 'format', 'disk'], ...rows])) process.stdout.write(`${line}\n`);
  return EXIT.done;
}
