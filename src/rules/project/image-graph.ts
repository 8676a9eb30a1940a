/**
 * The graph of a project: for every variant
 *
 *     index ─► packages ─┐
 *     toolbox ───────────┤
 *     iso ───────────────┤
 *     source ─► overlay ─┼─► disk ─► image ─┬─► boot ◄─ firmware
 *     release ───────────┘      └───────────┴─► metadata, sbom
 *
 * with the nodes that variants share standing once.
 */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installerOf, isoKey, type Lock } from '../../alpine/locking/lock.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { type Edge, type Graph, type Label, makeGraph, type Node } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { pathBelowFault } from '../../util/files/file-name.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import { bootNode } from '../kinds/boot.ts';
import { diskNode } from '../kinds/disk.ts';
import { firmwareNode, ownFirmware } from '../kinds/firmware.ts';
import { imageNode } from '../kinds/image.ts';
import { isoNode } from '../kinds/iso.ts';
import { metadataNode } from '../kinds/metadata.ts';
import { notLockedNode } from '../kinds/not-locked.ts';
import { overlayNode } from '../kinds/overlay.ts';
import { indexNode } from '../kinds/package-index.ts';
import { packagesNode } from '../kinds/packages.ts';
import { releaseEpoch, releaseNode } from '../kinds/release.ts';
import { sbomNode } from '../kinds/sbom.ts';
import { filesNode, sourceNode } from '../kinds/source.ts';
import { toolboxNode } from '../kinds/toolbox.ts';
import { trustNode } from '../kinds/trust.ts';
import {
  firmwareLabel,
  indexLabel,
  isoLabel,
  releaseLabel,
  sourceLabel,
  toolboxLabel,
  variantLabel,
} from '../labels.ts';
import { builderRepositories, type PackageSet, packageSet } from '../package-set.ts';

export interface ImageGraphOptions {
  readonly configs: readonly ImageConfig[];
  readonly lock: Lock;
  readonly root: TrustRoot;
  /** Folders of scripts, the later the more important. */
  readonly scriptFolders: readonly string[];
  /** The workspace's folder, which may hold firmware of its own. */
  readonly workspace: string;
  /** Where aib itself lies. */
  readonly home: string;
}

export function makeImageGraph(options: ImageGraphOptions): Result<Graph> {
  const nodes = new Map<Label, Node>();
  const add = (node: Node): void => void nodes.set(node.label, node);
  const { home } = options;
  add(trustNode(options.root, options.lock.releaseKey));
  add(sourceNode({ label: sourceLabel('aib/guest'), path: join(home, 'src/guest') }));
  add(sourceNode({ label: sourceLabel('aib/drive.mjs'), path: join(home, 'node_modules/.aib/drive.mjs') }));
  // Hundreds of variants share a few scripts, and most of their other nodes.
  const found = new Map<string, ReturnType<typeof findSources>>();
  const sourcesOf: SourcesOf = (names, output) => {
    const key = JSON.stringify([output, names]);
    const sources = found.get(key) ?? findSources(options.scriptFolders, names, output, add);
    found.set(key, sources);
    return sources;
  };
  const shared = new Set<string>();
  for (const config of options.configs) {
    const set = packageSet(config);
    if (!set.ok) return set;
    const key = JSON.stringify([config.version, config.arch, set.value.repositories.map(({ path }) => path)]);
    if (!shared.has(key)) addShared(options, config, set.value, add);
    shared.add(key);
    const added = addVariant(options, config, set.value, { add, sourcesOf });
    if (added !== undefined) return added;
  }
  return makeGraph(nodes.values());
}

type Failed = ReturnType<typeof fail<Failure>>;
type SourcesOf = (names: readonly string[], output: 'file' | 'tree') => ReturnType<typeof findSources>;

function addShared(options: ImageGraphOptions, config: ImageConfig, set: PackageSet, add: (node: Node) => void): void {
  const { lock, root } = options;
  const { arch, version } = config;
  for (const { path } of [...set.repositories, ...builderRepositories(lock.builder, arch)]) {
    const label = indexLabel(path);
    const locked = lock.indexes[path];
    add(
      locked === undefined
        ? notLockedNode({ label, kind: 'index', outputs: ['index'], what: `the package index ${path}` })
        : indexNode({ label, path, locked, root }),
    );
  }
  add(toolboxNode({ arch, builder: lock.builder, root }));
  const installer = installerOf(lock, version);
  const label = isoLabel(installer, arch);
  const iso = lock.iso[isoKey(installer, arch)];
  add(
    iso === undefined
      ? notLockedNode({
          label,
          kind: 'iso',
          outputs: ['kernel', 'initramfs'],
          what: `an ISO of ${installer} for ${arch}`,
        })
      : isoNode({ label, locked: iso, releaseKey: lock.releaseKey, root }),
  );
  const own = ownFirmware(options.workspace, arch);
  add(
    existsSync(own.code)
      ? filesNode({ label: firmwareLabel(arch), kind: 'firmware', files: { ...own } })
      : firmwareNode({ label: firmwareLabel(arch), arch, builder: lock.builder, root }),
  );
  const release = lock.releases[version];
  if (release !== undefined) add(releaseNode(releaseLabel(version), release));
}

