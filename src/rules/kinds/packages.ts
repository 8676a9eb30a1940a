/**
 * The `packages` and `base-packages` kinds: the packages of an image and of its base, each set in one folder for the guest. The lock names
 * the packages; each package has its own node (see package.ts), which all images share.
 *
 *     packages/keys/*.rsa.pub      the mirror's trust root, and the image's repo_keys; apk has one folder for all
 *     packages/repository-keys     the keys for /etc/apk/keys of the image, if any: its repo_keys
 *     packages/target/*.apk        for the image; target.list has their names in install order, noscripts.list those without scripts
 *     packages/world, delete       the content of /etc/apk/world, the packages to remove at the end
 *     packages/base.list           the packages of the image that are in its base, as file names
 */
import { constants, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type Program, parameterOf } from '../../engine/run/program.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { ok } from '../../util/result.ts';
import type { SharedKind, VariantKind } from '../kind.ts';
import type { PackageSet } from '../package-set.ts';
import { itemsOf, type ParameterTable, valuesOf } from '../parameters.ts';
import { keysIn } from './foreign-key.ts';
import { packageInputs } from './package.ts';
import { lines, placePackages } from './package-folder.ts';
import { inputsBelow, TRUSTED_KEYS } from './trust.ts';

const FORMAT = 5;

export interface PackagesOptions {
  readonly label: Label;
  readonly set: Pick<PackageSet, 'world' | 'delete' | 'repositoryKeys'>;
  /** The resolved packages, without those of the base. */
  readonly closure: readonly ClosurePackage[];
  /** The list of packages in the base. */
  readonly base?: Edge;
}

export interface BasePackagesOptions {
  readonly label: Label;
  readonly closure: readonly ClosurePackage[];
  /** Sources of the keys of foreign repositories. */
  readonly repositoryKeys: readonly string[];
}

const PARAMETERS = {
  DELETE: {
    words: 'packages that are removed at the end',
    shape: 'words',
    settings: ['packages'],
    value: ({ set }) => set.delete,
  },
  NO_SCRIPTS: {
    words: 'packages that are installed without their scripts',
    shape: 'words',
    settings: ['packages'],
    value: ({ closure }) => closure.filter(({ scripts }) => !scripts).map(({ name }) => name),
  },
  WORLD: { words: 'packages', shape: 'words', settings: ['packages'], value: ({ set }) => set.world },
} satisfies ParameterTable<Pick<PackagesOptions, 'set' | 'closure'>>;

export const PACKAGES_KIND = { shared: false, needs: 'mirror', parameters: PARAMETERS } satisfies VariantKind;

export const BASE_PACKAGES_KIND = {
  shared: true,
  labelWords: ['version', 'arch', 'packages'],
  parameters: PARAMETERS,
} satisfies SharedKind;

const REPOSITORY_KEYS = 'repository-keys';

const BASE_LIST = 'base.list';

export const PACKAGES_OUTPUTS = ['packages'];

export function packagesNode(options: PackagesOptions): ActionNode {
  const { base } = options;
  return folderNode('packages', options, base === undefined ? {} : { [BASE_LIST]: base });
}

/** A base gets no /etc/apk/world: that is written with the image. */
export function basePackagesNode({ repositoryKeys, ...options }: BasePackagesOptions): ActionNode {
  const node = folderNode('base-packages', { ...options, set: { world: [], delete: [], repositoryKeys } }, {});
  return { ...node, outputs: ['packages', 'list'] };
}

function folderNode(kind: string, options: PackagesOptions, more: Readonly<Record<string, Edge>>): ActionNode {
  return {
    type: 'action',
    label: options.label,
    kind,
    inputs: {
      keys: TRUSTED_KEYS,
      ...keysIn(REPOSITORY_KEYS, options.set.repositoryKeys),
      ...packageInputs(options.closure),
      ...more,
    },
    outputs: PACKAGES_OUTPUTS,
    prepare: artifacts =>
      ok({
        sort: 'builtin',
        spec: programSpec({
          kind,
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: {
            packages: { type: 'directory', path: 'packages' },
            ...(kind === 'packages' ? {} : { list: { type: 'file', path: 'list' } }),
          },
        }),
        resources: {},
      }),
  };
}

/** The parameters that depend only on the configuration. */
export function wishesTold(set: PackageSet): Readonly<Record<string, string>> {
  const { WORLD, DELETE } = valuesOf(PARAMETERS, { set, closure: [] });
  return { WORLD, DELETE };
}

export const makePackages: Program = async context => {
  const words = (name: keyof typeof PARAMETERS): readonly string[] => itemsOf(parameterOf(context, name), 'words');
  const folder = join(context.folder, 'packages');
  mkdirSync(join(folder, 'keys'), { recursive: true });
  for (const name of context.listInput('keys'))
    copyFileSync(context.inputFile(`keys/${name}`), join(folder, 'keys', name));
  const own = inputsBelow(REPOSITORY_KEYS, context);
  for (const name of own)
    copyFileSync(context.inputFile(`${REPOSITORY_KEYS}/${name}`), join(folder, 'keys', name), constants.COPYFILE_EXCL);
  if (own.length > 0) writeFileSync(join(folder, REPOSITORY_KEYS), lines(own.toSorted(compareUtf8)));
  if (context.inputs.has(BASE_LIST)) copyFileSync(context.inputFile(BASE_LIST), join(folder, BASE_LIST));
  const placed = await placePackages(context, join(folder, 'target'));
  if (!placed.ok) return placed;
  const noScripts = new Set(words('NO_SCRIPTS'));
  const files = (scripts: boolean): readonly string[] =>
    placed.value.filter(({ name }) => noScripts.has(name) !== scripts).map(({ file }) => file);
  const list = lines(files(true));
  writeFileSync(join(folder, 'target.list'), list);
  writeFileSync(join(context.folder, 'list'), list);
  writeFileSync(join(folder, 'noscripts.list'), lines(files(false)));
  writeFileSync(join(folder, 'world'), lines(words('WORLD')));
  writeFileSync(join(folder, 'delete'), lines(words('DELETE')));
  return ok(undefined);
};
