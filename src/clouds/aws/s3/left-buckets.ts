/** What imports by way of S3 have left that were killed, and that nobody has gone on with: buckets, and snapshots that nobody has tagged. */

import { DescribeImportSnapshotTasksCommand, type ImportSnapshotTask } from '@aws-sdk/client-ec2';
import { DeleteBucketCommand, ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { type Asking, callOf, pagesOf, snapshotOf } from '../account/describe.ts';
import { TAG, tagOf } from '../image/aws-image.ts';
import type { StandingBucket, StandingSnapshot } from '../image/images-of-project.ts';
import { clearPlace, OWN_BUCKET, OWN_BUCKETS } from './import-place.ts';
import { s3Of } from './s3-client.ts';

/** In the region. Whose import each is for cannot be told. */
export async function leftBuckets(asking: Asking): Promise<AwsAnswer<readonly StandingBucket[]>> {
  const { region } = asking;
  const busy = await busyBuckets(asking);
  if (!busy.ok) return busy;
  const client = s3Of(asking.connection, region);
  const found: StandingBucket[] = [];
  for (let token: string | undefined; ; ) {
    const from = token === undefined ? {} : { ContinuationToken: token };
    const answer = await askAws({ ...callOf(asking), action: 'ListBuckets' }, () =>
      client.send(new ListBucketsCommand({ Prefix: OWN_BUCKETS, BucketRegion: region, MaxBuckets: 1_000, ...from })),
    );
    if (!answer.ok) return answer;
    for (const { Name: id = '', CreationDate } of answer.value.Buckets ?? [])
      if (OWN_BUCKET.test(id) && !busy.value.has(id)) found.push({ region, id, made: CreationDate?.getTime() ?? 0 });
    token = answer.value.ContinuationToken;
    if (token === undefined) return ok(found);
  }
}

/** Of a project: made by a task of aib's, and never tagged after it. AWS tells of tasks for a week. */
export async function leftSnapshots(asking: Asking, project: string): Promise<Result<readonly StandingSnapshot[]>> {
  const tasks = await importTasks(asking);
  if (!tasks.ok) return tasks;
  const found: StandingSnapshot[] = [];
  for (const task of tasks.value) {
    const { Status, SnapshotId: id = '' } = task.SnapshotTaskDetail ?? {};
    if (Status !== 'completed' || tagOf(task, TAG.project) !== project || tagOf(task, TAG.identity) === undefined)
      continue;
    const seen = await snapshotOf(asking, id);
    if (!seen.ok) return seen;
    if (seen.value === undefined || tagOf(seen.value, TAG.identity) !== undefined) continue;
    const { State: state = '', StartTime } = seen.value;
    found.push({ region: asking.region, id, state, made: StartTime?.getTime() ?? 0 });
  }
  return ok(found);
}

/** That a task reads which is not final yet. */
async function busyBuckets(asking: Asking): Promise<AwsAnswer<ReadonlySet<string>>> {
  const tasks = await importTasks(asking);
  if (!tasks.ok) return tasks;
  const details = tasks.value.flatMap(({ SnapshotTaskDetail: detail }) => detail ?? []);
  const busy = details.filter(({ Status }) => !isOver(Status));
  return ok(new Set(busy.flatMap(({ UserBucket }) => UserBucket?.S3Bucket ?? [])));
}

/** Whoever has asked for them. */
async function importTasks(asking: Asking): Promise<AwsAnswer<readonly ImportSnapshotTask[]>> {
  const client = asking.connection.ec2(asking.region);
  const tasks: ImportSnapshotTask[] = [];
  const ask = (page: object) => client.send(new DescribeImportSnapshotTasksCommand(page));
  for await (const answer of pagesOf(asking, 'DescribeImportSnapshotTasks', ask)) {
    if (!answer.ok) return answer;
    tasks.push(...(answer.value.ImportSnapshotTasks ?? []));
  }
  return ok(tasks);
}

function isOver(status: string | undefined): boolean {
  return ['completed', 'deleted', 'cancelled', 'error'].includes(status ?? '');
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
