/**
 * The `package` kind: one locked package file of the mirror, for all images that use it. Every byte is checked before it is stored: the
 * lock has the checksum of the control part, which contains the hash of the data. The guest's apk checks the signature again.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { addressWords } from '../../alpine/mirror/foreign-address.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { packageFile, packagePath } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { verifyPackage } from '../../alpine/package/verify.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge } from '../../engine/model/graph.ts';
import { type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { packageLabel } from '../labels.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';
import { rootOf, trustedKeys } from './trust.ts';

const FORMAT = 1;

interface PackageOptions {
  readonly entry: ClosurePackage;
  readonly root: TrustRoot;
  /** The trusted keys (see keyInputs). */
  readonly keys: Readonly<Record<string, Edge>>;
}

const PARAMETERS = {
  CHECKSUM: { words: 'its checksum by apk in the lock', locked: true, value: ({ entry }) => entry.checksum },
  NAME: { words: 'the package', value: ({ entry }) => entry.name },
  REPOSITORY: { words: 'its repository', value: ({ entry }) => entry.index },
  SIZE: { words: 'its size in the lock', value: ({ entry }) => String(entry.size) },
  TRUST_ROOT: { words: 'the trusted keys', value: ({ entry, root }) => rootOf(entry.index, root) },
  VERSION: { words: 'its version', locked: true, value: ({ entry }) => entry.version },
} satisfies ParameterTable<PackageOptions>;

export const PACKAGE_KIND = {
  shared: true,
  labelWords: ['branch', 'repository', 'arch', 'package'],
  foreignWords: ['host', '...', 'repository', 'arch', 'package'],
  locked: true,
  many: 'fetched',
  parameters: PARAMETERS,
} satisfies SharedKind;

export function packageNode(options: PackageOptions): ActionNode {
  return {
    type: 'action',
    label: packageLabel(options.entry),
    kind: 'package',
    inputs: options.keys,
    outputs: ['package'],
    prepare: artifacts =>
      ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'package',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { package: { type: 'file', path: FILE } },
        }),
        resources: { network: 1 },
      }),
  };
}

const FILE = 'package.apk';

/** The packages as inputs of an action, at their paths in the repositories. */
export function packageInputs(packages: readonly ClosurePackage[]): Readonly<Record<string, Edge>> {
  const inputs: Record<string, Edge> = {};
  for (const entry of packages)
    inputs[packagePath(addressWords(entry.index), entry)] = { label: packageLabel(entry), output: 'package' };
  return inputs;
}

/** Alpine's largest has about 600 MB. */
const MAX_PACKAGE = 4 * 2 ** 30;

export function fetchPackage(mirror: Mirror): FetchProgram {
  return async context => {
    const expected = {
      name: parameterOf(context, 'NAME'),
      version: parameterOf(context, 'VERSION'),
      checksum: parameterOf(context, 'CHECKSUM'),
      size: Number(parameterOf(context, 'SIZE')),
    };
    const keys = trustedKeys(context);
    const path = packagePath(parameterOf(context, 'REPOSITORY'), expected);
    const file = join(context.downloads, packageFile(expected));
    const got = await mirror.fetchTo(path, file, {
      signal: context.signal,
      // Without a size in the index, a mirror could send without end.
      ...(expected.size > 0 ? { expect: { size: expected.size } } : { maxBytes: MAX_PACKAGE }),
      accept: async (part, where): Promise<Result<void>> => {
        const verified = await verifyPackage(part, expected, keys);
        return verified.ok ? ok(undefined) : fail({ ...verified.error, where });
      },
    });
    if (got.ok) {
      renameSync(file, join(context.folder, FILE));
      return ok(undefined);
    }
    if (got.error.code !== 'AIB_MIRROR_NOT_FOUND') return got;
    return fail({
      ...got.error,
      what: `The mirror no longer has ${packageFile(expected)}, which the lock names`,
      hint: 'run aib update, or use a mirror or a cache that still has it: a branch of Alpine keeps only the newest build of a package',
    });
  };
}
