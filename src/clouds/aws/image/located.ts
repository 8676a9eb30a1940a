/**
 * Finds the images with a name or key in all regions, to determine the revision of a new image, and to clear its name. Never removes a
 * shared image.
 */
import { DeregisterImageCommand, DisableImageDeregistrationProtectionCommand, type Image } from '@aws-sdk/client-ec2';
import type { FindContext } from '../../../engine/model/external.ts';
import type { Sha256 } from '../../../store/content/digest.ts';
import type { Failure } from '../../../util/failure.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type Located, revisionOf } from '../../revision.ts';
import { askAws, placeName } from '../account/ask-aws.ts';
import { type Asking, callOf, imageOf, launchPermissions, ownImages } from '../account/describe.ts';
import { checkPublicAccess, encryptsAll } from '../account/public-access.ts';
import { type AwsImage, diskOf, TAG, tagOf } from './aws-image.ts';
import type { AwsTarget } from './aws-target.ts';
import { hasFailed } from './image-facts.ts';

/** Answers of a region that is not enabled or does not exist: it has no images. */
const CLOSED: ReadonlySet<string> = new Set(['OptInRequired', 'AuthFailure', 'ENOTFOUND']);

/** The revision to make; the same for all regions. */
export async function revisionAt(target: AwsTarget, { object, signal }: FindContext): Promise<Result<number>> {
  const { connection, regions, image, revise } = target;
  const wanted = { [TAG.project]: image.project, [TAG.imageKey]: image.imageKey };
  const answers = await Promise.all(regions.map(region => ownImages({ connection, region, signal }, wanted)));
  const located: Located[] = [];
  for (const answer of answers) {
    if (!answer.ok && CLOSED.has(answer.refusal.code)) continue;
    if (!answer.ok) return answer;
    for (const each of answer.value) located.push(...locatedOf(each));
  }
  return revisionOf(located, { content: diskOf(object).hash, revise });
}

/** Reports every reason for a refusal before a byte is sent. */
export async function preflight(
  target: AwsTarget,
  context: FindContext,
): Promise<Result<{ readonly encryptsAll: boolean }>> {
  const revision = await revisionAt(target, context);
  if (!revision.ok) return revision;
  const { connection, place, image, publicIn } = target;
  const asking = { connection, region: place.region, signal: context.signal };
  const name = image.name(revision.value);
  const wrong = imageFault(image, place.region, name, publicIn.length > 0);
  if (wrong !== undefined) return fail(wrong);
  const shareable = await checkPublicAccess(asking, publicIn);
  if (!shareable.ok) return shareable;
  const encrypts = await encryptsAll(asking);
  if (!encrypts.ok) return encrypts;
  if (encrypts.value && publicIn.length > 0)
    return fail({
      code: 'AIB_PROVIDER',
      what: 'The account encrypts new snapshots in this region, and encrypted images cannot be public',
      where: placeName(place.region),
      hint: 'run aws ec2 disable-ebs-encryption-by-default, or import in another region (AWS_REGION)',
    });
  const found = await ownImages(asking, { name });
  if (!found.ok) return found;
  const other = found.value.find(each => tagOf(each, TAG.identity) !== context.identity && !mayGiveWay(each, target));
  return other === undefined ? ok({ encryptsAll: encrypts.value }) : fail(nameTaken(other, name, place.region));
}

function locatedOf(image: Image): readonly Located[] {
  const [revision, disk] = [tagOf(image, TAG.revision), tagOf(image, TAG.disk)];
  if (revision === undefined || !/^\d+$/.test(revision)) return [];
  return [{ revision: Number(revision), published: isPublished(image), content: (disk ?? '') as Sha256 }];
}

/** The tag is set when others may use it. */
export function isPublished(image: Image): boolean {
  return image.Public === true || tagOf(image, TAG.published) !== undefined;
}

interface Cleared {
  /** Another image with this name, which must stay. */
  readonly other?: Image;
  /** The wanted image itself. */
  readonly own?: Image;
}

/** Removes unpublished images with other content under a name, because each revision has one image. */
export async function clearName(
  asking: Asking,
  target: AwsTarget,
  about: { readonly name: string; readonly identity: Sha256 },
): Promise<Result<Cleared>> {
  const { name, identity } = about;
  const found = await ownImages(asking, { name });
  if (!found.ok) return found;
  const own = found.value.find(image => tagOf(image, TAG.identity) === identity && !hasFailed(image));
  if (own !== undefined) return ok({ own });
  for (const image of found.value) {
    // The next attempt removes our own failed image.
    if (tagOf(image, TAG.identity) === identity) continue;
    const removed = mayGiveWay(image, target) ? await takeBack(asking, image.ImageId ?? '') : ok('shared' as const);
    if (!removed.ok) return removed;
    if (removed.value === 'shared') return ok({ other: image });
  }
  return ok({});
}

