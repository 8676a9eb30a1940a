/** The images of a project at AWS, in all enabled regions of the account, by their tags: independent of their builder and its store. */
import type { Image, Snapshot } from '@aws-sdk/client-ec2';
import { ok, type Result } from '../../../util/result.ts';
import type { AwsConnection } from '../account/connection.ts';
import { type Asking, ownImages, ownSnapshots } from '../account/describe.ts';
import { TAG, tagOf } from './aws-image.ts';
import { snapshotsOf } from './image-facts.ts';
import { isPublished } from './located.ts';

export interface StandingImage {
  readonly region: string;
  readonly id: string;
  readonly name: string;
  /** The identity of the object. */
  readonly identity: string | undefined;
  readonly imageKey: string;
  readonly variant: string;
  readonly revision: number;
  /** Whether others may use it. */
  readonly published: boolean;
  /** Whether everyone may use it. */
  readonly isPublic: boolean;
  /** Milliseconds since 1970. */
  readonly made: number;
  /** A date; undefined if there is none. */
  readonly endOfLife: string | undefined;
  readonly snapshots: readonly string[];
}

export interface StandingSnapshot {
  readonly region: string;
  readonly id: string;
  readonly state: string;
  readonly made: number;
}

/** A bucket for an import, which is useless after it. */
export interface StandingBucket {
  readonly region: string;
  readonly id: string;
  readonly made: number;
}

export interface Standings {
  readonly images: readonly StandingImage[];
  /** Snapshots by aib that no image of the account uses. */
  readonly orphans: readonly StandingSnapshot[];
}

/** `wanted` are additional required tags of images. */
export async function standingsOf(
  project: string,
  regions: readonly string[],
  { connection, signal }: { readonly connection: AwsConnection; readonly signal: AbortSignal },
  wanted: Readonly<Record<string, string>> = {},
): Promise<Result<Standings>> {
  const found = await Promise.all(regions.map(region => inRegion({ connection, region, signal }, project, wanted)));
  const images: StandingImage[] = [];
  const orphans: StandingSnapshot[] = [];
  for (const each of found) {
    if (!each.ok) return each;
    images.push(...each.value.images);
    orphans.push(...each.value.orphans);
  }
  return ok({ images, orphans });
}

async function inRegion(
  asking: Asking,
  project: string,
  wanted: Readonly<Record<string, string>>,
): Promise<Result<Standings>> {
  const { region } = asking;
  const all = await ownImages(asking, { [TAG.project]: project });
  if (!all.ok) return all;
  const snapshots = await ownSnapshots(asking, { [TAG.project]: project });
  if (!snapshots.ok) return snapshots;
  const used = new Set(all.value.flatMap(snapshotsOf));
  // Objects of another builder for the same project are not aib's to remove.
  const isMeant = (image: Image): boolean =>
    tagOf(image, TAG.identity) !== undefined &&
    Object.entries(wanted).every(([key, value]) => tagOf(image, key) === value);
  return ok({
    images: all.value.filter(isMeant).map(image => standing(image, region)),
    orphans: snapshots.value
      .filter(each => tagOf(each, TAG.identity) !== undefined && !used.has(each.SnapshotId ?? ''))
      .map((each: Snapshot) => ({
        ...{ region, id: each.SnapshotId ?? '', state: each.State ?? '' },
        made: each.StartTime?.getTime() ?? 0,
      })),
  });
}

function standing(image: Image, region: string): StandingImage {
  const { ImageId = '', Name = '', CreationDate = '' } = image;
  const revision = Number(tagOf(image, TAG.revision) ?? 0);
  return {
    ...{ region, id: ImageId, name: Name, identity: tagOf(image, TAG.identity), published: isPublished(image) },
    imageKey: tagOf(image, TAG.imageKey) ?? '',
    variant: tagOf(image, TAG.variant) ?? '',
    isPublic: image.Public === true,
    revision: Number.isSafeInteger(revision) ? revision : 0,
    made: Date.parse(CreationDate) || 0,
    endOfLife: tagOf(image, 'end_of_life'),
    snapshots: snapshotsOf(image),
  };
}
