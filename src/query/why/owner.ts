/** Finds what a file belongs to: the nodes that read, made or logged it, and the variants that it configures. Never changes anything. */
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { imageName } from '../../config/image/image-name.ts';
import type { MapSetting, Setting } from '../../config/tree/merge.ts';
import type { Graph } from '../../engine/model/graph.ts';
import { isLocked } from '../../rules/kinds/kind-table.ts';
import { variantLabel } from '../../rules/labels.ts';
import type { Project } from '../../rules/project/project.ts';
import { type Digest, digestOfFile, type Sha256 } from '../../store/content/digest.ts';
import { decodeDirectory } from '../../store/content/directory.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Store } from '../../store/store.ts';

export interface Ownership {
  /** A node, or a variant that the file configures. */
  readonly label: string;
  readonly how: 'reads' | 'made' | 'made before' | 'logged' | 'is configured by' | 'is locked by';
  /** The output that it is, or that contains it. */
  readonly output?: string;
}

/** `path` is absolute. Returns everything that is found, readers first; empty for an unknown file. */
export async function ownersOf(
  path: string,
  project: Project,
  store: Store | undefined,
): Promise<readonly Ownership[]> {
  const real = realPath(path);
  const found = [
    ...readers([path, real], project.graph),
    ...configured([path, real], project),
    ...locked([path, real], project),
    ...logged(real, store),
    ...named(path, project, store),
  ];
  if (found.length > 0 || store === undefined) return found;
  const digest = await digestIn(real, store);
  return digest === undefined ? [] : makers(digest, project.graph, store);
}

function readers(paths: readonly string[], { nodes }: Graph): readonly Ownership[] {
  return [...nodes.values()].flatMap(node => {
    if (node.type !== 'leaf') return [];
    // A link is read as its target.
    const reads = node.reads.flatMap(read => [read, realPath(read)]);
    const isRead = reads.some(read => paths.some(path => path === read || path.startsWith(`${read}/`)));
    return isRead ? [{ label: node.label, how: 'reads' }] : [];
  });
}

function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

function configured(paths: readonly string[], { configs, files }: Project): readonly Ownership[] {
  const file = paths.find(path => files.has(path));
  if (file === undefined) return [];
  const known = new Map<Setting, boolean>();
  return configs
    .filter(({ variant }) => comesFrom(variant.variant.settings, paths, known))
    .map(({ variant }) => ({ label: variant.name, how: 'is configured by' }));
}

/** Variants share most of their settings, so results are cached by setting. */
function comesFrom(setting: Setting, paths: readonly string[], known: Map<Setting, boolean>): boolean {
  const before = known.get(setting);
  if (before !== undefined) return before;
  const answer =
    setting.origins.some(({ file }) => paths.includes(file)) ||
    innerOf(setting).some(inner => comesFrom(inner, paths, known));
  known.set(setting, answer);
  return answer;
}

function innerOf(setting: Setting): readonly Setting[] {
  if (setting.kind === 'scalar') return [];
  return setting.kind === 'list' ? setting.items : [...(setting as MapSetting).entries.values()];
}

function locked(paths: readonly string[], { graph, lockPath }: Project): readonly Ownership[] {
  if (!paths.includes(lockPath)) return [];
  return [...graph.nodes.values()]
    .filter(({ kind }) => isLocked(kind))
    .map(({ label }) => ({ label, how: 'is locked by' }));
}

function logged(path: string, store: Store | undefined): readonly Ownership[] {
  if (store === undefined) return [];
  return store.history.loggedTo(relative(store.folder, path)).map(label => ({ label, how: 'logged' }));
}

/** Files in the folder of an image below the project's `images/` belong to that image, even if they are not links into the store. */
function named(path: string, { configs, graph }: Project, store: Store | undefined): readonly Ownership[] {
  if (store === undefined) return [];
  const [cloud, name, file = ''] = relative(store.images, path).split('/');
  const config = configs.find(each => each.cloud === cloud && imageName(each, 0) === name);
  if (config === undefined) return [];
  const output = /(?<!\.provenance)\.json$/.test(file) ? 'metadata' : 'image';
  const label = variantLabel(config.variant.name, output);
  const part = file.endsWith('.sha512') ? 'sha512' : output;
  return graph.nodes.has(label) ? [{ label, how: 'made', output: part }] : [];
}

/** For a blob the digest in its name, for any other file that of its content. */
async function digestIn(path: string, store: Store): Promise<Digest | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return undefined;
  const [folder, , hash = ''] = relative(store.folder, path).split('/');
  if (folder === 'blobs' && /^[0-9a-f]{64}$/.test(hash)) return { hash: hash as Sha256, size: stats.size };
  return digestOfFile(path);
}

async function makers(digest: Digest, graph: Graph, store: Store): Promise<readonly Ownership[]> {
  const { records } = store;
  const direct = records.makersOf(digest).flatMap(record => {
    const output = Object.entries(record.outputs).find(([, artifact]) => artifact.digest.hash === digest.hash)?.[0];
    return [ownership(record, output, store)];
  });
  if (direct.length > 0) return direct;
  const inside: Ownership[] = [];
  for (const label of graph.nodes.keys()) {
    const record = records.latest(label);
    for (const [output, artifact] of Object.entries(record?.outputs ?? {}))
      if (artifact.type === 'directory' && (await holds(artifact.digest, digest, store)))
        inside.push({ label, how: 'made', output });
  }
  return inside;
}

function ownership({ label, key }: ActionRecord, output: string | undefined, { records }: Store): Ownership {
  const how = records.latest(label)?.key === key ? 'made' : 'made before';
  return { label, how, ...(output === undefined ? {} : { output }) };
}

/** Whether a file is anywhere in a folder of the store; a missing folder counts as empty. */
async function holds(folder: Digest, wanted: Digest, store: Store): Promise<boolean> {
  if (!existsSync(store.blobs.path(folder))) return false;
  for (const entry of decodeDirectory(await store.blobs.read(folder))?.values() ?? []) {
    if (entry.type === 'file' && entry.digest.hash === wanted.hash) return true;
    if (entry.type === 'directory' && (await holds(entry.digest, wanted, store))) return true;
  }
  return false;
}
