/** What of a project may go, and why: by rules alone, from what stands there. Asks nobody, and removes nothing. */
import type { StandingBucket, StandingImage, StandingSnapshot, Standings } from './images-of-project.ts';

export interface PruneRules {
  /** How many releases of a variant stay at least, whatever is past its end of life; at least 1. */
  readonly keep: number;
  /** Days that an image must be old. */
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
/** A snapshot that no image stands on, or the bucket of an import, may be somebody's who is at it. */
const ORPHAN_DAYS = 2;

/**
 * Revisions that a later published one of the same image has taken the place of, images past their end of life, and snapshots that a killed run has
 * left. The newest releases of a variant stay, past their end or not.
 */
export function pruned({ images, orphans }: Standings, { keep, olderThan, now }: PruneRules): readonly Pruned[] {
  const isOld = ({ made }: { readonly made: number }): boolean => now - made >= olderThan * DAY_MS;
  /** The newest revision that whoever may use this one may use instead. */
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

/** Of the account: whose project they were made for cannot be told. */
export function prunedBuckets(buckets: readonly StandingBucket[], now: number): readonly Pruned[] {
  return buckets.filter(bucket => isLeft(bucket, now)).map(bucket => ({ bucket, why: 'left over from an import' }));
}

/** Places and images of the newest releases of each variant, by when the first of each was made. */
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
