/**
 * ImportSnapshot: a task that makes a snapshot of an object at S3, in its own time.
 *
 *     active: pending → converting → preparing snapshot → completed
 *                └──────────┴────────────┴──► deleting → deleted      the object is gone or not a disk, a script says so, or it was cancelled
 */
import {
  CancelImportTask$,
  type CancelImportTaskRequest,
  DescribeImportSnapshotTasks$,
  type DescribeImportSnapshotTasksRequest,
  ImportSnapshot$,
  type ImportSnapshotRequest,
} from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { begin, passes } from '../lag.ts';
import { defaultKey, newThing } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ImportState } from '../world.ts';
import { action, isVisible, required, specifiedTags, tagList } from './action.ts';
import { checkFilters, pageOf } from './filters.ts';
import { finishImport } from './import-finish.ts';

const STEPS = [
  { message: 'pending', progress: '3' },
  { message: 'converting', progress: '19' },
  { message: 'preparing snapshot', progress: '95' },
] as const;

const importSnapshot = action(ImportSnapshot$, (cloud, caller, input: ImportSnapshotRequest) => {
  const { ClientToken, ...asked } = input;
  const request = { action: 'ImportSnapshot', token: ClientToken, asked };
  const earlier = cloud.earlier(caller, request, {
    isThere: id => id in cloud.world.imports,
    mismatch: () =>
      new AwsError(
        'IdempotentParameterMismatch',
        'The client token is the same as that of a request with other parameters',
      ),
  });
  // The answer of the first request.
  if (earlier !== undefined) {
    const first = { step: 0, status: 'active', message: STEPS[0].message, bytes: 0, snapshot: undefined } as const;
    return describe({ ...importFor(cloud, caller, earlier), ...first });
  }
  const { roles, quota, lag, encryptedByDefault } = cloud.world.settings;
  const role = input.RoleName ?? 'vmimport';
  const { bucket, key, url } = sourceOf(input);
  const there =
    cloud.world.buckets[bucket]?.account === caller.account && key in (cloud.world.buckets[bucket]?.objects ?? {});
  // The same message for a missing role, a role without a right, and an object that cannot be read.
  if (!roles.includes(role) || !there) {
    const words = `The service role ${role} provided does not exist or does not have sufficient permissions`;
    throw new AwsError('InvalidParameter', words);
  }
  if (cloud.world.buckets[bucket]?.region !== caller.region) {
    throw new AwsError(
      'InvalidParameter',
      `The specified S3 bucket does not exist in the region ${caller.region}: ${bucket}`,
    );
  }
  const format = required(input.DiskContainer?.Format, 'DiskContainer.Format').toUpperCase();
  if (!['RAW', 'VHD', 'VMDK'].includes(format)) throw new AwsError('InvalidParameter', `Unsupported format: ${format}`);
  const active = Object.values(cloud.world.imports).filter(
    task => task.account === caller.account && task.region === caller.region && task.status === 'active',
  );
  if (active.length >= quota.imports) {
    throw new AwsError(
      'ResourceCountLimitExceeded',
      `There are ${active.length} import tasks already: the limit is ${quota.imports}`,
    );
  }
  const encrypted = input.Encrypted === true || encryptedByDefault.includes(caller.region);
  const thing = newThing(cloud, caller, 'import-snap', specifiedTags(input.TagSpecifications, 'import-snapshot-task'));
  const task: ImportState = {
    ...thing,
    step: 0,
    wait: begin(lag.import, thing.made),
    status: 'active',
    message: STEPS[0].message,
    format,
    description: input.Description ?? input.DiskContainer?.Description ?? '',
    bucket,
    key,
    url,
    encrypted,
    kmsKey: encrypted ? (input.KmsKeyId ?? defaultKey(caller)) : undefined,
    ending: caller.ending,
    bytes: 0,
    snapshot: undefined,
  };
  cloud.world.imports[task.id] = task;
  cloud.remember(caller, request, task.id);
  return describe(task);
});

