/**
 * Loads a project for a build: reads the configuration, names the variants, reads the lock, makes the graph. Never reads the mirror or the
 * clock, unless there is no lock yet or an update is requested.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLock, type Lock } from '../../alpine/locking/lock.ts';
import { withKnown, withSecdb } from '../../alpine/mirror/derived-mirror.ts';
import { withForeign } from '../../alpine/mirror/foreign-mirror.ts';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { ALPINE_CDN } from '../../alpine/mirror/mirror-address.ts';
import { indexPath, SAMPLE_PATH } from '../../alpine/mirror/mirror-layout.ts';
import { offline } from '../../alpine/mirror/offline-mirror.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import { type TrustRoot, trustRoot } from '../../alpine/package/keys.ts';
import type { Keys } from '../../alpine/package/keys-of-repository.ts';
import { sampleTrustRoot } from '../../alpine/package/sample-trust.ts';
import { secdbSite } from '../../alpine/security/fetch-secdb.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { ConfigTree, TreeOptions } from '../../config/tree/config-tree.ts';
import type { Dimension } from '../../config/tree/variants.ts';
import { readLocal } from '../../config/workspace/local-config.ts';
import { rememberedMirrors } from '../../config/workspace/mirrors.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { layersOf, lockFile } from '../../config/workspace/workspace-layers.ts';
import type { Graph, Label } from '../../engine/model/graph.ts';
import { ABSENT, type StatTuple, UNKNOWN } from '../../store/content/stat-tuple.ts';
import { followLinks } from '../../store/sources/follow-links.ts';
import { type Failure, formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { AwsCloud } from '../clouds/aws-variant.ts';
import { ownFirmware } from '../kinds/firmware.ts';
import type { ClosureRequest } from '../supply/closure-request.ts';
import { readConfiguration, releasesOfLock, resolveConfigs } from './configuration.ts';
import { currentLock } from './current-lock.ts';
import { makeImageGraph } from './image-graph.ts';

export interface Project {
  readonly workspace: Workspace;
  readonly dimensions: readonly Dimension[];
  readonly configs: readonly ImageConfig[];
  readonly lock: Lock;
  readonly lockPath: string;
  readonly mirror: Mirror;
  /** The trusted keys for files of the mirror. */
  readonly root: TrustRoot;
  readonly graph: Graph;
  /** Requests without an answer in the lock, by the nodes that need it. */
  readonly unanswered: ReadonlyMap<Label, ClosureRequest>;
  /** Keys of foreign repositories, by their path in the lock. */
  readonly foreignKeys: ReadonlyMap<string, Keys>;
  /** The content of the lock file; undefined if there is none. */
  readonly lockInFile: Lock | undefined;
  /** The indexes that were fetched for a new lock, by the paths of their repositories. */
  readonly fetched: ReadonlyMap<string, Uint8Array>;
  /** The same with another lock; `unsolvable` says why a set of packages cannot be resolved. */
  readonly relocked: (lock: Lock, unsolvable?: ReadonlyMap<string, Failure>) => Result<Project>;
  /** Every file that was read or searched for, with its state. */
  readonly files: ReadonlyMap<string, StatTuple>;
}

export interface ProjectOptions extends TreeOptions {
  /** From the command line; default: the mirrors selected before, or Alpine's CDN. Several are tried in this order. */
  readonly mirror?: readonly string[] | undefined;
  /** The list of releases for an update: a file or a URL. Default: the one selected before, or an automatic search. */
  readonly releases?: string | undefined;
  /** A file with the key that signs the ISOs, for an update. */
  readonly releaseKey?: string | undefined;
  /** Folders with configs/ and scripts/ that override the workspace's; later folders have precedence. */
  readonly custom?: readonly string[] | undefined;
  /** The lock is never written; a missing lock is a failure. */
  readonly locked?: boolean | undefined;
  /** Uses no mirror; requires a lock. */
  readonly offline?: boolean | undefined;
  /** Replaces the lock with what the mirror serves now; the new lock is not written yet, and has no closures. */
  readonly update?: boolean;
  /** Adds nodes for AWS to the graph. */
  readonly aws?: AwsCloud | undefined;
  readonly today: () => string;
  readonly signal: AbortSignal;
  readonly onNotice: (line: string) => void;
}

