/** What is different between two locks, for the images of a configuration: packages old and new, each with the images that take it. */
import { type ClosurePackage, closurePackages } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { type PackageChange, packageChanges } from '../package-changes.ts';
import { packageSet } from '../package-set.ts';
import { variantRequest } from '../supply/closure-request.ts';

export interface LockedChange extends PackageChange {
  /** Names of variants, in the order of the configuration. */
  readonly images: readonly string[];
}

export interface LockChanges {
  /** By name. */
  readonly packages: readonly LockedChange[];
  /** Images that the older lock says nothing of, so that nothing can be compared. */
  readonly first: readonly string[];
}

export function lockChanges(before: Lock | undefined, after: Lock, configs: readonly ImageConfig[]): LockChanges {
  const changes = new Map<string, PackageChange & { readonly images: string[] }>();
  const first: string[] = [];
  const known = new Map<string, readonly PackageChange[] | undefined>();
  for (const config of configs) {
    const set = packageSet(config);
    if (!set.ok) continue;
    const { key } = variantRequest(`${config.version}/${config.arch}`, set.value);
    const now = closurePackages(after, key);
    // Of an architecture that the mirror does not serve.
    if (now === undefined) continue;
    if (!known.has(key)) known.set(key, changesOf(before && closurePackages(before, key), now));
    const own = known.get(key);
    if (own === undefined) first.push(config.variant.name);
    for (const change of own ?? []) {
      const same = JSON.stringify([change.name, change.repository, change.before, change.after]);
      const listed = changes.get(same) ?? { ...change, images: [] };
      listed.images.push(config.variant.name);
      changes.set(same, listed);
    }
  }
  const packages = [...changes.values()];
  packages.sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.repository, b.repository));
  return { packages, first };
}

/** Undefined where nothing is known of before. */
function changesOf(
  before: readonly ClosurePackage[] | undefined,
  after: readonly ClosurePackage[],
): readonly PackageChange[] | undefined {
  if (before === undefined) return undefined;
  const listed = (packages: readonly ClosurePackage[]) => packages.map(each => ({ ...each, repository: each.index }));
  return packageChanges(listed(before), listed(after));
}
