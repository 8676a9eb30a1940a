/** `aib config --check`: all errors and warnings of a configuration in one run. Requires no lock and no mirror. */

import { existsSync } from 'node:fs';
import { checkVariants } from '../../config/image/check-variants.ts';
import { SettingsReader } from '../../config/image/setting-reader.ts';
import { checkTree } from '../../config/tree/check-tree.ts';
import { type Complaint, inFileOrder } from '../../config/tree/complaint.ts';
import { loadTree, type TreeOptions } from '../../config/tree/config-tree.ts';
import { type NamedVariant, nameVariants } from '../../config/tree/label.ts';
import type { ConfigLayer } from '../../config/tree/layers.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import { SHARED_WORDS } from '../../rules/kind.ts';
import { scriptSources } from '../../rules/project/script-sources.ts';
import { annotations } from '../../util/ci.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { EXIT } from '../session/messages.ts';
import type { Options } from '../words/options.ts';

export function checkConfiguration(layers: readonly ConfigLayer[], tree: TreeOptions, options: Options): number {
  const { failures, variants } = faultsOf(layers, tree);
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(failures, undefined, 2)}\n`);
  } else {
    for (const failure of failures)
      process.stderr.write(`${[formatFailure(failure), ...annotations(failure, process.env)].join('\n')}\n\n`);
    const count = failures.length === 1 ? '1 fault' : `${failures.length} faults`;
    if (failures.length > 0) process.stderr.write(`aib: ${count} in the configuration\n`);
    else process.stdout.write(`${variants} variants; the configuration has no faults\n`);
  }
  return failures.length === 0 ? EXIT.done : EXIT.usage;
}

/** In the order of files and lines. */
export function faultsOf(
  layers: readonly ConfigLayer[],
  options: TreeOptions = {},
): { readonly failures: readonly Failure[]; readonly variants: number } {
  const tree = loadTree(layers, options);
  if (!tree.ok) return { failures: [tree.error], variants: 0 };
  const { root, over, sources } = tree.value;
  const complaints: Complaint[] = [...checkTree(tree.value, SHARED_WORDS)];
  const reported = new Set(complaints.flatMap(({ failure }) => failure.where ?? []));
  const said = new Set(complaints.map(({ failure }) => failure.what));
  const matrix = resolveMatrix(root, over);
  const named = matrix.ok ? nameVariants(matrix.value) : [];
  if (matrix.ok) complaints.push(...checkVariants(named, sources, reported));
  else if (!reported.has(matrix.error.where ?? '') && !said.has(matrix.error.what))
    complaints.push({ failure: matrix.error, severity: 'error' });
  return {
    failures: [...inFileOrder(complaints.map(({ failure }) => failure)), ...scriptFaults(layers, named)],
    variants: matrix.ok ? matrix.value.variants.length : 0,
  };
}

/** Faults of the scripts that any variant names, each once. If no layer has a scripts folder, scripts are not checked. */
function scriptFaults(layers: readonly ConfigLayer[], variants: readonly NamedVariant[]): readonly Failure[] {
  const folders = layers.map(({ scripts }) => scripts);
  if (!folders.some(folder => existsSync(folder))) return [];
  const find = scriptSources(folders, () => {});
  const named = { file: new Set<string>(), tree: new Set<string>() };
  for (const { variant } of variants) {
    const read = new SettingsReader(variant.settings);
    for (const name of read.texts('scripts')) named.file.add(name);
    for (const name of read.texts('script_dirs')) named.tree.add(name);
  }
  return (['file', 'tree'] as const).flatMap(output =>
    [...named[output]].flatMap(name => {
      const found = find([name], output);
      return found.ok ? [] : [found.error];
    }),
  );
}
