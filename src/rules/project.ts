/**
 * A project ready to be built: configuration read, variants named, lock at hand, graph made. Reads the mirror and the clock only when there is
 * no lock yet, or when asked to update it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TrustRoot, trustRoot } from '../alpine/keys.ts';
import { type Lock, readLock, writeLock } from '../alpine/lock.ts';
import { type Mirror, openMirror } from '../alpine/mirror.ts';
import { sampleTrustRoot } from '../alpine/sample/key.ts';
import { updateLock } from '../alpine/update.ts';
import { loadHocon } from '../config/hocon/load.ts';
import { type ImageConfig, imageConfig } from '../config/image-config.ts';
import { type NamedVariant, nameVariants } from '../config/label.ts';
import { type Matrix, resolveMatrix } from '../config/variants.ts';
import { rememberedMirror, type Workspace } from '../config/workspace.ts';
import type { Graph } from '../engine/graph.ts';
import { fail, ok, type Result } from '../util/result.ts';
import { makeImageGraph } from './image-graph.ts';
import { builderRepositories, packageSet } from './package-set.ts';

export const CDN = 'https://dl-cdn.alpinelinux.org/alpine';

export interface Project {
  readonly workspace: Workspace;
  readonly configs: readonly ImageConfig[];
  readonly lock: Lock;
  readonly lockPath: string;
  readonly mirror: Mirror;
  readonly graph: Graph;
  /** Every file that was read or looked for, for change detection. */
  readonly files: readonly string[];
}

export interface ProjectOptions {
  /** As given on the command line; else what was chosen before, else Alpine's CDN. */
  readonly mirror?: string | undefined;
  /** Replace the lock by what the mirror serves today. */
  readonly update?: boolean;
  readonly today: () => string;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

export async function loadProject(workspace: Workspace, options: ProjectOptions): Promise<Result<Project>> {
  const configs = join(workspace.folder, 'configs');
  const loaded = loadHocon(join(configs, 'images.conf'), { roots: [configs] });
  if (!loaded.ok) return loaded;
  const matrix = resolveMatrix(loaded.value.root);
  if (!matrix.ok) return matrix;
  const variants = nameVariants(matrix.value);

  const mirror = openMirror(options.mirror ?? rememberedMirror(workspace) ?? CDN);
  if (!mirror.ok) return mirror;
  const root = rootOf(mirror.value);
  const lockPath = join(workspace.folder, root.name === 'alpine' ? 'aib.lock' : `aib.${root.name}.lock`);
  const lock = await currentLock(lockPath, { ...options, mirror: mirror.value, root, matrix: matrix.value, variants });
  if (!lock.ok) return lock;
  const resolved = resolveConfigs(variants, lock.value, root);
  if (!resolved.ok) return resolved;
  const graph = makeImageGraph({
    configs: resolved.value,
    lock: lock.value,
    mirror: mirror.value,
    root,
    layers: [workspace.folder],
    home: workspace.home,
  });
  if (!graph.ok) return graph;
  return ok({
    workspace,
    configs: resolved.value,
    lock: lock.value,
    lockPath,
    mirror: mirror.value,
    graph: graph.value,
    files: [...loaded.value.files, lockPath, workspace.localConfig],
  });
}

/** A folder that says that it is a sample is trusted as one, which makes everything from it a sample. */
function rootOf(mirror: Mirror): TrustRoot {
  return mirror.kind === 'folder' && existsSync(join(mirror.spec, 'sample.json'))
    ? sampleTrustRoot()
    : trustRoot('alpine');
}

interface LockRequest extends Omit<ProjectOptions, 'mirror'> {
  readonly mirror: Mirror;
  readonly root: TrustRoot;
  readonly matrix: Matrix;
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
    request.matrix.dimensions.find(dimension => dimension.name === name)?.keys ?? [];
  const updated = await updateLock({
    mirror,
    root,
    versions: keysOf('version'),
    architectures: keysOf('arch'),
    today: request.today(),
    indexPaths: lock => indexPaths(request.variants, lock, root),
    signal: request.signal,
  });
  if (!updated.ok) return updated;
  writeLock(path, updated.value);
  return updated;
}

function indexPaths(
  variants: readonly NamedVariant[],
  lock: Pick<Lock, 'builder' | 'releases'>,
  root: TrustRoot,
): Result<readonly string[]> {
  const configs = resolveConfigs(variants, lock, root);
  if (!configs.ok) return configs;
  const paths = new Set<string>();
  for (const config of configs.value) {
    const set = packageSet(config, lock.builder);
    if (!set.ok) return set;
    for (const { path } of [...set.value.repositories, ...builderRepositories(lock.builder, config.arch)])
      paths.add(path);
  }
  return ok([...paths].sort());
}

/** The variants of locked versions, as typed values. */
function resolveConfigs(
  variants: readonly NamedVariant[],
  lock: Pick<Lock, 'releases'>,
  root: TrustRoot,
): Result<readonly ImageConfig[]> {
  const configs: ImageConfig[] = [];
  for (const variant of variants) {
    const release = lock.releases[variant.version];
    if (release === undefined) continue;
    const config = imageConfig(variant, { ...release, sample: root.name === 'sample' });
    if (!config.ok) return config;
    configs.push(config.value);
  }
  return ok(configs);
}
