/**
 * Registers the image of a snapshot. Names are unique in a region of an account, so there is never a second image; if the name is taken,
 * checks by which.
 */
import { type Image, RegisterImageCommand } from '@aws-sdk/client-ec2';
import type { MakeContext } from '../../../engine/model/external.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { askAws } from '../account/ask-aws.ts';
import { callOf, imageOf, ownImages, untilSeen } from '../account/describe.ts';
import { diskOf, imageTags, TAG, TPM, tagList, tagOf } from '../image/aws-image.ts';
import type { AwsTarget, Begun, StepWork } from '../image/aws-target.ts';
import { askingOf, findImage, hasFailed, pending, pollImage } from '../image/image-facts.ts';
import { mayGiveWay, nameTaken, revisionAt, takeBack } from '../image/located.ts';

const ROOT = '/dev/xvda';
/** Attempts to get the name: each may lose against another run. */
const ATTEMPTS = 5;

export function imageWork(target: AwsTarget): StepWork {
  return {
    find: context => findImage(target, context),
    make: context => make(target, context),
    poll: (handle, context) => pollImage(target, handle, context),
  };
}

async function make(target: AwsTarget, context: MakeContext): Promise<Result<Begun>> {
  const asking = askingOf(target, context);
  for (let attempt = 1; ; attempt += 1) {
    const revision = await revisionAt(target, context);
    if (!revision.ok) return revision;
    const name = target.image.name(revision.value);
    const registered = await register(target, context, revision.value);
    if (registered.ok) return ok(pending(target, { image: registered.value }));
    if (registered.refusal.kind !== 'taken') return registered;
    const holder = await holderOf(target, context, name, registered.refusal.message);
    if (!holder.ok) return holder;
    if (holder.value === undefined) return registered;
    const { ImageId = '' } = holder.value;
    if (attempt >= ATTEMPTS) return fail(nameTaken(holder.value, name, target.place.region));
    const isOwn = tagOf(holder.value, TAG.identity) === context.identity;
    if (isOwn && !hasFailed(holder.value)) return ok(pending(target, { image: ImageId }));
    if (!isOwn && !mayGiveWay(holder.value, target)) return fail(nameTaken(holder.value, name, target.place.region));
    const removed = await takeBack(asking, ImageId);
    if (!removed.ok) return removed;
    if (removed.value === 'shared') return fail(nameTaken(holder.value, name, target.place.region));
  }
}

async function register(target: AwsTarget, context: MakeContext, revision: number) {
  const { connection, place, image } = target;
  const { identity, object, facts } = context;
  const client = connection.ec2(place.region);
  const tags = imageTags(image, { identity, disk: diskOf(object), revision });
  const answer = await askAws(
    // A snapshot that was just completed may not be visible yet.
    { ...callOf(askingOf(target, context)), action: 'RegisterImage', passes: ['absent'] },
    () =>
      client.send(
        new RegisterImageCommand({
          Name: image.name(revision),
          Description: image.description,
          Architecture: image.architecture,
          BootMode: image.bootMode,
          ...(image.tpm ? { TpmSupport: TPM } : {}),
          VirtualizationType: 'hvm',
          EnaSupport: true,
          SriovNetSupport: 'simple',
          ImdsSupport: 'v2.0',
          RootDeviceName: ROOT,
          BlockDeviceMappings: [
            {
              DeviceName: ROOT,
              Ebs: { SnapshotId: facts.snapshot ?? '', VolumeType: 'gp3', DeleteOnTermination: true },
            },
          ],
          TagSpecifications: [{ ResourceType: 'image', Tags: tagList(tags) }],
        }),
      ),
  );
  return answer.ok ? ok(answer.value.ImageId ?? '') : answer;
}

/** The image with the name. A new image may be visible only by its id, which is in the refusal. */
async function holderOf(
  target: AwsTarget,
  context: MakeContext,
  name: string,
  refusal: string,
): Promise<Result<Image | undefined>> {
  const asking = askingOf(target, context);
  const id = /\bami-[0-9a-f]{8,17}\b/.exec(refusal)?.[0];
  return untilSeen(asking, async () => {
    if (id !== undefined) return imageOf(asking, id);
    const found = await ownImages(asking, { name });
    return found.ok ? ok(found.value[0]) : found;
  });
}