function addVariant(
  options: ImageGraphOptions,
  config: ImageConfig,
  set: PackageSet,
  { add, sourcesOf }: { readonly add: (node: Node) => void; readonly sourcesOf: SourcesOf },
): Failed | undefined {
  const { lock, root } = options;
  const release = lock.releases[config.version];
  if (release === undefined) return fail(notLocked(`the release of ${config.version}`, config));
  const epoch = releaseEpoch(release);
  const { name } = config.variant;
  const own = (output: string): Label => variantLabel(name, output);
  const iso = isoLabel(installerOf(lock, config.version), config.arch);
  const driver: Edge = { label: sourceLabel('aib/drive.mjs'), output: 'file' };

  const scripts = sourcesOf(config.scripts, 'file');
  if (!scripts.ok) return scripts;
  const scriptDirs = sourcesOf(config.scriptDirs, 'tree');
  if (!scriptDirs.ok) return scriptDirs;

  add(packagesNode({ label: own('packages'), set, root }));
  add(
    overlayNode({
      label: own('overlay'),
      config,
      release: release.release,
      scripts: scripts.value,
      scriptDirs: scriptDirs.value,
    }),
  );
  add(
    diskNode({
      label: own('disk'),
      config,
      epoch,
      kernel: { label: iso, output: 'kernel' },
      initramfs: { label: iso, output: 'initramfs' },
      packages: { label: own('packages'), output: 'packages' },
      toolbox: { label: toolboxLabel(config.arch), output: 'toolbox' },
      overlay: { label: own('overlay'), output: 'overlay' },
      releaseDate: { label: releaseLabel(config.version), output: 'date' },
      guest: { label: sourceLabel('aib/guest'), output: 'tree' },
      driver,
    }),
  );
  const disk: Edge = { label: own('disk'), output: 'disk' };
  add(imageNode({ label: own('image'), config, epoch, disk }));
  const image: Edge = { label: own('image'), output: 'image' };
  const firmware = firmwareLabel(config.arch);
  add(
    bootNode({
      label: own('boot'),
      config,
      image,
      driver,
      ...(config.firmware === 'uefi'
        ? { firmware: { code: { label: firmware, output: 'code' }, vars: { label: firmware, output: 'vars' } } }
        : {}),
    }),
  );
  add(
    metadataNode({
      label: own('metadata'),
      config,
      release,
      revision: 0,
      root: root.name,
      disk,
      image,
      installed: { label: own('disk'), output: 'installed' },
      sha512: { label: own('image'), output: 'sha512' },
      releaseFacts: { label: releaseLabel(config.version), output: 'facts' },
    }),
  );
  add(
    sbomNode({
      label: own('sbom'),
      config,
      release,
      revision: 0,
      epoch,
      image,
      installed: { label: own('disk'), output: 'installed' },
    }),
  );
  return undefined;
}

/** A source node for each name, from the last folder that has it. */
function findSources(
  folders: readonly string[],
  names: readonly string[],
  output: 'file' | 'tree',
  add: (node: Node) => void,
): Result<ReadonlyMap<string, Edge>> {
  const edges = new Map<string, Edge>();
  for (const name of names) {
    const fault = pathBelowFault(name);
    if (fault !== undefined)
      return fail({ code: 'AIB_CONFIG_PATH', what: `No script can be called ${JSON.stringify(name)}`, got: fault });
    // A link that leads nowhere is there, too: what lies below it is not what is meant.
    const stats = (path: string) => lstatSync(path, { throwIfNoEntry: false });
    const places = folders.map(folder => join(folder, name));
    const found = places.findLastIndex(candidate => stats(candidate) !== undefined);
    const path = places[found];
    const what = output === 'tree' ? 'script folder' : 'script';
    if (path === undefined) {
      return fail({
        code: 'AIB_NO_SCRIPT',
        what: `There is no ${what} ${name}`,
        where: folders.join(', '),
        hint: didYouMean(name, folders),
      });
    }
    if ((stats(path)?.isDirectory() === true) !== (output === 'tree')) {
      return fail({
        code: 'AIB_NO_SCRIPT',
        what: `A ${what} is called ${name} in the configuration`,
        where: path,
        got: output === 'tree' ? 'no folder' : 'a folder',
        hint: 'scripts are single files, script_dirs are folders',
      });
    }
    const label = sourceLabel(`scripts/${name}`);
    add(sourceNode({ label, path, over: places.slice(found + 1) }));
    edges.set(name, { label, output });
  }
  return ok(edges);
}

function didYouMean(name: string, folders: readonly string[]): string {
  const known = folders.flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []));
  const near = nearest(name, known, 3);
  return near.length > 0
    ? `did you mean ${near.join(' or ')}?`
    : 'add it, or take it out of scripts in the configuration';
}

function notLocked(what: string, config: ImageConfig): Failure {
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not have ${what}`,
    where: config.variant.name,
    hint: 'run aib update',
  };
}
