/**
 * Sets who may use an image, its description and tags, and its deprecation. Only differences are changed, so an existing publication costs
 * only queries. Access is granted last: an image is never shared before everything else is right.
 */
import {
  CreateTagsCommand,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  type Image,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import { type FindContext, type Finding, identityOf, type MakeContext } from '../../../engine/model/external.ts';
import type { Failure } from '../../../util/failure.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type AwsCall, askAws, placeName } from '../account/ask-aws.ts';
import { type Asking, callOf, imageOf, launchPermissions, ownImages, volumePermissions } from '../account/describe.ts';
import { diskOf, imageObject, imageTags, TAG, tagList, tagOf } from '../image/aws-image.ts';
import { type AwsTarget, type Begun, SOURCE, type StepWork } from '../image/aws-target.ts';
import { askingOf, factsOf, snapshotsOf } from '../image/image-facts.ts';
import {
  type AwsPublication,
  granteeOf,
  nameOfGrantee,
  newDeprecation,
  PUBLIC,
  snapshotGrantees,
} from '../image/publication.ts';

/** Who gets access, and who loses it. */
interface Sharing {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** How an image differs from its publication. */
interface Difference extends Sharing {
  readonly tags: Readonly<Record<string, string>>;
  readonly description: string | undefined;
  /** Milliseconds since 1970. */
  readonly deprecation: number | undefined;
  /** Differences of its snapshots, by their ids. */
  readonly snapshots: readonly SnapshotDifference[];
  readonly isUnprotected: boolean;
  /** A parameter that does not name the image. */
  readonly parameter: string | undefined;
  /** The time for the tag `published`, if the tag is missing. */
  readonly mark: string | undefined;
}

interface SnapshotDifference extends Sharing {
  readonly id: string;
}

export function publicationWork(target: AwsTarget, publication: AwsPublication): StepWork {
  const find = (context: FindContext): Promise<Result<Finding>> => findPublished(target, publication, context);
  return { find, make: context => make(target, publication, context), poll: (_, context) => find(context) };
}

async function findPublished(
  target: AwsTarget,
  publication: AwsPublication,
  context: FindContext,
): Promise<Result<Finding>> {
  const identity = identityOf(imageObject(target.image, target.place, diskOf(context.object)));
  const found = await ownImages(askingOf(target, context), { [TAG.identity]: identity });
  if (!found.ok) return found;
  const image = found.value.find(({ State }) => State === 'available');
  if (image === undefined) return ok({ state: 'absent' });
  const difference = await differenceOf(target, publication, image, context);
  if (!difference.ok) return difference;
  const words = differenceWords(difference.value);
  if (words.length === 0) return ok({ state: 'there', facts: factsOf(image, target.place) });
  return ok({ state: 'absent', why: words.join(', ') });
}

/** `not shared with PUBLIC, other tags: version`; empty for an image without differences. */
function differenceWords(difference: Difference): readonly string[] {
  const { tags, description, deprecation, added, removed, snapshots, isUnprotected, parameter, mark } = difference;
  const names = Object.keys(tags);
  return [
    ...(added.length === 0 ? [] : [`not shared with ${added.join(' ')}`]),
    ...(removed.length === 0 ? [] : [`still shared with ${removed.join(' ')}`]),
    ...(names.length === 0 ? [] : [`other tags: ${names.join(' ')}`]),
    ...(snapshots.length === 0 ? [] : ['its snapshot is not shared as configured']),
    ...(isUnprotected ? ['not protected'] : []),
    ...(parameter === undefined ? [] : [`the parameter ${parameter} does not name it`]),
    ...(mark === undefined ? [] : ['not marked as published']),
    ...(description === undefined ? [] : ['another description']),
    ...(deprecation === undefined
      ? []
      : [`not deprecated from ${new Date(deprecation).toISOString().slice(0, 10)} on`]),
  ];
}

async function make(target: AwsTarget, publication: AwsPublication, context: MakeContext): Promise<Result<Begun>> {
  const wrong = parameterFault(publication, target);
  if (wrong !== undefined) return fail(wrong);
  const { image: id = '' } = context.factsOf(SOURCE);
  const asking = askingOf(target, context);
  const seen = await imageOf(asking, id);
  if (!seen.ok) return seen;
  const image = seen.value;
  if (image === undefined) {
    return fail({
      code: 'AIB_OBJECT_LOST',
      what: `The image ${id} no longer exists`,
      where: placeName(target.place.region),
      hint: 'run it again with --refresh, which checks remembered objects',
    });
  }
  const difference = await differenceOf(target, publication, image, context);
  if (!difference.ok) return difference;
  const changed = await change(target, image, difference.value, context);
  return changed.ok ? ok({ state: 'there', facts: factsOf(image, target.place) }) : changed;
}

async function differenceOf(
  target: AwsTarget,
  publication: AwsPublication,
  image: Image,
  context: FindContext,
): Promise<Result<Difference>> {
  const { connection } = target;
  const asking = askingOf(target, context);
  const permissions = await launchPermissions(asking, image.ImageId ?? '');
  if (!permissions.ok) return permissions;
  const snapshots = await snapshotDifferences(asking, image, publication);
  if (!snapshots.ok) return snapshots;
  const parameter = await parameterLacking(asking, image, publication);
  if (!parameter.ok) return parameter;
  const { access, isProtected = false } = publication;
  const isUnprotected = isProtected && !(image.DeregistrationProtection ?? 'disabled').startsWith('enabled');
  const now = connection.now();
  const deprecated = image.DeprecationTime === undefined ? undefined : Date.parse(image.DeprecationTime);
  return ok({
    tags: tagsLacking(target, image, context, {
      // A protection by another user is not aib's to end.
      ...(isUnprotected || (isProtected && tagOf(image, TAG.protected) !== undefined)
        ? { [TAG.protected]: 'true' }
        : {}),
      ...(publication.sharesSnapshots === true ? { [TAG.snapshotShared]: 'true' } : {}),
    }),
    snapshots: snapshots.value,
    isUnprotected,
    parameter: parameter.value,
    mark: access.length > 0 && tagOf(image, TAG.published) === undefined ? new Date(now).toISOString() : undefined,
    description: (image.Description ?? '') === target.image.description ? undefined : target.image.description,
    deprecation: newDeprecation(publication, deprecated, now),
    ...sharingOf(permissions.value.map(nameOfGrantee), access),
  });
}

function sharingOf(has: readonly string[], wanted: readonly string[]): Sharing {
  return {
    added: wanted.filter(name => !has.includes(name)),
    removed: has.filter(name => !wanted.includes(name)),
  };
}

/** Empty, without a call, if snapshots are not shared. */
async function snapshotDifferences(
  asking: Asking,
  image: Image,
  publication: AwsPublication,
): Promise<Result<readonly SnapshotDifference[]>> {
  const isShared = publication.sharesSnapshots === true || tagOf(image, TAG.snapshotShared) !== undefined;
  if (!isShared) return ok([]);
  const wanted = snapshotGrantees(publication);
  const differences: SnapshotDifference[] = [];
  for (const id of snapshotsOf(image)) {
    const permissions = await volumePermissions(asking, id);
    if (!permissions.ok) return permissions;
    const change = sharingOf(permissions.value.map(nameOfGrantee), wanted);
    if (change.added.length + change.removed.length > 0) differences.push({ id, ...change });
  }
  return ok(differences);
}

async function parameterLacking(
  asking: Asking,
  { ImageId }: Image,
  { parameter }: AwsPublication,
): Promise<Result<string | undefined>> {
  if (parameter === undefined) return ok(undefined);
  const { parameterOf } = await import('../account/parameter-store.ts');
  const value = await parameterOf(asking, parameter);
  if (!value.ok) return value;
  return ok(value.value === ImageId ? undefined : parameter);
}

/** The tags with another value. */
function tagsLacking(
  { image: wanted, place }: AwsTarget,
  image: Image,
  { object }: FindContext,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const disk = diskOf(object);
  const identity = identityOf(imageObject(wanted, place, disk));
  const revision = Number(tagOf(image, TAG.revision) ?? 0);
  const tags = {
    ...imageTags(wanted, { identity, disk, revision }),
    ...more,
  };
  return Object.fromEntries(Object.entries(tags).filter(([key, value]) => tagOf(image, key) !== value));
}

async function change(
  target: AwsTarget,
  image: Image,
  { tags, description, deprecation, added, removed, snapshots, isUnprotected, parameter, mark }: Difference,
  context: FindContext,
): Promise<Result<unknown>> {
  const { ImageId = '' } = image;
  const client = target.connection.ec2(target.place.region);
  const call = callOf(askingOf(target, context));
  const requests: (readonly [Pick<AwsCall, 'action' | 'told'>, () => Promise<unknown>])[] = [];
  if (Object.keys(tags).length > 0) {
    const request = new CreateTagsCommand({ Resources: [ImageId, ...snapshotsOf(image)], Tags: tagList(tags) });
    requests.push([{ action: 'CreateTags' }, () => client.send(request)]);
  }
  if (description !== undefined) {
    const request = new ModifyImageAttributeCommand({ ImageId, Description: { Value: description } });
    requests.push([{ action: 'ModifyImageAttribute' }, () => client.send(request)]);
  }
  // The date is within the limit for public images, so it is valid before the image is public, too.
  if (deprecation !== undefined) {
    const request = new EnableImageDeprecationCommand({ ImageId, DeprecateAt: new Date(deprecation) });
    requests.push([{ action: 'EnableImageDeprecation' }, () => client.send(request)]);
  }
  if (isUnprotected) {
    const request = new EnableImageDeregistrationProtectionCommand({ ImageId });
    requests.push([{ action: 'EnableImageDeregistrationProtection' }, () => client.send(request)]);
  }
  for (const { id: SnapshotId, ...change } of snapshots) {
    const CreateVolumePermission = { Add: change.added.map(volumeGrantee), Remove: change.removed.map(volumeGrantee) };
    const request = new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission });
    requests.push([{ action: 'ModifySnapshotAttribute', told: ['busy'] }, () => client.send(request)]);
  }
  if (added.length + removed.length > 0) {
    const LaunchPermission = { Add: added.map(granteeOf), Remove: removed.map(granteeOf) };
    const request = new ModifyImageAttributeCommand({ ImageId, LaunchPermission });
    // Too many public images: waiting does not help.
    requests.push([{ action: 'ModifyImageAttribute', told: ['busy'] }, () => client.send(request)]);
  }
  // Only after access is granted: a published image must stay, which is known by this tag and by AWS's own attribute.
  if (mark !== undefined) {
    const request = new CreateTagsCommand({ Resources: [ImageId], Tags: tagList({ [TAG.published]: mark }) });
    requests.push([{ action: 'CreateTags' }, () => client.send(request)]);
  }
  for (const [about, send] of requests) {
    // An image that was just copied may not be visible everywhere.
    const answer = await askAws({ ...call, ...about, passes: ['absent'] }, send);
    if (!answer.ok) return answer;
  }
  if (parameter === undefined) return ok(undefined);
  // Last, so that the parameter always names an image that users may use.
  const { setParameter } = await import('../account/parameter-store.ts');
  return setParameter(askingOf(target, context), parameter, ImageId);
}

/** Checked first: AWS would refuse it only after the image is shared. */
function parameterFault({ parameter }: AwsPublication, { place }: AwsTarget): Failure | undefined {
  if (parameter === undefined || (/^\/?[\w.-]+(\/[\w.-]+)*$/.test(parameter) && !/^\/?(aws|ssm)/i.test(parameter)))
    return undefined;
  return {
    code: 'AIB_PROVIDER',
    what: 'AWS does not accept this parameter name',
    where: placeName(place.region),
    got: parameter,
    hint: 'use letters, digits and any of ._- in parts between slashes, and no name that begins with aws or ssm: see ssm_parameter',
  };
}

function volumeGrantee(name: string): { readonly Group?: 'all'; readonly UserId?: string } {
  return name === PUBLIC ? { Group: 'all' } : { UserId: name };
}
