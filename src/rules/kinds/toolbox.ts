/**
 * The `toolbox` kind: the programs that lay disks out, with all that they need, from the latest stable version in the lock. One for all images
 * of an architecture; the guest installs it into a root of its own, never over the system that it runs.
 *
 *     toolbox/*.apk     the packages
 *     toolbox/list      their names in install order
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode } from '../../engine/model/graph.ts';
import type { Program } from '../../engine/run/program.ts';
import { ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { toolboxLabel } from '../labels.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { toolboxPackages } from '../toolbox-packages.ts';
import { packageInputs } from './package.ts';
import { lines, placePackages } from './package-folder.ts';

const FORMAT = 3;

export interface ToolboxOptions {
  readonly arch: string;
  /** What the tools come to. */
  readonly closure: readonly ClosurePackage[];
}

const PARAMETERS = {
  TOOLS: { words: 'the tools that lay disks out', shape: 'words', value: ({ arch }) => toolboxPackages(arch) },
} satisfies ParameterTable<ToolboxOptions>;

export const TOOLBOX_KIND = { shared: true, labelWords: ['arch'], parameters: PARAMETERS } satisfies SharedKind;

export const TOOLBOX_OUTPUTS = ['toolbox'];

export function toolboxNode(options: ToolboxOptions): ActionNode {
  return {
    type: 'action',
    label: toolboxLabel(options.arch),
    kind: 'toolbox',
    inputs: packageInputs(options.closure),
    outputs: TOOLBOX_OUTPUTS,
    prepare: artifacts =>
      ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'toolbox',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { toolbox: { type: 'directory', path: 'toolbox' } },
        }),
        resources: {},
      }),
  };
}

export const makeToolbox: Program = async context => {
  const folder = join(context.folder, 'toolbox');
  const placed = await placePackages(context, folder);
  if (!placed.ok) return placed;
  writeFileSync(join(folder, 'list'), lines(placed.value.map(({ file }) => file)));
  return ok(undefined);
};
