import { join } from 'node:path';
import { installerOf, type Lock } from '../../alpine/locking/lock.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import type { Keys } from '../../alpine/package/keys-of-repository.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { type Edge, type Graph, type Label, makeGraph, type Node } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { programFolder } from '../../util/files/home.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { type AwsCloud, awsNodes } from '../clouds/aws-variant.ts';
import { splitBase } from '../kinds/base.ts';
import { bootNode } from '../kinds/boot.ts';
import { diskNode } from '../kinds/disk.ts';
import { repositoryKeyNode } from '../kinds/foreign-key.ts';
import { type BuildMachineInputs, guestNode } from '../kinds/guest-stage.ts';
import { imageNode } from '../kinds/image.ts';
import { metadataNode } from '../kinds/metadata.ts';
import { notLockedNode } from '../kinds/not-locked.ts';
import { overlayNode } from '../kinds/overlay.ts';
import { PACKAGES_OUTPUTS, packagesNode } from '../kinds/packages.ts';
import { releaseEpoch } from '../kinds/release.ts';
import { sbomNode } from '../kinds/sbom.ts';
import { sourceNode } from '../kinds/source.ts';
import { trustNode } from '../kinds/trust.ts';
import { firmwareLabel, isoLabel, releaseLabel, sourceLabel, toolboxLabel, variantLabel } from '../labels.ts';
import { type PackageSet, packageSets } from '../package-set.ts';
import { lockedKeys, trustedSources } from '../repository-trust.ts';
import { type ClosureRequest, variantRequest } from '../supply/closure-request.ts';
import { Bases } from './bases.ts';
import { type SourcesOf, scriptSources } from './script-sources.ts';
import { addShared, type Places } from './shared-nodes.ts';
import { Supply } from './supply.ts';

export interface ImageGraphOptions {
  readonly configs: readonly ImageConfig[];
  readonly lock: Lock;
  /** Why a set of packages cannot be resolved, by its key in the lock. */
  readonly unsolvable?: ReadonlyMap<string, Failure>;
  readonly root: TrustRoot;
  /** Folders of scripts; later folders have precedence. */
  readonly scriptFolders: readonly string[];
  /** The workspace's folder, which may contain the user's own firmware. */
  readonly workspace: string;
  /** The folder of aib itself. */
  readonly home: string;
  /** Only for runs that use AWS; otherwise the graph has no nodes for it. */
  readonly aws?: AwsCloud | undefined;
}

export interface ImageGraph {
  readonly graph: Graph;
  /** Requests without an answer in the lock, by the nodes that need it. */
  readonly unanswered: ReadonlyMap<Label, ClosureRequest>;
  /** Keys of foreign repositories, by their path in the lock, as far as they are locked. */
  readonly foreignKeys: ReadonlyMap<string, Keys>;
}

export function makeImageGraph(options: ImageGraphOptions): Result<ImageGraph> {
  const nodes = new Map<Label, Node>();
  const add = (node: Node): void => void nodes.set(node.label, node);
  const { home } = options;
  add(trustNode(options.root, options.lock.releaseKey));
  add(guestNode(home));
  add(sourceNode({ label: sourceLabel('aib/drive.mjs'), path: join(programFolder(home), 'drive.mjs') }));
  // Hundreds of variants share a few scripts and sets of packages, and most of the other nodes.
  const sourcesOf = scriptSources(options.scriptFolders, add);
  const sets = packageSets(options.configs);
  if (!sets.ok) return sets;
  const keys = trustedSources([...sets.value.values()]);
  if (!keys.ok) return keys;
  const { sources, trusted } = keys.value;
  for (const source of sources) add(repositoryKeyNode(source, options.lock, options.root));
  const supply = new Supply({ ...options, trusted }, add);
  const bases = new Bases(trusted, add);
  const shared = new Set<string>();
  for (const [config, set] of sets.value) {
    const key = JSON.stringify([config.version, config.arch, set.repositories.map(({ path }) => path)]);
    if (!shared.has(key)) addShared({ ...options, trusted }, config, set, { add, supply });
    shared.add(key);
    const added = addVariant(options, config, set, { add, supply, sourcesOf, bases });
    if (added !== undefined) return added;
  }
  const graph = makeGraph(nodes.values());
  if (!graph.ok) return graph;
  const foreignKeys = lockedKeys(trusted, options.lock.repositoryKeys);
  return ok({ graph: graph.value, unanswered: supply.unanswered, foreignKeys });
}

type Failed = ReturnType<typeof fail<Failure>>;

function addVariant(
  options: ImageGraphOptions,
  config: ImageConfig,
  set: PackageSet,
  { add, supply, sourcesOf, bases }: Places & { readonly sourcesOf: SourcesOf; readonly bases: Bases },
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

  const packages = own('packages');
  const closure = supply.answer(packages, variantRequest(`${config.version}/${config.arch}`, set));
  const machine: BuildMachineInputs = {
    kernel: { label: iso, output: 'kernel' },
    initramfs: { label: iso, output: 'initramfs' },
    toolbox: { label: toolboxLabel(config.arch), output: 'toolbox' },
    releaseDate: { label: releaseLabel(config.version), output: 'date' },
    driver,
  };
  const parts = splitBase(closure.ok ? closure.value : []);
  const base = parts.base.length === 0 ? undefined : bases.of(config, parts.base, { epoch, machine });
  add(
    closure.ok
      ? packagesNode({ label: packages, set, closure: parts.own, ...(base === undefined ? {} : { base: base.list }) })
      : notLockedNode({ label: packages, kind: 'packages', outputs: PACKAGES_OUTPUTS, failure: closure.error }),
  );
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
      ...machine,
      ...(base === undefined ? {} : { base: base.tree }),
      packages: { label: packages, output: 'packages' },
      overlay: { label: own('overlay'), output: 'overlay' },
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
  if (options.aws !== undefined) {
    const verdict: Edge = { label: own('boot'), output: 'verdict' };
    for (const node of awsNodes(config, disk, verdict, options.aws)) add(node);
  }
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

function notLocked(what: string, config: ImageConfig): Failure {
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not have ${what}`,
    where: config.variant.name,
    hint: 'run aib update',
  };
}
