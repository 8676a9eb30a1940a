/** Selects the objects of a project to prune, with reasons, from their list and the rules. Never calls AWS, and removes nothing. */
import type { StandingBucket, StandingImage, StandingSnapshot, Standings } from './images-of-project.ts';

export interface PruneRules {
  /** The number of releases of a variant to keep, even after their end of life; at least 1. */
  readonly keep: number;
  /** The minimum age of an image in days. */
  readonly olderThan: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Pruned {
  readonly image?: StandingImage;
  readonly snapshot?: StandingSnapshot;
  readonly bucket?: StandingBucket;
  readonly why: string;
}

const DAY_MS = 86_400_000;
/** An unused snapshot, or the bucket of an import, may belong to a run in progress. */
const ORPHAN_DAYS = 2;

/**
 * Revisions that a later published revision supersedes, images past their end of life, and snapshots of killed runs. The newest releases of
 * a variant stay, even past their end.
 */
export function pruned({ images, orphans }: Standings, { keep, olderThan, now }: PruneRules): readonly Pruned[] {
  const isOld = ({ made }: { readonly made: number }): boolean => now - made >= olderThan * DAY_MS;
  /** The newest revision that all users of this one may use instead. */
  const newerThan = ({ region, imageKey, revision, isPublic }: StandingImage): number | undefined => {
    const same = images.filter(other => other.region === region && other.imageKey === imageKey);
    const able = same.filter(other => other.published && (other.isPublic || !isPublic) && other.revision > revision);
    return able.length === 0 ? undefined : Math.max(...able.map(other => other.revision));
  };
  const kept = keptReleases(images, keep);
  const today = new Date(now).toISOString().slice(0, 10);
  const reasonOf = (image: StandingImage): string | undefined => {
    const { region, imageKey, endOfLife } = image;
    const newer = newerThan(image);
    if (newer !== undefined) return `superseded by r${newer}`;
    if (endOfLife !== undefined && endOfLife < today && !kept.has(`${region} ${imageKey}`))
      return `its end of life was on ${endOfLife}`;
    return undefined;
  };
  return [
    ...images.flatMap(image => {
      const why = isOld(image) ? reasonOf(image) : undefined;
      return why === undefined ? [] : [{ image, why }];
    }),
    ...orphans.filter(snapshot => isLeft(snapshot, now)).map(snapshot => ({ snapshot, why: 'no image uses it' })),
  ];
}

function isLeft({ made }: { readonly made: number }, now: number): boolean {
  return now - made >= ORPHAN_DAYS * DAY_MS;
}

/** Buckets of the account: their project is unknown. */
export function prunedBuckets(buckets: readonly StandingBucket[], now: number): readonly Pruned[] {
  return buckets.filter(bucket => isLeft(bucket, now)).map(bucket => ({ bucket, why: 'left over from an import' }));
}

/** Regions and image keys of the newest releases of each variant, by the creation of the first image of each release. */
function keptReleases(images: readonly StandingImage[], keep: number): ReadonlySet<string> {
  const byVariant = new Map<string, Map<string, number>>();
  for (const { region, variant, imageKey, made } of images) {
    const releases = byVariant.get(`${region} ${variant}`) ?? new Map<string, number>();
    releases.set(imageKey, Math.min(releases.get(imageKey) ?? Number.POSITIVE_INFINITY, made));
    byVariant.set(`${region} ${variant}`, releases);
  }
  return new Set(
    [...byVariant].flatMap(([place, releases]) => {
      const [region] = place.split(' ');
      const newest = [...releases].sort(([, a], [, b]) => b - a).slice(0, keep);
      return newest.map(([imageKey]) => `${region} ${imageKey}`);
    }),
  );
}
