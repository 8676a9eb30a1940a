/**
 * The `packages` kind: the closure of a package set, worked out on the host and laid out for the guest. Every byte is checked along the
 * chain index signature → control checksum → data hash before it is kept; the guest's apk checks each package's own signature again.
 *
 *     packages/keys/*.rsa.pub      the mirror's trust root
 *     packages/target/*.apk        for the image; target.list has their names in install order, noscripts.list those without scripts
 *     packages/tools/*.apk         for the builder, tools.list
 *     packages/world, delete       what /etc/apk/world is to hold, what to remove at the end
 *     manifest.json                what was used, for the lock
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPackage } from '../../alpine/locking/lock.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import type { IndexPackage } from '../../alpine/package/apkindex.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { verifyIndex, verifyPackage } from '../../alpine/package/verify.ts';
import type { Repository } from '../../alpine/solver/candidates.ts';
import { type Resolved, resolveClosure } from '../../alpine/solver/closure.ts';
import { type InProcessContext, inProcessSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { ok, type Result } from '../../util/result.ts';
import type { VariantKind } from '../kind.ts';
import { indexLabel } from '../labels.ts';
import type { PackageSet, RepositoryRef } from '../package-set.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = 1;

export interface PackagesOptions {
  readonly label: Label;
  readonly set: PackageSet;
  readonly mirror: Mirror;
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
  TOOL_REPOSITORIES: {
    words: "the repositories that the builder's tools come from",
    shape: 'words',
    locked: true,
    value: ({ set }) => set.toolRepositories.map(repositoryText),
  },
  TOOLS: { words: "the builder's tools", shape: 'words', settings: ['packages'], value: ({ set }) => set.tools },
  TRUST_ROOT: { words: 'whose signatures count', value: ({ root }) => root.name },
  WORLD: { words: 'packages', shape: 'words', settings: ['packages'], value: ({ set }) => set.world },
} satisfies ParameterTable<Pick<PackagesOptions, 'set' | 'root'>>;

export const PACKAGES_KIND = { shared: false, needs: 'mirror', parameters: PARAMETERS } satisfies VariantKind;

export type Manifest = Readonly<Record<string, Readonly<Record<string, LockedPackage>>>>;

export function packagesNode({ label, set, mirror, root }: PackagesOptions): ActionNode {
  const inputs: Record<string, Edge> = {};
  for (const { path } of [...set.repositories, ...set.toolRepositories]) {
    inputs[`index/${path}`] = { label: indexLabel(path), output: 'index' };
  }
  return {
    type: 'action',
    label,
    kind: 'packages',
    inputs,
    outputs: ['packages', 'manifest'],
    prepare: artifacts =>
      ok({
        type: 'in-process',
        spec: inProcessSpec({
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
        run: context => makePackages(context, set, mirror, root),
      }),
  };
}

async function makePackages(
  context: InProcessContext,
  set: PackageSet,
  mirror: Mirror,
  root: TrustRoot,
): Promise<Result<void>> {
  const closures = await resolveClosures(set, root, async path => ok(readFileSync(context.inputFile(`index/${path}`))));
  if (!closures.ok) return closures;
  const { everything, withScripts, tools } = closures.value;

  const folder = join(context.folder, 'packages');
  const scripted = new Set(withScripts.map(({ package: entry }) => entry.name));
  const text = (list: readonly string[]): string => list.map(line => `${line}\n`).join('');
  const names = (list: readonly Resolved[]): readonly string[] => list.map(({ package: entry }) => fileName(entry));
  mkdirSync(join(folder, 'keys'), { recursive: true });
  for (const [name, pem] of root.keys) writeFileSync(join(folder, 'keys', name), pem);
  writeFileSync(join(folder, 'target.list'), text(names(withScripts)));
  writeFileSync(
    join(folder, 'noscripts.list'),
    text(names(everything.filter(({ package: entry }) => !scripted.has(entry.name)))),
  );
  writeFileSync(join(folder, 'tools.list'), text(names(tools)));
  writeFileSync(join(folder, 'world'), text(set.world));
  writeFileSync(join(folder, 'delete'), text(set.delete));

  const manifest: Record<string, Record<string, LockedPackage>> = {};
  const wanted = [
    ...everything.map(resolved => ({ resolved, folder: 'target' })),
    ...tools.map(resolved => ({ resolved, folder: 'tools' })),
  ];
  for (const name of ['target', 'tools']) mkdirSync(join(folder, name), { recursive: true });
  let count = 0;
  const fetched = await Promise.all(
    wanted.map(async ({ resolved, folder: name }) => {
      const result = await fetchPackage(resolved, join(folder, name), context, mirror, root);
      count += 1;
      context.progress(`${count}/${wanted.length} packages`);
      return result;
    }),
  );
  for (const [index, result] of fetched.entries()) {
    if (!result.ok) return result;
    const resolved = wanted[index]?.resolved;
    if (resolved === undefined) continue;
    const listed = manifest[resolved.repository] ?? {};
    listed[resolved.package.name] = result.value;
    manifest[resolved.repository] = listed;
  }
  writeFileSync(join(context.folder, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
  return ok(undefined);
}

/** What a package set comes to, in an order in which it can be installed. */
export interface Closures {
  readonly everything: readonly Resolved[];
  /** Without those that only packages need whose scripts do not run. */
  readonly withScripts: readonly Resolved[];
  readonly tools: readonly Resolved[];
}

