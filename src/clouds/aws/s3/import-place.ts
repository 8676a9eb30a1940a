/**
 * The place of an import's disk at S3: an object in the user's bucket, or in a bucket that is created for it and removed after it. Both
 * names contain the identity of the image, so every run that makes the same image finds them.
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

/** Prefix of buckets that are created for imports. */
export const OWN_BUCKETS = 'aib-import-';
export const OWN_BUCKET = /^aib-import-[0-9a-f]{40}$/;
/** Another run with the same import may add an object while the bucket is emptied. */
const ATTEMPTS = 5;

/** Names of buckets are public and unique in all of AWS: this one cannot be guessed from the disk without the account. */
function bucketName(identity: Sha256): string {
  return `${OWN_BUCKETS}${requestToken('CreateBucket', identity, 0).slice(0, 40)}`;
}

/** Whether the bucket was created for this import. */
export function isOwnBucket(name: string, identity: Sha256): boolean {
  return name === bucketName(identity);
}

export function importPlace({ image: { importing } }: AwsTarget, identity: Sha256): ImportPlace {
  const bucket = importing.method === 's3' ? importing.bucket : undefined;
  return { bucket: bucket ?? bucketName(identity), key: `aib/${identity}.vhd` };
}

/** Creates aib's own bucket. A missing bucket of the user is reported by the upload. */
export async function prepareBucket(
  asking: Asking,
  { bucket }: ImportPlace,
  identity: Sha256,
): Promise<AwsAnswer<unknown>> {
  if (!isOwnBucket(bucket, identity)) return ok(undefined);
  const { region } = asking;
  // The oldest region must not be named.
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
 * Removes the object, its unfinished uploads, and the bucket if it was created for the import of this identity, as far as they exist. Must
 * be called only when no task reads the object.
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

/** Unfinished uploads of the object, the oldest first; empty for a missing bucket. */
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
