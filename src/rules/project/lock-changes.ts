/** Compares two locks for the images of a configuration: changed packages, each with the images that use it. */
import { type ClosurePackage, closurePackages } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { firmwareLabel, toolboxLabel } from '../labels.ts';
import { type PackageChange, packageChanges } from '../package-changes.ts';
import { packageSet } from '../package-set.ts';
import { firmwareRequest, toolboxRequest, variantRequest } from '../supply/closure-request.ts';

export interface LockedChange extends PackageChange {
  /** Names of variants, in the order of the configuration, followed by the labels of tools and firmware. */
  readonly images: readonly string[];
}

export interface LockChanges {
  /** By name. */
  readonly packages: readonly LockedChange[];
  /** Images without packages in the older lock, which cannot be compared. */
  readonly first: readonly string[];
}

export function lockChanges(before: Lock | undefined, after: Lock, configs: readonly ImageConfig[]): LockChanges {
  const changes = new Map<string, PackageChange & { readonly images: string[] }>();
  const first: string[] = [];
  const known = new Map<string, readonly PackageChange[] | undefined>();
  const arches = new Set(configs.map(({ arch }) => arch));
  const holders = [
    ...configs.flatMap(config => {
      const set = packageSet(config);
      return set.ok
        ? [[config.variant.name, variantRequest(`${config.version}/${config.arch}`, set.value)] as const]
        : [];
    }),
    // The tools affect every disk, the firmware every boot.
    ...[...arches].flatMap(arch => [
      [toolboxLabel(arch), toolboxRequest(after.builder, arch)] as const,
      [firmwareLabel(arch), firmwareRequest(after.builder, arch)] as const,
    ]),
  ];
  for (const [holder, request] of holders) {
    if (request === undefined) continue;
    const { key } = request;
    const now = closurePackages(after, key);
    // The mirror does not serve the architecture.
    if (now === undefined) continue;
    if (!known.has(key)) known.set(key, changesOf(before && closurePackages(before, key), now));
    const own = known.get(key);
    if (own === undefined && isImage(holder)) first.push(holder);
    for (const change of own ?? []) {
      const same = JSON.stringify([change.name, change.repository, change.before, change.after]);
      const listed = changes.get(same) ?? { ...change, images: [] };
      listed.images.push(holder);
      changes.set(same, listed);
    }
  }
  const packages = [...changes.values()];
  packages.sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.repository, b.repository));
  return { packages, first };
}

function isImage(holder: string): boolean {
  return holder.includes('@');
}

/** Undefined if the packages before are unknown. */
function changesOf(
  before: readonly ClosurePackage[] | undefined,
  after: readonly ClosurePackage[],
): readonly PackageChange[] | undefined {
  if (before === undefined) return undefined;
  const listed = (packages: readonly ClosurePackage[]) => packages.map(each => ({ ...each, repository: each.index }));
  return packageChanges(listed(before), listed(after));
}
