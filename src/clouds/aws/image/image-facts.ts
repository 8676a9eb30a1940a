/** The facts of an image at AWS, found or made, and the state of a pending image. Never changes anything. */
import type { Image } from '@aws-sdk/client-ec2';
import type { Facts, FindContext, Finding } from '../../../engine/model/external.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { placeName } from '../account/ask-aws.ts';
import { type Asking, imageOf, ownImages } from '../account/describe.ts';
import { TAG, tagOf } from './aws-image.ts';
import type { AwsTarget, Begun } from './aws-target.ts';

/** For an available image. */
export function factsOf(image: Image, { account, region }: AwsTarget['place']): Facts {
  const { ImageId = '', Name = '' } = image;
  const [snapshot = ''] = snapshotsOf(image);
  const revision = tagOf(image, TAG.revision) ?? '';
  return { image: ImageId, name: Name, region, account, snapshot, revision };
}

/** The snapshots of its disks; those of a pending image may be unknown. */
export function snapshotsOf({ BlockDeviceMappings = [] }: Image): readonly string[] {
  return BlockDeviceMappings.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []);
}

/** By its tag. A failed image counts as absent. */
export async function findImage(target: AwsTarget, context: FindContext): Promise<Result<Finding>> {
  const found = await ownImages(askingOf(target, context), { [TAG.identity]: context.identity });
  if (!found.ok) return found;
  const image = found.value.find(each => !hasFailed(each));
  if (image === undefined) return ok({ state: 'absent' });
  if (image.State === 'available') return ok({ state: 'there', facts: factsOf(image, target.place) });
  return ok(pending(target, { image: image.ImageId ?? '' }));
}

/** By its id: an image that was just created may not be visible by its tag yet. */
export async function pollImage(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Finding>> {
  const { image: id = '', looks: before = '0', ...rest } = handle;
  const seen = await imageOf(askingOf(target, context), id);
  if (!seen.ok) return seen;
  const { connection, place } = target;
  if (seen.value === undefined) {
    const looks = Number(before) + 1;
    if (looks > connection.looks) return ok({ state: 'absent' });
    return ok(pending(target, { ...rest, image: id, looks: String(looks) }));
  }
  const { State, StateReason } = seen.value;
  if (State === 'available') return ok({ state: 'there', facts: factsOf(seen.value, place) });
  if (State === 'pending') return ok(pending(target, { ...rest, image: id }));
  return fail({
    code: 'AIB_PROVIDER',
    what: `AWS did not finish the image ${id}`,
    where: placeName(place.region),
    got: `state ${State ?? 'unknown'}: ${StateReason?.Message ?? 'no reason given'}`,
  });
}

/** A pending object; its handle is for the next poll. */
export function pending({ connection }: AwsTarget, handle: Facts): Begun {
  return { state: 'pending', handle, again: connection.pollMs };
}

export function askingOf({ connection, place }: AwsTarget, { signal }: FindContext): Asking {
  return { connection, region: place.region, signal };
}

/** Whether it will never be available; an invisible image may still be pending. */
export function hasFailed(image: Image | undefined): boolean {
  return image !== undefined && image.State !== 'available' && image.State !== 'pending';
}
