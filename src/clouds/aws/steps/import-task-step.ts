/**
 * The snapshot of a disk by S3, for accounts without the rights for EBS direct: the disk is sent as an object, and an AWS task creates a
 * snapshot from it. The task is found again by its token and its tag, the object by its name. The snapshot is tagged last, after everything
 * else is removed: a tagged snapshot never needs further steps.
 *
 *     absent ──upload, import──► task ──► completed ──clear, tag──► there
 *                                  └────► deleted ──clear──► import, with the next token
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTagsCommand, ImportSnapshotCommand, type ImportSnapshotTask } from '@aws-sdk/client-ec2';
import type { Facts, FindContext, Finding, MakeContext } from '../../../engine/model/external.ts';
import { packedDisk } from '../../../formats/packed-disk.ts';
import { writeVhd } from '../../../formats/vhd.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { callOf, snapshotOf, untilSeen } from '../account/describe.ts';
import { hasComeToNothing, importTaskOf, importTasks } from '../account/import-tasks.ts';
import { diskOf, requestToken, snapshotTags, TAG, tagList, tagOf } from '../image/aws-image.ts';
import { type AwsTarget, type Begun, DISK, type StepWork } from '../image/aws-target.ts';
import { askingOf, pending } from '../image/image-facts.ts';
import { preflight } from '../image/located.ts';
import { clearPlace, importPlace, isOwnBucket, prepareBucket } from '../s3/import-place.ts';
import { uploadObject } from '../s3/object-upload.ts';
import { findSnapshot, snapshotFailed, thereIs } from './standing-snapshot.ts';

/** The number of attempts, each with its own token; also after other runs have cleared the place. */
const ATTEMPTS = 8;
/** Polls for an object of another run; it is visible within seconds, or was deleted. */
const LOOKS_FOR_OTHERS = 5;
/** A constant date, because a VHD must have one; the earliest possible. */
const VHD_TIME = 946_684_800;

export function importTaskWork(target: AwsTarget): StepWork {
  return {
    find: context => findSnapshot(target, context),
    make: context => make(target, context),
    poll: (handle, context) => poll(target, handle, context),
  };
}

async function make(target: AwsTarget, context: MakeContext): Promise<Result<Begun>> {
  const allowed = await preflight(target, context);
  if (!allowed.ok) return allowed;
  for (let attempt = 1; ; attempt += 1) {
    const earlier = await liveTask(target, context);
    if (!earlier.ok) return earlier;
    if (earlier.value !== undefined) return ok(pending(target, { task: earlier.value }));
    const sent = await send(target, context);
    // Another run has imported it in the meantime and cleared the place, unless the user's bucket never existed.
    const { bucket } = importPlace(target, context.identity);
    const isCleared = !sent.ok && sent.refusal.kind === 'absent';
    const isOwn = isOwnBucket(bucket, context.identity);
    if (isCleared && (isOwn || sent.refusal.code !== 'NoSuchBucket') && attempt < ATTEMPTS) continue;
    if (!sent.ok) return sent;
    // Aborted: the next run finds what was sent.
    return sent.value ? begin(target, context, 0) : ok(pending(target, {}));
  }
}

/** False if it was aborted. */
async function send(target: AwsTarget, context: MakeContext): Promise<AwsAnswer<boolean>> {
  const { identity } = context;
  const { memory } = target.connection;
  const asking = askingOf(target, context);
  const place = importPlace(target, identity);
  const prepared = await prepareBucket(asking, place, identity);
  if (!prepared.ok) return prepared;
  const path = join(memory, `${identity}.vhd`);
  mkdirSync(memory, { recursive: true });
  try {
    const uniqueId = Buffer.from(diskOf(context.object).hash, 'hex').subarray(0, 16);
    await writeVhd(packedDisk(context.path(DISK)), path, { type: 'dynamic', uniqueId, timestamp: VHD_TIME });
    const isNew = isOwnBucket(place.bucket, identity);
    const size = statSync(path).size;
    return await uploadObject({ asking, place, path, size, isNew, progress: context.progress });
  } finally {
    rmSync(path, { force: true });
  }
}

