/**
 * The `toolbox` kind: the programs that lay disks out, with all that they need, from the latest stable version in the lock. One for all images
 * of an architecture; the guest installs it into a root of its own, never over the system that it runs.
 *
 *     toolbox/*.apk     the packages
 *     toolbox/list      their names in install order
 *     manifest.json     what was used, for the lock
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { packageFile } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { type Resolved, resolveClosure } from '../../alpine/solver/closure.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode } from '../../engine/model/graph.ts';
import { type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { toolboxLabel } from '../labels.ts';
import { builderRepositories, type RepositoryRef } from '../package-set.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { E2FSPROGS, toolboxFault, toolboxPackages } from '../toolbox-packages.ts';
import { indexInputs, readIndexInput } from './index-inputs.ts';
import { fetchPackages, lines, readRepositories } from './package-folder.ts';
import { trustedKeys } from './trust.ts';

const FORMAT = 2;

export interface ToolboxOptions {
  readonly arch: string;
  /** The version that the tools come from. */
  readonly builder: string;
  readonly root: TrustRoot;
}

const PARAMETERS = {
  ARCH: { words: 'the architecture', value: ({ arch }) => arch },
  BUILDER: { words: 'the version that the tools come from', locked: true, value: ({ builder }) => builder },
  TOOL_REPOSITORIES: {
    words: 'the repositories that the tools come from',
    shape: 'words',
    locked: true,
    value: ({ repositories }) => repositories.map(({ path }) => path),
  },
  TOOLS: { words: 'the tools that lay disks out', shape: 'words', value: ({ arch }) => toolboxPackages(arch) },
  TRUST_ROOT: { words: 'whose signatures count', value: ({ root }) => root.name },
} satisfies ParameterTable<ToolboxOptions & { readonly repositories: readonly RepositoryRef[] }>;

export const TOOLBOX_KIND = { shared: true, labelWords: ['arch'], parameters: PARAMETERS } satisfies SharedKind;

export function toolboxNode(options: ToolboxOptions): ActionNode {
  const { arch, builder } = options;
  const repositories = builderRepositories(builder, arch);
  return {
    type: 'action',
    label: toolboxLabel(arch),
    kind: 'toolbox',
    inputs: indexInputs(repositories),
    outputs: ['toolbox', 'manifest'],
    prepare: artifacts =>
      ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'toolbox',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { ...options, repositories }),
          inputs: new Map(Object.entries(artifacts)),
          outputs: {
            toolbox: { type: 'directory', path: 'toolbox' },
            manifest: { type: 'file', path: 'manifest.json' },
          },
        }),
        resources: { network: 1 },
      }),
  };
}

export function makeToolbox(mirror: Mirror): FetchProgram {
  return async context => {
    const read = async (path: string) => ok(readIndexInput(context, path));
    const [arch, builder] = [parameterOf(context, 'ARCH'), parameterOf(context, 'BUILDER')];
    const closure = await resolveToolbox(arch, builder, trustedKeys(context), read);
    if (!closure.ok) return closure;
    const folder = join(context.folder, 'toolbox');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'list'), lines(closure.value.map(({ package: entry }) => packageFile(entry))));
    return fetchPackages(closure.value, folder, context, mirror);
  };
}

/** What the toolbox comes to, in an order in which it can be installed; `readIndex` gives the bytes of an index by its path. */
export async function resolveToolbox(
  arch: string,
  builder: string,
  keys: ReadonlyMap<string, string>,
  readIndex: (path: string) => Promise<Result<Uint8Array>>,
): Promise<Result<readonly Resolved[]>> {
  const repositories = await readRepositories(builderRepositories(builder, arch), keys, readIndex);
  if (!repositories.ok) return repositories;
  const closure = resolveClosure({ world: toolboxPackages(arch), repositories: repositories.value });
  if (!closure.ok) return closure;
  // A lock of before this was asked at `aib update` may have it.
  const e2fsprogs = closure.value.find(({ package: entry }) => entry.name === E2FSPROGS.name);
  const fault =
    e2fsprogs === undefined ? undefined : toolboxFault(e2fsprogs.package.version, builder, e2fsprogs.repository);
  return fault === undefined ? closure : fail(fault);
}
