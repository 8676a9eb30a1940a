/** `aib publish LABEL…`: everything up to shared images in all regions. Asks each time what exists, and changes only what differs. */

import { readFileSync } from 'node:fs';
import { decodeFacts } from '../../engine/build/object-facts.ts';
import { OBJECT } from '../../engine/model/graph.ts';
import { columns } from '../../report/text/columns.ts';
import { type BuiltProject, buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { showFailure } from '../session/messages.ts';
import { withOutput } from '../session/null-build.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

export async function publishCommand(words: readonly string[], options: Options): Promise<number> {
  if (words.length === 0) {
    process.stderr.write(
      'aib: aib publish requires at least one label, for example: aib publish //aws/x86_64/uefi/tiny\n',
    );
    return 2;
  }
  const labels = words.map(word => withOutput(word, 'publish'));
  if (options.dryRun === true) {
    const { planCommand } = await import('./plan.ts');
    return planCommand(labels, options);
  }
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const outcome = await buildFlow({
    workspace: workspace.value,
    options,
    signal: interruption(),
    labels,
    refresh: true,
    atEnd: built => {
      if (options.json !== true && options.quiet !== true) process.stdout.write(publishedTable(built));
    },
  });
  return outcome.ok ? outcome.value.exit : showFailure(outcome.error);
}

/** The published images: region, image, name. Empty if there are none. */
function publishedTable({ outputs, store, targets }: BuiltProject): string {
  const rows = targets.flatMap(({ label }) => {
    const object = outputs.get(label)?.[OBJECT];
    if (object === undefined) return [];
    const { region = '', image = '', name = '' } = decodeFacts(readFileSync(store.blobs.path(object.digest), 'utf8'));
    return [[region, image, name]];
  });
  return columns(rows)
    .map(line => `${line}\n`)
    .join('');
}
