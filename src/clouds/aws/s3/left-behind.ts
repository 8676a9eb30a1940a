/** Finds leftovers of killed imports by S3: buckets, and untagged snapshots. Only removeBucket removes anything. */

import type { ImportSnapshotTask } from '@aws-sdk/client-ec2';
import { DeleteBucketCommand, ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { type Asking, callOf, snapshotOf } from '../account/describe.ts';
import { importTasks, isFinal } from '../account/import-tasks.ts';
import { TAG, tagOf } from '../image/aws-image.ts';
import type { StandingBucket, StandingSnapshot } from '../image/images-of-project.ts';
import { clearPlace, OWN_BUCKET, OWN_BUCKETS } from './import-place.ts';
import { s3Of } from './s3-client.ts';

export interface LeftBehind {
  /** Their projects are unknown. */
  readonly buckets: readonly StandingBucket[];
  /** Created by a task of aib, but not tagged, by project. */
  readonly snapshots: ReadonlyMap<string, readonly StandingSnapshot[]>;
}

/** The leftovers in one region. */
export async function leftBehind(asking: Asking, projects: Iterable<string>): Promise<AwsAnswer<LeftBehind>> {
  const tasks = await importTasks(asking);
  if (!tasks.ok) return tasks;
  const buckets = await leftBuckets(asking, tasks.value);
  if (!buckets.ok) return buckets;
  const snapshots = new Map<string, readonly StandingSnapshot[]>();
  for (const project of projects) {
    const found = await untagged(
      asking,
      tasks.value.filter(task => tagOf(task, TAG.project) === project && tagOf(task, TAG.identity) !== undefined),
    );
    if (!found.ok) return found;
    snapshots.set(project, found.value);
  }
  return ok({ buckets: buckets.value, snapshots });
}

async function leftBuckets(
  asking: Asking,
  tasks: readonly ImportSnapshotTask[],
): Promise<AwsAnswer<readonly StandingBucket[]>> {
  const { region } = asking;
  const client = s3Of(asking.connection, region);
  const busy = new Set(tasks.filter(task => !isFinal(task)).map(task => task.SnapshotTaskDetail?.UserBucket?.S3Bucket));
  const found: StandingBucket[] = [];
  for (let token: string | undefined; ; ) {
    const from = token === undefined ? {} : { ContinuationToken: token };
    const answer = await askAws({ ...callOf(asking), action: 'ListBuckets' }, () =>
      client.send(new ListBucketsCommand({ Prefix: OWN_BUCKETS, BucketRegion: region, MaxBuckets: 1_000, ...from })),
    );
    if (!answer.ok) return answer;
    for (const { Name: id = '', CreationDate } of answer.value.Buckets ?? [])
      if (OWN_BUCKET.test(id) && !busy.has(id)) found.push({ region, id, made: CreationDate?.getTime() ?? 0 });
    token = answer.value.ContinuationToken;
    if (token === undefined) return ok(found);
  }
}

async function untagged(
  asking: Asking,
  tasks: readonly ImportSnapshotTask[],
): Promise<AwsAnswer<readonly StandingSnapshot[]>> {
  const found: StandingSnapshot[] = [];
  for (const { SnapshotTaskDetail: detail } of tasks) {
    if (detail?.Status !== 'completed') continue;
    const { SnapshotId: id = '' } = detail;
    const seen = await snapshotOf(asking, id);
    if (!seen.ok) return seen;
    if (seen.value === undefined || tagOf(seen.value, TAG.identity) !== undefined) continue;
    const { State: state = '', StartTime } = seen.value;
    found.push({ region: asking.region, id, state, made: StartTime?.getTime() ?? 0 });
  }
  return ok(found);
}

/** Removes a bucket with aib's objects; AWS refuses if it contains anything else. */
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