/** Whether it is an earlier content of the same image by aib, and unpublished according to its tags. */
export function mayGiveWay(image: Image, { image: { project, imageKey } }: AwsTarget): boolean {
  return (
    tagOf(image, TAG.identity) !== undefined &&
    tagOf(image, TAG.project) === project &&
    tagOf(image, TAG.imageKey) === imageKey &&
    !isPublished(image)
  );
}

/** Removes an image unless it is shared; this is checked directly before, because another user may have shared it just now or by hand. */
export async function takeBack(asking: Asking, id: string): Promise<Result<'removed' | 'shared'>> {
  const seen = await imageOf(asking, id);
  if (!seen.ok) return seen;
  if (seen.value === undefined) return ok('removed');
  if (isPublished(seen.value)) return ok('shared');
  if (seen.value.State === 'available') {
    const permissions = await launchPermissions(asking, id);
    if (!permissions.ok) return permissions;
    if (permissions.value.length > 0) return ok('shared');
  }
  const removed = await removeImage(asking, id);
  return removed.ok ? ok('removed') : removed;
}

/** Removes an image with its snapshots, and first the protection by aib. A missing image is not an error. */
export async function removeImage(asking: Asking, id: string): Promise<Result<void>> {
  const client = asking.connection.ec2(asking.region);
  const unprotected = await endProtection(asking, id);
  if (!unprotected.ok) return unprotected;
  const answer = await askAws({ ...callOf(asking), action: 'DeregisterImage' }, () =>
    client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true })),
  );
  if (!answer.ok) {
    if (answer.refusal.kind !== 'absent') return answer;
    // AWS reports the same for an image in a wrong state.
    const seen = await imageOf(asking, id);
    return seen.ok && seen.value !== undefined ? answer : ok(undefined);
  }
  const left = (answer.value.DeleteSnapshotResults ?? []).filter(
    ({ ReturnCode }) => ReturnCode !== 'success' && ReturnCode !== 'skipped',
  );
  if (left.length === 0) return ok(undefined);
  return fail({
    code: 'AIB_PROVIDER',
    what: `The image ${id} was removed, but its snapshot was not`,
    where: placeName(asking.region),
    got: left.map(({ SnapshotId, ReturnCode }) => `${SnapshotId}: ${ReturnCode}`).join(', '),
    hint: 'give aib the rights to delete snapshots, and run aib prune',
  });
}

/** A protection by hand stays, and AWS then refuses the removal. */
async function endProtection(asking: Asking, id: string): Promise<Result<unknown>> {
  const seen = await imageOf(asking, id);
  if (!seen.ok) return seen;
  const { DeregistrationProtection: protection = 'disabled' } = seen.value ?? {};
  if (seen.value === undefined || protection === 'disabled' || tagOf(seen.value, TAG.protected) === undefined)
    return ok(undefined);
  const client = asking.connection.ec2(asking.region);
  return askAws({ ...callOf(asking), action: 'DisableImageDeregistrationProtection' }, () =>
    client.send(new DisableImageDeregistrationProtectionCommand({ ImageId: id })),
  );
}

/** Faults that AWS would report only after everything was sent. */
export function imageFault(image: AwsImage, region: string, name: string, isPublic: boolean): Failure | undefined {
  const { encrypted } = image;
  const where = placeName(region);
  if (!/^[A-Za-z0-9()[\] ./'@_-]{3,128}$/.test(name))
    return {
      code: 'AIB_PROVIDER',
      what: 'AWS does not accept this image name',
      where,
      got: name,
      hint: "use 3 to 128 letters, digits, spaces and any of ()[]./-'@_: see name in the configuration",
    };
  if (image.tpm && image.bootMode !== 'uefi')
    return {
      code: 'AIB_PROVIDER',
      what: 'A TPM requires UEFI firmware',
      where,
      got: `tpm = true, ${image.bootMode}`,
      hint: 'leave out tpm for variants with firmware bios',
    };
  if (isPublic && encrypted !== false)
    return {
      code: 'AIB_PROVIDER',
      what: 'An encrypted image cannot be public',
      where,
      got: `encrypted = ${encrypted}, access { PUBLIC = true }`,
      hint: 'leave out one of them, or share it with single accounts',
    };
  const keyRegion = typeof encrypted === 'string' ? /^arn:[\w-]+:kms:([\w-]+):/.exec(encrypted)?.[1] : undefined;
  if (keyRegion === undefined || keyRegion === region) return undefined;
  return {
    code: 'AIB_PROVIDER',
    what: `The key is in ${keyRegion}, and cannot encrypt in another region`,
    where,
    got: String(encrypted),
    hint: "set encrypted = true, which uses each region's own key",
  };
}

/** For a name that is not available. */
export function nameTaken({ ImageId = '' }: Image, name: string, region: string): Failure {
  return {
    code: 'AIB_PROVIDER',
    what: `The name ${name} is taken`,
    where: placeName(region),
    got: `${ImageId}, which is published or does not belong to this project`,
    hint: 'remove that image, or choose another name',
  };
}