/** `readIndex` gives the bytes of an APKINDEX.tar.gz by its path in the mirror; its signature is checked here. */
export async function resolveClosures(
  set: PackageSet,
  root: TrustRoot,
  readIndex: (path: string) => Promise<Result<Uint8Array>>,
): Promise<Result<Closures>> {
  const target = await readRepositories(set.repositories, root, readIndex);
  if (!target.ok) return target;
  const toolRepositories = await readRepositories(set.toolRepositories, root, readIndex);
  if (!toolRepositories.ok) return toolRepositories;
  const everything = resolveClosure({ world: set.world, repositories: target.value });
  if (!everything.ok) return everything;
  const world = set.world.filter(name => !set.noScripts.includes(name));
  const withScripts = resolveClosure({ world, repositories: target.value });
  if (!withScripts.ok) return withScripts;
  const tools = resolveClosure({ world: set.tools, repositories: toolRepositories.value });
  if (!tools.ok) return tools;
  return ok({ everything: everything.value, withScripts: withScripts.value, tools: tools.value });
}

async function readRepositories(
  refs: readonly RepositoryRef[],
  root: TrustRoot,
  readIndex: (path: string) => Promise<Result<Uint8Array>>,
): Promise<Result<readonly Repository[]>> {
  const repositories: Repository[] = [];
  for (const { path, tag } of refs) {
    const bytes = await readIndex(path);
    if (!bytes.ok) return bytes;
    const index = await verifyIndex(bytes.value, root.keys, path);
    if (!index.ok) return index;
    repositories.push({ name: path, packages: index.value.packages, ...(tag === undefined ? {} : { tag }) });
  }
  return ok(repositories);
}

/** One verified .apk into a folder. */
async function fetchPackage(
  { package: entry, repository }: Resolved,
  folder: string,
  context: InProcessContext,
  mirror: Mirror,
  root: TrustRoot,
): Promise<Result<LockedPackage>> {
  const name = fileName(entry);
  const target = join(folder, name);
  const fetched = await mirror.fetchTo(`${repository}/${name}`, target, { signal: context.signal });
  if (!fetched.ok) return fetched;
  const verified = await verifyPackage(target, entry, root.keys);
  if (!verified.ok) return verified;
  return ok({ version: entry.version, checksum: entry.checksum, dataHash: verified.value.dataHash });
}

function fileName(entry: IndexPackage): string {
  return `${entry.name}-${entry.version}.apk`;
}

function repositoryText({ path, tag }: RepositoryRef): string {
  return tag === undefined ? path : `${path}@${tag}`;
}
