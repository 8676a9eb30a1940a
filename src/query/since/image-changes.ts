/** Compares two states of a project, image by image: which images may come out different, from which causes, and with which packages. */
import { closurePackages } from '../../alpine/locking/closures.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { leavesOf, variantRecord } from '../../config/image/record.ts';
import { dependenciesOf, type Label } from '../../engine/model/graph.ts';
import { variantLabel } from '../../rules/labels.ts';
import { type PackageChange, packageChanges } from '../../rules/package-changes.ts';
import { packageSet } from '../../rules/package-set.ts';
import type { Project } from '../../rules/project/project.ts';
import { variantRequest } from '../../rules/supply/closure-request.ts';
import type { Intake } from '../../store/sources/intake.ts';
import { type Fingerprints, fingerprints } from './fingerprints.ts';

type State = 'added' | 'removed' | 'changed' | 'unchanged' | 'not locked';

export interface ImageChange {
  /** The name of the variant, with its version. */
  readonly image: string;
  readonly state: State;
  /** What makes it different, in words: files, settings, packages, releases. */
  readonly causes: readonly string[];
  readonly packages: readonly PackageChange[];
  /** Bytes to download more than before, as far as the lock knows the sizes; only if packages changed. */
  readonly download?: number;
}

export interface Compared {
  readonly before: Project;
  readonly after: Project;
}

/** In the order of the newer configuration, followed by the removed images. */
export async function imageChanges(
  { before, after }: Compared,
  isAsked: (config: ImageConfig) => boolean,
  intake: Intake,
): Promise<readonly ImageChange[]> {
  const [old, now] = [before, after].map(project => project.configs.filter(isAsked)) as [ImageConfig[], ImageConfig[]];
  const wasThere = new Map(old.map(config => [config.variant.name, config]));
  const isThere = new Set(now.map(config => config.variant.name));
  const prints = {
    before: await fingerprints(before.graph, labelsOf(before, old), intake),
    after: await fingerprints(after.graph, labelsOf(after, now), intake),
  };
  const changes = now.map(config => {
    const earlier = wasThere.get(config.variant.name);
    return earlier === undefined
      ? { image: config.variant.name, state: 'added' as const, causes: [], packages: [] }
      : compared({ before, after }, { earlier, config }, prints);
  });
  const removed = old.filter(config => !isThere.has(config.variant.name));
  return [
    ...changes,
    ...removed.map(({ variant }) => ({ image: variant.name, state: 'removed' as const, causes: [], packages: [] })),
  ];
}

function labelsOf({ graph }: Project, configs: readonly ImageConfig[]): readonly Label[] {
  return configs.map(({ variant }) => variantLabel(variant.name, 'image')).filter(label => graph.nodes.has(label));
}

function compared(
  projects: Compared,
  { earlier, config }: { readonly earlier: ImageConfig; readonly config: ImageConfig },
  prints: { readonly before: Fingerprints; readonly after: Fingerprints },
): ImageChange {
  const image = config.variant.name;
  const label = variantLabel(image, 'image');
  const [was, is] = [prints.before.get(label)?.key, prints.after.get(label)?.key];
  if (was === is) return { image, state: 'unchanged', causes: [], packages: [] };
  const [old, now] = [packagesOf(projects.before, earlier), packagesOf(projects.after, config)];
  if (old === undefined || now === undefined) return { image, state: 'not locked', causes: [], packages: [] };
  const packages = packageChanges(old, now);
  const size = (listed: readonly { readonly size: number }[]): number =>
    listed.reduce((sum, each) => sum + each.size, 0);
  return {
    ...{ image, state: 'changed', packages },
    causes: causesOf(label, { prints, settings: settingChanges(earlier, config), hasPackages: packages.length > 0 }),
    ...(packages.length === 0 ? {} : { download: size(now) - size(old) }),
  };
}

/** Undefined if the lock has no packages for it. */
function packagesOf({ lock }: Project, config: ImageConfig) {
  const set = packageSet(config);
  const request = set.ok ? variantRequest(`${config.version}/${config.arch}`, set.value) : undefined;
  const packages = request === undefined ? undefined : closurePackages(lock, request.key);
  return packages?.map(each => ({ ...each, repository: each.index }));
}

/** `motd`, `packages.add`: the settings that differ, without what a new release of Alpine alone changes. */
function settingChanges(earlier: ImageConfig, config: ImageConfig): readonly string[] {
  const [was, is] = [earlier, config].map(each => leavesOf(variantRecord(each)).map(leaf => JSON.stringify(leaf)));
  const differing = [
    ...(was ?? []).filter(leaf => !is?.includes(leaf)),
    ...(is ?? []).filter(leaf => !was?.includes(leaf)),
  ];
  return [...new Set(differing.map(leaf => (JSON.parse(leaf) as readonly [string])[0]))];
}

/** The ends of the paths along which the image depends on something that changed. */
function causesOf(
  image: Label,
  {
    prints,
    settings,
    hasPackages,
  }: {
    readonly prints: { readonly before: Fingerprints; readonly after: Fingerprints };
    readonly settings: readonly string[];
    readonly hasPackages: boolean;
  },
): readonly string[] {
  const causes = new Set<string>();
  const seen = new Set<Label>();
  const open = [image];
  for (let label = open.pop(); label !== undefined; label = open.pop()) {
    if (seen.has(label)) continue;
    seen.add(label);
    const [was, is] = [prints.before.get(label), prints.after.get(label)];
    if (is === undefined || was?.key === is.key) continue;
    const { kind } = is.node;
    if (kind === 'source') causes.add(`${label.replace(/^\/\/source\//, '')} changed`);
    else if (is.node.type === 'leaf') causes.add(`${label} changed`);
    else if (kind !== 'package' && was !== undefined && was.own !== is.own)
      for (const cause of ownCauses(label, settings)) causes.add(cause);
    const dependencies = dependenciesOf(is.node);
    const left = was === undefined ? [] : dependenciesOf(was.node).filter(each => !dependencies.includes(each));
    for (const each of left)
      if (each.startsWith('//source/')) causes.add(`${each.slice('//source/'.length)} is not used any more`);
    open.push(...dependencies);
  }
  // A changed set of packages follows from the setting or from the lock.
  const words = [...causes];
  if (hasPackages && !settings.some(setting => setting.startsWith('packages')))
    words.push('packages changed in the lock');
  return words.sort();
}

function ownCauses(label: Label, settings: readonly string[]): readonly string[] {
  return settings.length === 0 ? [`${label} is made differently`] : [`settings changed: ${settings.join(', ')}`];
}
