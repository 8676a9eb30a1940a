/**
 * A copy of an image in another region. A region limits concurrent copies; at the limit, the step is pending, never holds a resource, and
 * tries again at the next poll. A failed copy is removed, and the next attempt has another token.
 */
import { CopyImageCommand } from '@aws-sdk/client-ec2';
import type { Facts, FindContext, Finding, MakeContext } from '../../../engine/model/external.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { askAws, placeName } from '../account/ask-aws.ts';
import { callOf, imageOf, ownImages, untilSeen } from '../account/describe.ts';
import { checkPublicAccess } from '../account/public-access.ts';
import { diskOf, imageTags, requestToken, TAG, tagList } from '../image/aws-image.ts';
import { type AwsTarget, type Begun, SOURCE, type StepWork } from '../image/aws-target.ts';
import { askingOf, findImage, hasFailed, pending, pollImage } from '../image/image-facts.ts';
import { clearName, imageFault, nameTaken, removeImage } from '../image/located.ts';

/** The number of attempts, each with its own token. */
const ATTEMPTS = 8;
/** Polls for an object of another run; it is visible within seconds, or was deleted. */
const LOOKS_FOR_OTHERS = 5;

export function copyWork(target: AwsTarget): StepWork {
  return {
    find: context => findImage(target, context),
    make: context => make(target, context),
    poll: (handle, context) => poll(target, handle, context),
  };
}

async function make(target: AwsTarget, context: MakeContext): Promise<Result<Begun>> {
  // A copy has the revision of its source.
  const { image = '', region = '', revision = '0' } = context.factsOf(SOURCE);
  const { place } = target;
  const name = target.image.name(Number(revision));
  const isPublic = target.publicIn.includes(place.region);
  const wrong = imageFault(target.image, place.region, name, isPublic);
  if (wrong !== undefined) return fail(wrong);
  const asking = askingOf(target, context);
  const shareable = await checkPublicAccess(asking, isPublic ? [place.region] : []);
  if (!shareable.ok) return shareable;
  const cleared = await clearName(asking, target, { name, identity: context.identity });
  if (!cleared.ok) return cleared;
  const { own, other } = cleared.value;
  if (own !== undefined) return ok(pending(target, { image: own.ImageId ?? '' }));
  if (other !== undefined) return fail(nameTaken(other, name, place.region));
  return copy(target, { source: image, from: region, revision }, context);
}

/** A handle without an image belongs to a copy that has not begun because of the limit. */
async function poll(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Finding>> {
  const { image, looks: _, ...wanted } = handle;
  if (image === undefined) return copy(target, wanted, context);
  const found = await pollImage(target, handle, context);
  if (!found.ok || found.value.state !== 'absent') return found;
  // AWS remembers the token of a deleted copy.
  return copy(target, { ...wanted, attempt: String(Number(handle.attempt ?? 0) + 1) }, context);
}

/** The handle contains everything for the copy: the image `source` and its region `from`. */
async function copy(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Begun>> {
  const asking = askingOf(target, context);
  let refused: Extract<Result<never>, { ok: false }> | undefined;
  for (let attempt = Number(handle.attempt ?? 0); attempt < ATTEMPTS; attempt += 1) {
    const begun = await begin(target, { handle, attempt }, context);
    if (!begun.ok) {
      // The limit of concurrent copies is reached.
      if (begun.refusal.kind === 'busy') return ok(pending(target, handle));
      if (begun.refusal.kind !== 'mismatch') return begun;
      const adopted = await adopt(target, context);
      if (!adopted.ok) return adopted;
      if (adopted.value !== undefined) return ok(adopted.value);
      // The token belongs to a deleted copy.
      refused = begun;
      continue;
    }
    const id = begun.value;
    const seen = await imageOf(asking, id);
    if (!seen.ok) return seen;
    if (!hasFailed(seen.value)) return ok(pending(target, { ...handle, image: id, attempt: String(attempt) }));
    const removed = await removeImage(asking, id);
    if (!removed.ok) return removed;
  }
  if (refused !== undefined) return refused;
  return fail({
    code: 'AIB_PROVIDER',
    what: `${ATTEMPTS} copies in a row failed`,
    where: placeName(target.place.region),
  });
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

/** Another run has begun the same copy with other parameters: use that copy. Undefined if there is none. */
async function adopt(target: AwsTarget, context: FindContext): Promise<Result<Begun | undefined>> {
  const asking = askingOf(target, context);
  const other = await untilSeen(
    asking,
    async () => {
      const found = await ownImages(asking, { [TAG.identity]: context.identity });
      return found.ok ? ok(found.value.find(each => !hasFailed(each))) : found;
    },
    LOOKS_FOR_OTHERS,
  );
  if (!other.ok) return other;
  return ok(other.value === undefined ? undefined : pending(target, { image: other.value.ImageId ?? '' }));
}
