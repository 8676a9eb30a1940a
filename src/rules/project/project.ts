/**
 * A project ready to be built: configuration read, variants named, lock at hand, graph made. Reads the mirror and the clock only when there is
 * no lock yet, or when asked to update it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, readLock, writeLock } from '../../alpine/locking/lock.ts';
import type { WantedIndexes } from '../../alpine/locking/lock-indexes.ts';
import { updateLock } from '../../alpine/locking/update.ts';
import { type Mirror, openMirror } from '../../alpine/mirror/mirror.ts';
import { type TrustRoot, trustRoot } from '../../alpine/package/keys.ts';
import { sampleTrustRoot } from '../../alpine/package/sample-trust.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { ConfigTree, TreeOptions } from '../../config/tree/config-tree.ts';
import type { NamedVariant } from '../../config/tree/label.ts';
import type { Dimension } from '../../config/tree/variants.ts';
import { rememberedMirror } from '../../config/workspace/remembered-mirror.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { layersOf } from '../../config/workspace/workspace-layers.ts';
import type { Graph } from '../../engine/model/graph.ts';
import { ABSENT, type StatTuple, UNKNOWN } from '../../store/content/stat-tuple.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import { formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { ownFirmware } from '../kinds/firmware.ts';
import { builderRepositories, packageSet, type RepositoryRef } from '../package-set.ts';
import { readConfiguration, releasesOfLock, resolveConfigs } from './configuration.ts';
import { makeImageGraph } from './image-graph.ts';

export const CDN = 'https://dl-cdn.alpinelinux.org/alpine';

export interface Project {
  readonly workspace: Workspace;
  readonly dimensions: readonly Dimension[];
  readonly configs: readonly ImageConfig[];
  readonly lock: Lock;
  readonly lockPath: string;
  readonly mirror: Mirror;
  /** Whose signatures count for what comes from the mirror. */
  readonly root: TrustRoot;
  readonly graph: Graph;
  /** Every file that was read or looked for, as it was then. */
  readonly files: ReadonlyMap<string, StatTuple>;
}

