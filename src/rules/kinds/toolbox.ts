/**
 * The `toolbox` kind: the programs that lay out disks, with their dependencies, from the latest stable version in the lock. One for all
 * images of an architecture, as an ISO image that the guest mounts and calls into. It is not installed, and never runs scripts of packages.
 */
import { join } from 'node:path';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { packageContents } from '../../alpine/package/contents.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode } from '../../engine/model/graph.ts';
import type { Program } from '../../engine/run/program.ts';
import { ISO_FORMAT_VERSION, writeIso } from '../../formats/iso9660.ts';
import { ok } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { toolboxLabel } from '../labels.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { toolboxPackages } from '../toolbox-packages.ts';
import { packageInputs } from './package.ts';
import { orderedPackages } from './package-folder.ts';
import { ToolTree } from './tool-tree.ts';

const FORMAT = 4;
/** Mount points for the guest: devices, and the tree that goes to the disk. */
const FOLDERS = ['dev', 'mnt', 'proc', 'run', 'sys', 'tmp'];

export interface ToolboxOptions {
  readonly arch: string;
  /** The resolved packages of the tools. */
  readonly closure: readonly ClosurePackage[];
}

const PARAMETERS = {
  ISO: { words: 'the format version of ISO images', value: () => String(ISO_FORMAT_VERSION) },
  TOOLS: { words: 'the tools that lay out disks', shape: 'words', value: ({ arch }) => toolboxPackages(arch) },
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
          outputs: { toolbox: { type: 'file', path: 'toolbox.iso' } },
        }),
        resources: {},
      }),
  };
}

export const makeToolbox: Program = async context => {
  const packages = await orderedPackages(context);
  if (!packages.ok) return packages;
  const tree = new ToolTree(FOLDERS);
  for (const { path } of packages.value) {
    context.signal.throwIfAborted();
    const files = await packageContents(path);
    if (!files.ok) return files;
    tree.add(files.value);
  }
  await writeIso(join(context.folder, 'toolbox.iso'), tree.entries(), { volumeId: 'TOOLBOX', time: 0 });
  return ok(undefined);
};