/** Requests the import of the object. Every run that makes the same image uses the same token, so there is one task. */
async function begin(target: AwsTarget, context: FindContext, from: number): Promise<Result<Begun>> {
  const { connection, place, image } = target;
  const { importing, encrypted } = image;
  const { identity, object } = context;
  const asking = askingOf(target, context);
  const at = importPlace(target, identity);
  const role = importing.method === 's3' ? importing.role : undefined;
  let refused: Extract<Result<never>, { ok: false }> | undefined;
  for (let attempt = from; attempt < ATTEMPTS; attempt += 1) {
    const tags = snapshotTags(image, { identity, disk: diskOf(object), parent: undefined });
    // A task that has just begun may not be visible to a repeated request.
    const call = { ...callOf(asking), action: 'ImportSnapshot', told: ['busy'], passes: ['absent'] } as const;
    const answer = await askAws(call, () =>
      connection.ec2(place.region).send(
        new ImportSnapshotCommand({
          ClientToken: requestToken('ImportSnapshot', identity, attempt),
          Description: image.variant,
          DiskContainer: { Format: 'VHD', UserBucket: { S3Bucket: at.bucket, S3Key: at.key } },
          TagSpecifications: [{ ResourceType: 'import-snapshot-task', Tags: tagList(tags) }],
          ...(role === undefined ? {} : { RoleName: role }),
          ...(encrypted === false ? {} : { Encrypted: true }),
          ...(typeof encrypted === 'string' ? { KmsKeyId: encrypted } : {}),
        }),
      ),
    );
    if (answer.ok) {
      const task = answer.value.ImportTaskId ?? '';
      // A repeated token returns the first answer.
      const now = await importTaskOf(asking, task);
      if (!now.ok) return now;
      const alive = now.value === undefined ? ok(true) : await isAlive(target, context, now.value);
      if (!alive.ok) return alive;
      if (alive.value) return ok(pending(target, { task, attempt: String(attempt) }));
      // The token belongs to a failed task.
      continue;
    }
    // The limit of concurrent tasks is reached: wait without holding a resource.
    if (answer.refusal.kind === 'busy') return ok(pending(target, { queued: 'yes', attempt: String(attempt) }));
    if (answer.refusal.kind !== 'mismatch') return answer;
    const other = await untilSeen(asking, () => liveTask(target, context), LOOKS_FOR_OTHERS);
    if (!other.ok) return other;
    if (other.value !== undefined) return ok(pending(target, { task: other.value }));
    refused = answer;
  }
  return refused ?? fail(snapshotFailed(target, `${ATTEMPTS} imports in a row failed`));
}

async function poll(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Finding>> {
  const { task: id, queued, looks: before = '0', attempt = '0' } = handle;
  if (id === undefined) return queued === undefined ? ok({ state: 'absent' }) : begin(target, context, Number(attempt));
  const seen = await importTaskOf(askingOf(target, context), id);
  if (!seen.ok) return seen;
  if (seen.value === undefined) {
    const looks = Number(before) + 1;
    // AWS remembers the token of a deleted task.
    if (looks > target.connection.looks) return begin(target, context, Number(attempt) + 1);
    return ok(pending(target, { task: id, attempt, looks: String(looks) }));
  }
  const { SnapshotId: snapshot = '', Status, StatusMessage } = seen.value.SnapshotTaskDetail ?? {};
  const isDone = Status === 'completed' && snapshot !== '';
  if (!isDone && !hasComeToNothing(seen.value)) return ok(pending(target, { task: id, attempt }));
  // Also after a failure: the task has ended and no longer uses the object, unless another run uses it again.
  const other = await liveTask(target, context);
  if (!other.ok) return other;
  const isInUse = other.value !== undefined && other.value !== id;
  const cleared = isInUse ? ok(undefined) : await clear(target, context, seen.value);
  if (!cleared.ok) return cleared;
  if (isDone) return finish(target, context, snapshot);
  return fail(snapshotFailed(target, `the task ${id} ended as ${Status}: ${StatusMessage ?? 'no reason given'}`));
}

async function clear(
  target: AwsTarget,
  context: FindContext,
  { SnapshotTaskDetail: detail }: ImportSnapshotTask,
): Promise<Result<unknown>> {
  const { identity } = context;
  const ours = importPlace(target, identity);
  const { S3Bucket: bucket = ours.bucket, S3Key: key = ours.key } = detail?.UserBucket ?? {};
  // Objects with other names are not aib's.
  return key === ours.key ? clearPlace(askingOf(target, context), { bucket, key }, identity) : ok(undefined);
}

/** Tags the snapshot, because AWS creates it without tags. */
async function finish(target: AwsTarget, context: FindContext, snapshot: string): Promise<Result<Finding>> {
  const { connection, place, image } = target;
  const { identity, object } = context;
  const tags = snapshotTags(image, { identity, disk: diskOf(object), parent: undefined });
  const call = { ...callOf(askingOf(target, context)), action: 'CreateTags', passes: ['absent'] as const };
  const tagged = await askAws(call, () =>
    connection.ec2(place.region).send(new CreateTagsCommand({ Resources: [snapshot], Tags: tagList(tags) })),
  );
  return tagged.ok ? ok(thereIs(snapshot)) : tagged;
}

/** A task for this image that is running, or has an existing snapshot. */
async function liveTask(target: AwsTarget, context: FindContext): Promise<Result<string | undefined>> {
  const asking = askingOf(target, context);
  const tasks = await importTasks(asking);
  if (!tasks.ok) return tasks;
  for (const task of tasks.value) {
    if (tagOf(task, TAG.identity) !== context.identity) continue;
    const alive = await isAlive(target, context, task);
    if (!alive.ok) return alive;
    if (alive.value) return ok(task.ImportTaskId);
  }
  return ok(undefined);
}

async function isAlive(target: AwsTarget, context: FindContext, task: ImportSnapshotTask): Promise<Result<boolean>> {
  if (hasComeToNothing(task)) return ok(false);
  const { Status, SnapshotId: snapshot = '' } = task.SnapshotTaskDetail ?? {};
  if (Status !== 'completed') return ok(true);
  const asking = askingOf(target, context);
  const seen = await untilSeen(asking, () => snapshotOf(asking, snapshot), LOOKS_FOR_OTHERS);
  return seen.ok ? ok(seen.value !== undefined) : seen;
}
