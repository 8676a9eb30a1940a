/** Vulnerable packages, as a table for users and as records for programs. */
import type { Exposure } from '../../rules/project/exposure.ts';
import { columns } from '../text/columns.ts';

/** `looked` is the number of checked images. */
export function exposureLines(found: readonly Exposure[], looked: number): readonly string[] {
  if (found.length === 0)
    return [`no package of ${looked === 1 ? 'this image' : `these ${looked} images`} has a known vulnerability`];
  const rows = found.map(({ ids, package: { name, version }, fixed, certain, images }) => [
    ids[0],
    name,
    certain ? version : `${version} (cannot be compared)`,
    fixed,
    images.length <= 2 ? images.map(({ config }) => config.variant.name).join(', ') : `${images.length} images`,
  ]);
  return columns([['vulnerability', 'package', 'version', 'fixed in', 'images'], ...rows]);
}

/** `certain` is false if the versions cannot be compared. */
export function exposureRecord({ ids, package: entry, fixed, certain, images }: Exposure) {
  const { name, version, origin, index } = entry;
  const names = images.map(({ config }) => config.variant.name);
  return { ids, package: name, version, origin, repository: index, fixed, certain, images: names };
}
