/**
 * A project ready to be built: configuration read, variants named, lock at hand, graph made. Reads the mirror and the clock only when there is
 * no lock yet, or when asked to update it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alpineSite } from '../../alpine/locking/find-releases.ts';
import { type Lock, readLock, writeLock } from '../../alpine/locking/lock.ts';
import type { WantedIndexes } from '../../alpine/locking/lock-indexes.ts';
import { updateLock } from '../../alpine/locking/update.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { ALPINE_CDN } from '../../alpine/mirror/mirror-address.ts';
import { offline } from '../../alpine/mirror/offline-mirror.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import { type TrustRoot, trustRoot } from '../../alpine/package/keys.ts';
import { sampleTrustRoot } from '../../alpine/package/sample-trust.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { ConfigTree, TreeOptions } from '../../config/tree/config-tree.ts';
import type { NamedVariant } from '../../config/tree/label.ts';
import type { Dimension } from '../../config/tree/variants.ts';
import { readLocal } from '../../config/workspace/local-config.ts';
import { rememberedMirrors } from '../../config/workspace/mirrors.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { layersOf, lockFile } from '../../config/workspace/workspace-layers.ts';
import type { Graph } from '../../engine/model/graph.ts';
import { ABSENT, type StatTuple, UNKNOWN } from '../../store/content/stat-tuple.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { ownFirmware } from '../kinds/firmware.ts';
import { builderRepositories, packageSet, type RepositoryRef } from '../package-set.ts';
import { toolboxCheck } from '../toolbox-packages.ts';
import { readConfiguration, releasesOfLock, resolveConfigs } from './configuration.ts';
import { makeImageGraph } from './image-graph.ts';

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
  /** As given on the command line; else what was chosen before, else Alpine's CDN. Several are asked in this order. */
  readonly mirror?: readonly string[] | undefined;
  /** Where an update finds the list of releases: a file or a URL. Else as chosen before, else wherever it is. */
  readonly releases?: string | undefined;
  /** A file with the key that ISOs are signed with, for an update. */
  readonly releaseKey?: string | undefined;
  /** Folders whose configs/ and scripts/ lie over the workspace's, later ones above. */
  readonly custom?: readonly string[] | undefined;
  /** Never write a lock: where there is none, that is a failure. */
  readonly locked?: boolean | undefined;
  /** Asks no mirror, which needs a lock. */
  readonly offline?: boolean | undefined;
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

  const mirrors = options.mirror === undefined ? chosenMirrors(workspace) : ok(options.mirror);
  if (!mirrors.ok) return mirrors;
  const opened = openMirror(mirrors.value, { onNotice: options.onNotice });
  if (!opened.ok) return opened;
  const mirror = options.offline === true ? offline(opened.value) : opened.value;
  const trusted = rootOf(mirror);
  if (!trusted.ok) return trusted;
  const root = trusted.value;
  const lockPath = lockFile(workspace, root.name);
  const releases = options.releases === undefined ? readLocal(workspace.localConfig, 'releases') : ok(options.releases);
  if (!releases.ok) return releases;
  const source = { mirror, releases: releases.value };
  const lock = await currentLock(lockPath, { ...options, ...source, root, dimensions, variants });
  if (!lock.ok) return lock;
  const resolved = resolveConfigs(variants, releasesOfLock(lock.value));
  if (!resolved.ok) return resolved;
  const graph = makeImageGraph({
    configs: resolved.value,
    lock: lock.value,
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
    mirror,
    root,
    graph: graph.value,
    files: new Map(
      [...tree.files, ...markersOf(mirror), lockPath, workspace.localConfig, ...firmwareFiles].flatMap(path => [
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

/** What was chosen on this machine, else Alpine's CDN. */
export function chosenMirrors(workspace: Workspace): Result<readonly string[]> {
  const remembered = rememberedMirrors(workspace);
  return remembered.ok && remembered.value.length === 0 ? ok([ALPINE_CDN]) : remembered;
}

/**
 * A folder of this machine that says that it is a sample is trusted as one, since its user named it; everything from it is a sample then. A
 * mirror on the web may say what it likes.
 */
export function rootOf(mirror: Mirror): Result<TrustRoot> {
  const samples = markersOf(mirror).filter(path => existsSync(path));
  if (samples.length === 0) return ok(trustRoot('alpine'));
  if (samples.length === mirror.places.length) return ok(sampleTrustRoot());
  return fail({
    code: 'AIB_LOCK_ROOT',
    what: 'A sample mirror cannot stand in for a real one, nor the other way round',
    where: mirror.spec,
    got: `${samples.length} of ${mirror.places.length} are samples`,
    hint: 'name only samples, or none',
  });
}

/** Where a mirror says what it is. */
function markersOf({ places }: Mirror): readonly string[] {
  return places.flatMap(({ kind, spec }) => (kind === 'folder' ? [join(spec, 'sample.json')] : []));
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
  const flag = request.offline === true ? '--offline' : request.locked === true ? '--locked' : undefined;
  if (flag !== undefined) return fail(mayNotLock(path, flag, request.update));
  request.onNotice(
    `${existing.value === undefined ? 'no lock yet' : 'updating the lock'}: asking ${mirror.spec} what it serves`,
  );
  const keysOf = (name: string): readonly string[] =>
    request.dimensions.find(dimension => dimension.name === name)?.keys ?? [];
  const updated = await updateLock({
    mirror,
    root,
    releases: request.releases,
    site: root.name === 'alpine' ? alpineSite() : undefined,
    releaseKey: request.releaseKey,
    known: existing.value,
    onNotice: request.onNotice,
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

function mayNotLock(path: string, flag: string, update = false): Failure {
  return update
    ? {
        code: 'AIB_USAGE',
        what: `An update asks the mirror and writes the lock, and ${flag} was given`,
        where: path,
        hint: 'leave out one of the two',
      }
    : {
        code: 'AIB_NOT_LOCKED',
        what: `There is no lock, and ${flag} was given`,
        where: path,
        hint: 'run aib update, and keep the file with the configuration',
      };
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
    const set = packageSet(config);
    if (!set.ok) return set;
    want(version, arch, set.value.repositories);
    want(lock.builder, arch, builderRepositories(lock.builder, arch));
  }
  return ok(
    [...sets.values()].map(({ version, arch, paths }) => ({
      ...{ version, arch, paths: [...paths].sort() },
      ...(version === lock.builder ? { check: toolboxCheck(lock.builder) } : {}),
    })),
  );
}
