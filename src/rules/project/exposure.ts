/**
 * Which images have packages with known vulnerabilities, from the lock and the security databases. Uses no network. Cannot report
 * vulnerabilities that Alpine has not fixed, because they are not in the databases.
 */
import { type ClosurePackage, closurePackages } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import { repositoryOf } from '../../alpine/security/fetch-secdb.ts';
import type { Secdb } from '../../alpine/security/secdb.ts';
import { type Vulnerability, vulnerabilitiesOf } from '../../alpine/security/vulnerabilities.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { packageSet } from '../package-set.ts';
import { type ClosureRequest, variantRequest } from '../supply/closure-request.ts';

/** A vulnerable package, with the images that have it. */
export interface Exposure extends Vulnerability {
  readonly package: Pick<ClosurePackage, 'index' | 'name' | 'version' | 'origin'>;
  /** False if the versions cannot be compared. */
  readonly certain: boolean;
  readonly images: readonly ExposedImage[];
}

export interface ExposedImage {
  readonly config: ImageConfig;
  /** The request that its packages were resolved for. */
  readonly request: ClosureRequest;
}

export interface Exposures {
  /** By package, then by vulnerability. */
  readonly found: readonly Exposure[];
  /** The number of checked images. */
  readonly looked: number;
  /** Images that the mirror serves, but that have no packages in the lock. */
  readonly unlocked: readonly ImageConfig[];
}

/** `databases` are by repository: `v3.20/main`. */
export function exposuresOf(
  lock: Lock,
  configs: readonly ImageConfig[],
  databases: ReadonlyMap<string, Secdb>,
): Exposures {
  const unlocked: ImageConfig[] = [];
  let looked = 0;
  /** By index, name and version. */
  const holders = new Map<string, { readonly entry: ClosurePackage; readonly images: ExposedImage[] }>();
  for (const config of configs) {
    const set = packageSet(config);
    if (!set.ok) continue;
    const request = variantRequest(`${config.version}/${config.arch}`, set.value);
    const packages = closurePackages(lock, request.key);
    const isServed = set.value.repositories.every(({ path }) => lock.indexes[path] !== undefined);
    if (packages === undefined && isServed) unlocked.push(config);
    if (packages !== undefined) looked += 1;
    for (const entry of packages ?? []) {
      // It is removed again before the image is finished.
      if (set.value.delete.includes(entry.name)) continue;
      const place = `${entry.index}/${entry.name}-${entry.version}`;
      const holder = holders.get(place) ?? { entry, images: [] };
      holders.set(place, holder);
      holder.images.push({ config, request });
    }
  }
  const found = [...holders.values()].flatMap(({ entry, images }) => {
    const db = databases.get(repositoryOf(entry.index));
    const [judged] = db === undefined ? [] : vulnerabilitiesOf(db, [entry]);
    const exposed = (list: readonly Vulnerability[] = [], certain: boolean) =>
      list.map((vulnerability): Exposure => ({ ...vulnerability, package: entry, certain, images }));
    return [...exposed(judged?.vulnerabilities, true), ...exposed(judged?.cannotTell, false)];
  });
  found.sort(
    (a, b) =>
      compareUtf8(a.package.name, b.package.name) ||
      compareUtf8(a.package.index, b.package.index) ||
      compareUtf8(a.ids[0], b.ids[0]),
  );
  return { found, looked, unlocked };
}
