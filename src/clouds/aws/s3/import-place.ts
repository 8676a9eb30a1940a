/**
 * Where the disk of an import lies at S3: an object of the user's bucket, or of one that is made for it and removed after it. Both are named by the
 * identity of the image, so whoever makes the same one finds what is there.
 */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  type CreateBucketConfiguration,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
} from '@aws-sdk/client-s3';
import type { Sha256 } from '../../../store/content/digest.ts';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { type Asking, callOf } from '../account/describe.ts';
import { requestToken } from '../image/aws-image.ts';
import type { AwsTarget } from '../image/aws-target.ts';
import { s3Of } from './s3-client.ts';

export interface ImportPlace {
  readonly bucket: string;
  readonly key: string;
}

/** How the names of buckets begin that are made for imports. */
export const OWN_BUCKETS = 'aib-import-';
export const OWN_BUCKET = /^aib-import-[0-9a-f]{40}$/;
/** Somebody who is at the same import may put something there while it is being emptied. */
const ATTEMPTS = 5;

/** Names of buckets are public, and unique in all of AWS: nobody who knows the disk can guess this one without the account. */
function bucketName(identity: Sha256): string {
  return `${OWN_BUCKETS}${requestToken('CreateBucket', identity, 0).slice(0, 40)}`;
}

/** Whether it is made for this import alone. */
export function isOwnBucket(name: string, identity: Sha256): boolean {
  return name === bucketName(identity);
}

export function importPlace({ image: { importing } }: AwsTarget, identity: Sha256): ImportPlace {
  const bucket = importing.method === 's3' ? importing.bucket : undefined;
  return { bucket: bucket ?? bucketName(identity), key: `aib/${identity}.vhd` };
}

/** Makes the bucket that is ours to make; the user's is there, or the upload says so. */
export async function prepareBucket(
  asking: Asking,
  { bucket }: ImportPlace,
  identity: Sha256,
): Promise<AwsAnswer<unknown>> {
  if (!isOwnBucket(bucket, identity)) return ok(undefined);
  const { region } = asking;
  // The oldest region is the one that is not named.
  const place: CreateBucketConfiguration | undefined =
    region === 'us-east-1' ? undefined : { LocationConstraint: region as never };
  const answer = await askAws({ ...callOf(asking), action: 'CreateBucket' }, () =>
    s3Of(asking.connection, region).send(
      new CreateBucketCommand({ Bucket: bucket, ...(place === undefined ? {} : { CreateBucketConfiguration: place }) }),
    ),
  );
  return !answer.ok && answer.refusal.code === 'BucketAlreadyOwnedByYou' ? ok(undefined) : answer;
}

/**
 * Removes the object, what was begun of it, and the bucket if it was made for the import of this identity; whatever of these is there. Only when no
 * task reads it any more.
 */
export async function clearPlace(
  asking: Asking,
  { bucket, key }: ImportPlace,
  identity: Sha256 | undefined,
): Promise<AwsAnswer<unknown>> {
  const client = s3Of(asking.connection, asking.region);
  const ask = async (action: string, send: () => Promise<unknown>): Promise<AwsAnswer<unknown>> => {
    const answer = await askAws({ ...callOf(asking), action }, send);
    return !answer.ok && answer.refusal.kind === 'absent' ? ok(undefined) : answer;
  };
  for (let attempt = 1; ; attempt += 1) {
    const removed = await ask('DeleteObject', () => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })));
    if (!removed.ok) return removed;
    const begun = await uploadsOf(asking, { bucket, key });
    if (!begun.ok) return begun;
    for (const UploadId of begun.value) {
      const aborted = await ask('AbortMultipartUpload', () =>
        client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId })),
      );
      if (!aborted.ok) return aborted;
    }
    if (identity === undefined || !isOwnBucket(bucket, identity)) return ok(undefined);
    const gone = await ask('DeleteBucket', () => client.send(new DeleteBucketCommand({ Bucket: bucket })));
    if (gone.ok || gone.refusal.code !== 'BucketNotEmpty' || attempt >= ATTEMPTS) return gone;
  }
}

/** Uploads of the object that were begun and not ended, the oldest first; none in a bucket that is not there. */
export async function uploadsOf(asking: Asking, { bucket, key }: ImportPlace): Promise<AwsAnswer<readonly string[]>> {
  const client = s3Of(asking.connection, asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'ListMultipartUploads' }, () =>
    client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key })),
  );
  if (!answer.ok) return answer.refusal.kind === 'absent' ? ok([]) : answer;
  const uploads = (answer.value.Uploads ?? []).filter(each => each.Key === key);
  const time = ({ Initiated }: { readonly Initiated?: Date | undefined }): number => Initiated?.getTime() ?? 0;
  return ok(uploads.sort((a, b) => time(a) - time(b)).flatMap(({ UploadId }) => UploadId ?? []));
}
