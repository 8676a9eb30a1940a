/** Buckets that aib has made for imports and that are still there: of runs that were killed, and that nobody has gone on with. */
import { DeleteBucketCommand, ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { type Asking, callOf } from '../account/describe.ts';
import type { StandingBucket } from '../image/images-of-project.ts';
import { clearPlace, OWN_BUCKET, OWN_BUCKETS } from './import-place.ts';
import { s3Of } from './s3-client.ts';

/** In the region. Whose import each is for cannot be told. */
export async function leftBuckets(asking: Asking): Promise<AwsAnswer<readonly StandingBucket[]>> {
  const { region } = asking;
  const client = s3Of(asking.connection, region);
  const found: StandingBucket[] = [];
  for (let token: string | undefined; ; ) {
    const from = token === undefined ? {} : { ContinuationToken: token };
    const answer = await askAws({ ...callOf(asking), action: 'ListBuckets' }, () =>
      client.send(new ListBucketsCommand({ Prefix: OWN_BUCKETS, BucketRegion: region, MaxBuckets: 1_000, ...from })),
    );
    if (!answer.ok) return answer;
    for (const { Name: id = '', CreationDate } of answer.value.Buckets ?? [])
      if (OWN_BUCKET.test(id)) found.push({ region, id, made: CreationDate?.getTime() ?? 0 });
    token = answer.value.ContinuationToken;
    if (token === undefined) return ok(found);
  }
}

/** With what aib has put there; one that holds anything else stays, and AWS says so. */
export async function removeBucket(asking: Asking, bucket: string): Promise<AwsAnswer<unknown>> {
  const client = s3Of(asking.connection, asking.region);
  const call = callOf(asking);
  const listed = await askAws({ ...call, action: 'ListObjectsV2' }, () =>
    client.send(new ListObjectsV2Command({ Bucket: bucket })),
  );
  if (!listed.ok) return listed.refusal.kind === 'absent' ? ok(undefined) : listed;
  for (const { Key: key = '' } of listed.value.Contents ?? []) {
    if (!/^aib\/[0-9a-f]{64}\.vhd$/.test(key)) continue;
    const cleared = await clearPlace(asking, { bucket, key }, undefined);
    if (!cleared.ok) return cleared;
  }
  const gone = await askAws({ ...call, action: 'DeleteBucket' }, () =>
    client.send(new DeleteBucketCommand({ Bucket: bucket })),
  );
  return gone.ok || gone.refusal.kind === 'absent' ? ok(undefined) : gone;
}
