/**
 * The `packages` kind: the closure of a package set, worked out on the host and laid out for the guest. Nothing in it is unchecked (see
 * package-folder.ts).
 *
 *     packages/keys/*.rsa.pub      the mirror's trust root
 *     packages/target/*.apk        for the image; target.list has their names in install order, noscripts.list those without scripts
 *     packages/world, delete       what /etc/apk/world is to hold, what to remove at the end
 *     manifest.json                what was used, for the lock
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { packageFile } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { type Resolved, resolveClosure } from '../../alpine/solver/closure.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import { type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import { ok, type Result } from '../../util/result.ts';
import type { VariantKind } from '../kind.ts';
import type { PackageSet, RepositoryRef } from '../package-set.ts';
import { itemsOf, type ParameterTable, valuesOf } from '../parameters.ts';
import { indexInputs, readIndexInput } from './index-inputs.ts';
import { fetchPackages, lines, readRepositories } from './package-folder.ts';
import { trustedKeys } from './trust.ts';

const FORMAT = 3;

export interface PackagesOptions {
  readonly label: Label;
  readonly set: PackageSet;
  readonly root: TrustRoot;
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
    value: ({ set }) => set.noScripts,
  },
  REPOSITORIES: {
    words: 'the repositories that packages come from',
    shape: 'words',
    settings: ['repos'],
    value: ({ set }) => set.repositories.map(repositoryText),
  },
  TRUST_ROOT: { words: 'whose signatures count', value: ({ root }) => root.name },
  WORLD: { words: 'packages', shape: 'words', settings: ['packages'], value: ({ set }) => set.world },
} satisfies ParameterTable<Pick<PackagesOptions, 'set' | 'root'>>;

export const PACKAGES_KIND = { shared: false, needs: 'mirror', parameters: PARAMETERS } satisfies VariantKind;

export function packagesNode({ label, set, root }: PackagesOptions): ActionNode {
  return {
    type: 'action',
    label,
    kind: 'packages',
    inputs: indexInputs(set.repositories),
    outputs: ['packages', 'manifest'],
    prepare: artifacts =>
      ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'packages',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { set, root }),
          inputs: new Map(Object.entries(artifacts)),
          outputs: {
            packages: { type: 'directory', path: 'packages' },
            manifest: { type: 'file', path: 'manifest.json' },
          },
        }),
        resources: { network: 1 },
      }),
  };
}

export function makePackages(mirror: Mirror): FetchProgram {
  return async context => {
    const words = (name: keyof typeof PARAMETERS): readonly string[] => itemsOf(parameterOf(context, name), 'words');
    const keys = trustedKeys(context);
    const set = {
      world: words('WORLD'),
      noScripts: words('NO_SCRIPTS'),
      repositories: words('REPOSITORIES').map(repositoryOf),
    };
    const closures = await resolveClosures(set, keys, async path => ok(readIndexInput(context, path)));
    if (!closures.ok) return closures;
    const { everything, withScripts } = closures.value;

    const folder = join(context.folder, 'packages');
    const scripted = new Set(withScripts.map(({ package: entry }) => entry.name));
    const names = (list: readonly Resolved[]): readonly string[] =>
      list.map(({ package: entry }) => packageFile(entry));
    mkdirSync(join(folder, 'keys'), { recursive: true });
    for (const [name, pem] of keys) writeFileSync(join(folder, 'keys', name), pem);
    writeFileSync(join(folder, 'target.list'), lines(names(withScripts)));
    writeFileSync(
      join(folder, 'noscripts.list'),
      lines(names(everything.filter(({ package: entry }) => !scripted.has(entry.name)))),
    );
    writeFileSync(join(folder, 'world'), lines(set.world));
    writeFileSync(join(folder, 'delete'), lines(words('DELETE')));
    return fetchPackages(everything, join(folder, 'target'), context, mirror);
  };
}

/** What a package set comes to, in an order in which it can be installed. */
export interface Closures {
  readonly everything: readonly Resolved[];
  /** Without those that only packages need whose scripts do not run. */
  readonly withScripts: readonly Resolved[];
}

/** `readIndex` gives the bytes of an APKINDEX.tar.gz by its path in the mirror; its signature is checked here. */
export async function resolveClosures(
  set: Pick<PackageSet, 'world' | 'noScripts' | 'repositories'>,
  keys: ReadonlyMap<string, string>,
  readIndex: (path: string) => Promise<Result<Uint8Array>>,
): Promise<Result<Closures>> {
  const target = await readRepositories(set.repositories, keys, readIndex);
  if (!target.ok) return target;
  const everything = resolveClosure({ world: set.world, repositories: target.value });
  if (!everything.ok) return everything;
  const world = set.world.filter(name => !set.noScripts.includes(name));
  const withScripts = resolveClosure({ world, repositories: target.value });
  if (!withScripts.ok) return withScripts;
  return ok({ everything: everything.value, withScripts: withScripts.value });
}

function repositoryText({ path, tag }: RepositoryRef): string {
  return tag === undefined ? path : `${path}@${tag}`;
}

function repositoryOf(text: string): RepositoryRef {
  const [path = '', tag] = text.split('@');
  return tag === undefined ? { path } : { path, tag };
}
