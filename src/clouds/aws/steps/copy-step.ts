/**
 * A copy of an image in another region. A region takes so many at a time; where there is no room yet, nothing is held meanwhile, and it is asked again
 * as one asks for what is under way. A copy that failed is removed, and the next attempt has another token.
 */
import { CopyImageCommand, type Image } from '@aws-sdk/client-ec2';
import type { Facts, FindContext, Finding, MakeContext } from '../../../engine/model/external.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { askAws, placeName } from '../account/ask-aws.ts';
import { callOf, imageOf, ownImages, untilSeen } from '../account/describe.ts';
import { diskOf, imageTags, requestToken, TAG, tagList } from '../image/aws-image.ts';
import { type AwsTarget, SOURCE, type StepWork } from '../image/aws-target.ts';
import { askingOf, findImage, pendingImage, pollImage } from '../image/image-facts.ts';
import { clearName, nameTaken, removeImage, revisionAt } from '../image/located.ts';
import { checkPublicAccess } from '../image/public-access.ts';

type Begun = Exclude<Finding, { state: 'absent' }>;

/** Tokens of attempts that came to nothing, before it is given up. */
const ATTEMPTS = 8;

export function copyWork(target: AwsTarget): StepWork {
  return {
    find: context => findImage(target, context),
    make: context => make(target, context),
    poll: (handle, context) => poll(target, handle, context),
  };
}

async function make(target: AwsTarget, context: MakeContext): Promise<Result<Begun>> {
  const { image = '', region = '' } = context.factsOf(SOURCE);
  const revision = await revisionAt(target, context);
  if (!revision.ok) return revision;
  const name = target.image.name(revision.value);
  const asking = askingOf(target, context);
  const shareable = await checkPublicAccess(
    asking,
    target.publicIn.filter(each => each === target.place.region),
  );
  if (!shareable.ok) return shareable;
  const other = await clearName(asking, target, { name, identity: context.identity });
  if (!other.ok) return other;
  if (other.value !== undefined) return fail(nameTaken(other.value, name, target.place.region));
  return copy(target, { source: image, from: region, revision: String(revision.value) }, context);
}

/** A handle without an image is of one for which there was no room yet. */
async function poll(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Finding>> {
  const { image, looks: _, ...wanted } = handle;
  if (image === undefined) return copy(target, wanted, context);
  const found = await pollImage(target, handle, context);
  if (!found.ok || found.value.state !== 'absent') return found;
  // AWS remembers the token of one that is gone.
  return copy(target, { ...wanted, attempt: String(Number(handle.attempt ?? 0) + 1) }, context);
}

/** What is to be copied is all in the handle: `source` and the region that it is copied `from`. */
async function copy(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Begun>> {
  const asking = askingOf(target, context);
  for (let attempt = Number(handle.attempt ?? 0); attempt < ATTEMPTS; attempt += 1) {
    const begun = await begin(target, { handle, attempt }, context);
    if (!begun.ok) {
      // The places are taken by copies that are under way.
      if (begun.refusal.kind === 'busy') return ok({ state: 'pending', handle, again: target.connection.pollMs });
      return begun.refusal.kind === 'mismatch' ? adopt(target, context, begun) : begun;
    }
    const id = begun.value;
    const seen = await imageOf(asking, id);
    if (!seen.ok) return seen;
    if (!hasFailed(seen.value)) return ok(pendingImage(target, { ...handle, image: id, attempt: String(attempt) }));
    const removed = await removeImage(asking, id);
    if (!removed.ok) return removed;
  }
  return fail({
    code: 'AIB_PROVIDER',
    what: `${ATTEMPTS} copies in a row failed`,
    where: placeName(target.place.region),
  });
}

function hasFailed(image: Image | undefined): boolean {
  return image !== undefined && image.State !== 'available' && image.State !== 'pending';
}

async function begin(
  target: AwsTarget,
  { handle, attempt }: { readonly handle: Facts; readonly attempt: number },
  context: FindContext,
) {
  const { connection, place, image } = target;
  const { identity, object } = context;
  const { source = '', from = '', revision = '0' } = handle;
  const client = connection.ec2(place.region);
  const tags = tagList(imageTags(image, { identity, disk: diskOf(object), revision: Number(revision) }));
  const { encrypted } = image;
  const answer = await askAws({ ...callOf(askingOf(target, context)), action: 'CopyImage', told: ['busy'] }, () =>
    client.send(
      new CopyImageCommand({
        ClientToken: requestToken('CopyImage', identity, attempt),
        Name: image.name(Number(revision)),
        Description: image.description,
        SourceImageId: source,
        SourceRegion: from,
        TagSpecifications: [
          { ResourceType: 'image', Tags: tags },
          { ResourceType: 'snapshot', Tags: tags },
        ],
        ...(encrypted === false ? {} : { Encrypted: true }),
        ...(typeof encrypted === 'string' ? { KmsKeyId: encrypted } : {}),
      }),
    ),
  );
  return answer.ok ? ok(answer.value.ImageId ?? '') : answer;
}

/** It was begun in other words, as by a run of a moment ago: that is the one. */
async function adopt(
  target: AwsTarget,
  context: FindContext,
  refused: Extract<Result<never>, { ok: false }>,
): Promise<Result<Begun>> {
  const asking = askingOf(target, context);
  const other = await untilSeen(asking, async () => {
    const found = await ownImages(asking, { [TAG.identity]: context.identity });
    return found.ok ? ok(found.value.find(each => !hasFailed(each))) : found;
  });
  if (!other.ok) return other;
  return other.value === undefined ? refused : ok(pendingImage(target, { image: other.value.ImageId ?? '' }));
}