function sourceOf({ DiskContainer }: ImportSnapshotRequest): { bucket: string; key: string; url: string | undefined } {
  const { Url, UserBucket } = DiskContainer ?? {};
  const parts = /^s3:\/\/([^/]+)\/(.+)$/.exec(Url ?? '');
  const bucket = UserBucket?.S3Bucket ?? parts?.[1];
  const key = UserBucket?.S3Key ?? parts?.[2];
  if (bucket === undefined || key === undefined) {
    throw new AwsError('InvalidParameter', 'The disk container must have a URL or a bucket and a key');
  }
  return { bucket, key, url: Url };
}

export function importFor(cloud: Cloud, { account, region }: Caller, id: string): ImportState {
  const task = cloud.world.imports[id];
  if (task?.account !== account || task.region !== region || !isVisible(cloud, task)) {
    throw new AwsError('InvalidConversionTaskId', `The import task '${id}' does not exist`);
  }
  return task;
}

/** One step for each wait that is over; after a failure, `deleting` is seen once. */
function advance(cloud: Cloud, caller: Caller, task: ImportState): void {
  if (task.status === 'deleting') task.status = 'deleted';
  while (task.status === 'active' && passes(task.wait, cloud.now())) {
    task.step += 1;
    const step = STEPS[task.step];
    task.message = step?.message;
    task.wait = begin(cloud.world.settings.lag.import, cloud.now());
    if (step === undefined) finishImport(cloud, caller, task);
  }
}

const describeTasks = action(
  DescribeImportSnapshotTasks$,
  (cloud, caller, input: DescribeImportSnapshotTasksRequest) => {
    checkFilters(input.Filters, ['task-state']);
    const own = Object.values(cloud.world.imports).filter(
      ({ account, region }) => account === caller.account && region === caller.region,
    );
    const { ImportTaskIds = [] } = input;
    const tasks =
      ImportTaskIds.length > 0
        ? ImportTaskIds.map(id => importFor(cloud, caller, id))
        : own.filter(task => isVisible(cloud, task));
    const { page, next } = pageOf(tasks, input, { most: cloud.world.settings.page, id: ({ id }) => id });
    for (const task of page) advance(cloud, caller, task);
    const states = (input.Filters ?? []).flatMap(({ Values = [] }) => Values);
    const wanted = page.filter(({ status }) => states.length === 0 || states.includes(status));
    return { ImportSnapshotTasks: wanted.map(describe), NextToken: next };
  },
);

const cancel = action(CancelImportTask$, (cloud, caller, input: CancelImportTaskRequest) => {
  const task = importFor(cloud, caller, required(input.ImportTaskId, 'ImportTaskId'));
  const PreviousState = task.status;
  if (PreviousState !== 'active') {
    throw new AwsError('IncorrectState', `The import task '${task.id}' is ${PreviousState}, and cannot be cancelled`);
  }
  Object.assign(task, { status: 'deleting', message: input.CancelReason ?? 'User cancelled the task' });
  return { ImportTaskId: task.id, PreviousState, State: task.status };
});

function describe(task: ImportState): unknown {
  const isOver = task.status === 'completed';
  return {
    ImportTaskId: task.id,
    Description: task.description,
    Tags: tagList(task.tags),
    SnapshotTaskDetail: {
      Description: task.description,
      DiskImageSize: task.bytes.toFixed(1),
      Encrypted: task.encrypted,
      Format: task.format,
      KmsKeyId: task.kmsKey,
      Progress: task.status === 'active' ? STEPS[task.step]?.progress : undefined,
      // An empty element, not none, until there is one.
      SnapshotId: task.snapshot ?? '',
      Status: task.status,
      StatusMessage: isOver ? undefined : task.message,
      Url: task.url,
      UserBucket: { S3Bucket: task.bucket, S3Key: task.key },
    },
  };
}

export const importActions = [importSnapshot, describeTasks, cancel];
