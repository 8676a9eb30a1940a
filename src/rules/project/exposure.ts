/**
 * Which images have packages with known vulnerabilities, by the lock and by security databases. Asks nobody, and says nothing of what the
 * databases do not have: what Alpine has not fixed is in none.
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
  /** False where the versions cannot be compared, so that nobody can tell. */
  readonly certain: boolean;
  readonly images: readonly ExposedImage[];
}

export interface ExposedImage {
  readonly config: ImageConfig;
  /** What its packages are chosen by. */
  readonly request: ClosureRequest;
}

export interface Exposures {
  /** By package, then by vulnerability. */
  readonly found: readonly Exposure[];
  /** How many images were looked at. */
  readonly looked: number;
  /** Images that the mirror serves, and that the lock says nothing of. */
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
  /** By what tells packages apart. */
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
      // It is installed, and gone again when the image is finished.
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
