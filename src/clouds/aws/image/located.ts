/** What stands at AWS under the name of an image, in all regions in which it may: for its revision, and for what is in the way of a new one. */
import { DeregisterImageCommand, type Image } from '@aws-sdk/client-ec2';
import type { FindContext } from '../../../engine/model/external.ts';
import type { Sha256 } from '../../../store/content/digest.ts';
import type { Failure } from '../../../util/failure.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type Located, revisionOf } from '../../revision.ts';
import { askAws, placeName } from '../account/ask-aws.ts';
import { type Asking, callOf, ownImages } from '../account/describe.ts';
import { diskOf, TAG, tagOf } from './aws-image.ts';
import type { AwsTarget } from './aws-target.ts';
import { checkPublicAccess } from './public-access.ts';

/** Which revision is to be made; the same for all regions, whoever asks first. */
export async function revisionAt(target: AwsTarget, { object, signal }: FindContext): Promise<Result<number>> {
  const { connection, regions, image, revise } = target;
  const wanted = { [TAG.project]: image.project, [TAG.imageKey]: image.imageKey };
  const answers = await Promise.all(regions.map(region => ownImages({ connection, region, signal }, wanted)));
  const located: Located[] = [];
  for (const answer of answers) {
    // A region that is closed has nothing that anybody could use.
    if (!answer.ok) continue;
    for (const each of answer.value) located.push(...locatedOf(each));
  }
  return revisionOf(located, { content: diskOf(object).hash, revise });
}

/** What refuses an image is told before a byte of it is sent. */
export async function preflight(target: AwsTarget, context: FindContext): Promise<Result<void>> {
  const revision = await revisionAt(target, context);
  if (!revision.ok) return revision;
  const { connection, place, image, publicIn } = target;
  const asking = { connection, region: place.region, signal: context.signal };
  const shareable = await checkPublicAccess(asking, publicIn);
  if (!shareable.ok) return shareable;
  const name = image.name(revision.value);
  const found = await ownImages(asking, { name });
  if (!found.ok) return found;
  const other = found.value.find(each => tagOf(each, TAG.identity) !== context.identity && !mayGiveWay(each, target));
  return other === undefined ? ok(undefined) : fail(nameTaken(other, name, place.region));
}

function locatedOf(image: Image): readonly Located[] {
  const [revision, disk] = [tagOf(image, TAG.revision), tagOf(image, TAG.disk)];
  if (revision === undefined || !/^\d+$/.test(revision)) return [];
  return [{ revision: Number(revision), published: isPublished(image), content: (disk ?? '') as Sha256 }];
}

/** The mark is set before anybody may use it. */
export function isPublished(image: Image): boolean {
  return image.Public === true || tagOf(image, TAG.published) !== undefined;
}

/** Removes what an unpublished image of other content has left under a name: there is one of each revision. Gives what must stay, if there is any. */
export async function clearName(
  asking: Asking,
  target: AwsTarget,
  about: { readonly name: string; readonly identity: Sha256 },
): Promise<Result<Image | undefined>> {
  const { name, identity } = about;
  const found = await ownImages(asking, { name });
  if (!found.ok) return found;
  for (const image of found.value) {
    if (tagOf(image, TAG.identity) === identity) continue;
    if (!mayGiveWay(image, target)) return ok(image);
    const removed = await removeImage(asking, image.ImageId ?? '');
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

/** It is an earlier content of the same image, and nobody may use it. */
export function mayGiveWay(image: Image, { image: { project, imageKey } }: AwsTarget): boolean {
  return tagOf(image, TAG.project) === project && tagOf(image, TAG.imageKey) === imageKey && !isPublished(image);
}

/** With its snapshots. One that is gone already is as good. */
export async function removeImage(asking: Asking, id: string): Promise<Result<void>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DeregisterImage' }, () =>
    client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true })),
  );
  return answer.ok || answer.refusal.kind === 'absent' ? ok(undefined) : answer;
}

/** Of a name that cannot be had. */
export function nameTaken({ ImageId = '' }: Image, name: string, region: string): Failure {
  return {
    code: 'AIB_PROVIDER',
    what: `The name ${name} is taken`,
    where: placeName(region),
    got: `${ImageId}, which is published or none of this project's`,
    hint: 'remove that image, or choose another name',
  };
}