export interface ProjectOptions extends TreeOptions {
  /** As given on the command line; else what was chosen before, else Alpine's CDN. */
  readonly mirror?: string | undefined;
  /** Folders whose configs/ and scripts/ lie over the workspace's, later ones above. */
  readonly custom?: readonly string[] | undefined;
  /** Replace the lock by what the mirror serves today. */
  readonly update?: boolean;
  readonly today: () => string;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export async function loadProject(workspace: Workspace, options: ProjectOptions): Promise<Result<Project>> {
  const layers = layersOf(workspace, options.custom);
  if (!layers.ok) return layers;
  const configuration = readConfiguration(layers.value, options);
  if (!configuration.ok) return configuration;
  const { tree, variants, dimensions, warnings } = configuration.value;
  for (const warning of warnings) options.onNotice(`warning: ${formatFailure(warning)}`);

  const chosen = options.mirror === undefined ? rememberedMirror(workspace) : ok(options.mirror);
  if (!chosen.ok) return chosen;
  const mirror = openMirror(chosen.value ?? CDN);
  if (!mirror.ok) return mirror;
  const root = rootOf(mirror.value);
  const lockPath = join(workspace.folder, root.name === 'alpine' ? 'aib.lock' : `aib.${root.name}.lock`);
  const lock = await currentLock(lockPath, { ...options, mirror: mirror.value, root, dimensions, variants });
  if (!lock.ok) return lock;
  const resolved = resolveConfigs(variants, releasesOfLock(lock.value));
  if (!resolved.ok) return resolved;
  const graph = makeImageGraph({
    configs: resolved.value,
    lock: lock.value,
    mirror: mirror.value,
    root,
    scriptFolders: layers.value.map(({ scripts }) => scripts),
    workspace: workspace.folder,
    home: workspace.home,
  });
  if (!graph.ok) return graph;
  const architectures = new Set(resolved.value.map(({ arch }) => arch));
  const firmwareFiles = [...architectures].map(arch => ownFirmware(workspace.folder, arch).code);
  return ok({
    workspace,
    dimensions,
    configs: resolved.value,
    lock: lock.value,
    lockPath,
    mirror: mirror.value,
    root,
    graph: graph.value,
    files: new Map(
      [...tree.files, ...markersOf(mirror.value), lockPath, workspace.localConfig, ...firmwareFiles].flatMap(path => [
        ...tuplesAsRead(path, tree),
      ]),
    ),
  });
}

/**
 * The path, and what links lead to: they may change apart. A file that was edited since it was read shows by its times; one that was removed
 * would show by nothing.
 */
function tuplesAsRead(path: string, { sources }: ConfigTree): ReadonlyMap<string, StatTuple> {
  const steps = followLinks(path);
  const isGone = sources.has(path) && [...steps.values()].at(-1) === ABSENT;
  return isGone ? new Map([[path, UNKNOWN]]) : steps;
}

/** A folder that says that it is a sample is trusted as one, which makes everything from it a sample. */
function rootOf(mirror: Mirror): TrustRoot {
  return markersOf(mirror).some(path => existsSync(path)) ? sampleTrustRoot() : trustRoot('alpine');
}

/** Where a mirror says what it is. */
function markersOf({ kind, spec }: Mirror): readonly string[] {
  return kind === 'folder' ? [join(spec, 'sample.json')] : [];
}

interface LockRequest extends Omit<ProjectOptions, 'mirror'> {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly dimensions: readonly Dimension[];
  readonly variants: readonly NamedVariant[];
}

async function currentLock(path: string, request: LockRequest): Promise<Result<Lock>> {
  const { root, mirror } = request;
  const existing = readLock(path);
  if (!existing.ok) return existing;
  if (existing.value !== undefined && existing.value.root !== root.name) {
    return fail({
      code: 'AIB_LOCK_ROOT',
      what: 'The lock was made from another source than the mirror that is used now',
      where: path,
      got: `trust root ${existing.value.root}, the mirror's is ${root.name}`,
      hint: 'use the mirror that the lock was made from, or remove the lock',
    });
  }
  if (existing.value !== undefined && request.update !== true) return ok(existing.value);
  request.onNotice(
    `${existing.value === undefined ? 'no lock yet' : 'updating the lock'}: asking ${mirror.spec} what it serves`,
  );
  const keysOf = (name: string): readonly string[] =>
    request.dimensions.find(dimension => dimension.name === name)?.keys ?? [];
  const updated = await updateLock({
    mirror,
    root,
    versions: keysOf('version'),
    architectures: keysOf('arch'),
    today: request.today(),
    wantedIndexes: lock => wantedIndexes(request.variants, { ...lock, root: root.name, updated: request.today() }),
    signal: request.signal,
  });
  if (!updated.ok) return updated;
  writeLock(path, updated.value);
  return updated;
}

function wantedIndexes(
  variants: readonly NamedVariant[],
  lock: Pick<Lock, 'builder' | 'releases' | 'root' | 'updated'>,
): Result<readonly WantedIndexes[]> {
  const configs = resolveConfigs(variants, releasesOfLock(lock));
  if (!configs.ok) return configs;
  const sets = new Map<string, { version: string; arch: string; paths: Set<string> }>();
  const want = (version: string, arch: string, refs: readonly RepositoryRef[]): void => {
    const set = sets.get(`${version} ${arch}`) ?? { version, arch, paths: new Set() };
    sets.set(`${version} ${arch}`, set);
    for (const { path } of refs) set.paths.add(path);
  };
  for (const config of configs.value) {
    const { version, arch } = config;
    const set = packageSet(config, lock.builder);
    if (!set.ok) return set;
    want(version, arch, set.value.repositories);
    want(lock.builder, arch, builderRepositories(lock.builder, arch));
  }
  return ok([...sets.values()].map(set => ({ ...set, paths: [...set.paths].sort() })));
}