/** Without permission to write the lock, the images can still be queried; a build reports its own failure. */
function firstLock(path: string, lock: Lock, onNotice: (line: string) => void): Result<Lock> {
  const first = createLock(path, lock);
  if (first.ok || first.error.code !== 'AIB_CANNOT_WRITE') return first;
  onNotice(formatFailure(first.error));
  return ok(lock);
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
  const trusted = rootOf(opened.value);
  if (!trusted.ok) return trusted;
  const root = trusted.value;
  const site = root.name === 'alpine' ? secdbSite() : undefined;
  if (site?.ok === false) return site;
  const alpine = site === undefined ? opened.value : withSecdb(opened.value, site.value);
  const whole = withForeign(alpine);
  const mirror = options.offline === true ? offline(whole) : whole;
  const lockPath = lockFile(workspace, root.name);
  const releases = options.releases === undefined ? readLocal(workspace.localConfig, 'releases') : ok(options.releases);
  if (!releases.ok) return releases;
  const current = await currentLock(lockPath, {
    ...options,
    ...{ mirror, root, dimensions, variants },
    keyFolders: layers.value.map(({ scripts }) => dirname(scripts)),
    releases: releases.value,
    update: options.update === true,
  });
  if (!current.ok) return current;
  const { file, fetched } = current.value;
  // The first lock is written immediately, for the next command; packages are added when a build needs them.
  const isFirst = file === undefined && options.update !== true;
  const first = isFirst ? firstLock(lockPath, current.value.lock, options.onNotice) : ok(current.value.lock);
  if (!first.ok) return first;
  const lock = first.value;
  const resolved = resolveConfigs(variants, releasesOfLock(lock));
  if (!resolved.ok) return resolved;
  const architectures = new Set(resolved.value.map(({ arch }) => arch));
  const firmwareFiles = [...architectures].map(arch => ownFirmware(workspace.folder, arch).code);
  const read = [...tree.files, ...markersOf(mirror), lockPath, workspace.localConfig, ...firmwareFiles];
  const common = {
    ...{ workspace, dimensions, lockPath, root, fetched },
    mirror: withKnown(mirror, new Map([...fetched].map(([path, content]) => [indexPath(path), content]))),
    lockInFile: isFirst ? lock : file,
    files: new Map(read.flatMap(path => [...tuplesAsRead(path, tree)])),
  };
  const relocked: Project['relocked'] = (newLock, unsolvable = new Map()) => {
    // The new lock may have other versions.
    const isSame = newLock.releases === lock.releases && newLock.builder === lock.builder;
    const own = isSame ? resolved : resolveConfigs(variants, releasesOfLock(newLock));
    if (!own.ok) return own;
    const configs = own.value;
    const made = makeImageGraph({
      ...{ configs, lock: newLock, unsolvable, root },
      scriptFolders: layers.value.map(({ scripts }) => scripts),
      workspace: workspace.folder,
      home: workspace.home,
      aws: options.aws,
    });
    return made.ok ? ok({ ...common, ...made.value, configs, lock: newLock, relocked }) : made;
  };
  return relocked(lock);
}

/**
 * The path and the targets of its links, which may change separately. A file that was edited since it was read is detected by its times; a
 * removed file needs a special value.
 */
function tuplesAsRead(path: string, { sources }: ConfigTree): ReadonlyMap<string, StatTuple> {
  const steps = followLinks(path);
  const isGone = sources.has(path) && [...steps.values()].at(-1) === ABSENT;
  return isGone ? new Map([[path, UNKNOWN]]) : steps;
}

/** The mirrors selected on this machine, or Alpine's CDN. */
export function chosenMirrors(workspace: Workspace): Result<readonly string[]> {
  const remembered = rememberedMirrors(workspace);
  return remembered.ok && remembered.value.length === 0 ? ok([ALPINE_CDN]) : remembered;
}

/**
 * A folder on this machine that is marked as a sample is trusted as a sample, because the user named it; all results are then samples. The
 * mark is ignored on a mirror on the web.
 */
export function rootOf(mirror: Mirror): Result<TrustRoot> {
  const samples = markersOf(mirror).filter(path => existsSync(path));
  if (samples.length === 0) return ok(trustRoot('alpine'));
  if (samples.length === mirror.places.length) return ok(sampleTrustRoot());
  return fail({
    code: 'AIB_LOCK_ROOT',
    what: 'A sample mirror and a real mirror cannot be combined',
    where: mirror.spec,
    got: `${samples.length} of ${mirror.places.length} mirrors are samples`,
    hint: 'name only samples, or only real mirrors',
  });
}

/** Paths of the files that mark a mirror as a sample. */
function markersOf({ places }: Mirror): readonly string[] {
  return places.flatMap(({ kind, spec }) => (kind === 'folder' ? [join(spec, SAMPLE_PATH)] : []));
}
