import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand } from '@aws-sdk/client-ebs';
import {
  CancelImportTaskCommand,
  DescribeImportSnapshotTasksCommand,
  DescribeSnapshotsCommand,
  ImportSnapshotCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from '../rig.ts';
import { blockOf } from '../stock.ts';

const RAW = Buffer.concat([blockOf(1), blockOf(0), blockOf(3), Buffer.alloc(512, 4)]);

async function startWithObject(body = RAW) {
  const rig = await startRig();
  const place = { LocationConstraint: 'eu-west-1' } as const;
  await rig.s3().send(new CreateBucketCommand({ Bucket: 'images', CreateBucketConfiguration: place }));
  await rig.s3().send(new PutObjectCommand({ Bucket: 'images', Key: 'a/disk', Body: body }));
  const importing = (more: object = {}, container: object = {}) =>
    rig.ec2().send(
      new ImportSnapshotCommand({
        DiskContainer: { Format: 'raw', UserBucket: { S3Bucket: 'images', S3Key: 'a/disk' }, ...container },
        ...more,
      }),
    );
  const look = async (id: string | undefined) => {
    const { ImportSnapshotTasks } = await rig
      .ec2()
      .send(new DescribeImportSnapshotTasksCommand({ ImportTaskIds: [id ?? ''] }));
    return ImportSnapshotTasks?.[0]?.SnapshotTaskDetail;
  };
  return { ...rig, importing, look };
}

test('a task goes its way to a snapshot that has the bytes and no tags', async () => {
  const { aws, ec2, ebs, importing, look } = await startWithObject();
  aws.world.settings.lag.import = { reads: 1 };
  const Tags = [{ Key: 'a', Value: 'b' }];
  const task = await importing({
    Description: 'mine',
    TagSpecifications: [{ ResourceType: 'import-snapshot-task', Tags }],
  });
  expect(task).toMatchObject({
    Description: 'mine',
    Tags,
    SnapshotTaskDetail: {
      Status: 'active',
      StatusMessage: 'pending',
      Progress: '3',
      Format: 'RAW',
      SnapshotId: '',
      DiskImageSize: 0,
    },
  });
  const seen: unknown[] = [];
  let last = await look(task.ImportTaskId);
  for (; last?.Status === 'active'; last = await look(task.ImportTaskId))
    seen.push([last.StatusMessage, last.SnapshotId]);
  expect(seen).toEqual([
    ['pending', ''],
    ['converting', ''],
    ['preparing snapshot', ''],
  ]);
  expect(last).toMatchObject({ Status: 'completed', DiskImageSize: RAW.length });
  expect(last?.StatusMessage).toBeUndefined();
  const { SnapshotId = '' } = last ?? {};
  const { Snapshots } = await ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
  expect(Snapshots?.[0]).toMatchObject({
    State: 'completed',
    VolumeSize: 1,
    Tags: [],
    Description: expect.stringContaining('VMImport'),
  });
  const { Blocks = [] } = await ebs().send(new ListSnapshotBlocksCommand({ SnapshotId }));
  expect(Blocks.map(({ BlockIndex }) => BlockIndex)).toEqual([0, 2, 3]);
  const end = { SnapshotId, BlockIndex: 3, BlockToken: Blocks[2]?.BlockToken };
  const bytes = await (await ebs().send(new GetSnapshotBlockCommand(end))).BlockData?.transformToByteArray();
  expect([bytes?.[511], bytes?.[512], bytes?.length]).toEqual([4, 0, 524_288]);
});

test('a disk of another format than is said ends as deleted, as does one whose object is gone', async () => {
  const { s3, importing, look } = await startWithObject();
  const wrong = await importing({}, { Format: 'VHD' });
  const gone = await importing();
  expect(await look(wrong.ImportTaskId)).toMatchObject({ Status: 'deleting' });
  expect(await look(wrong.ImportTaskId)).toMatchObject({
    Status: 'deleted',
    StatusMessage: 'ClientError: Disk validation failed [Unsupported specified file format]',
    SnapshotId: '',
  });
  await s3().send(new DeleteObjectCommand({ Bucket: 'images', Key: 'a/disk' }));
  expect(await look(gone.ImportTaskId)).toMatchObject({ Status: 'deleting' });
});

test('a fixed VHD is its disk without the footer', async () => {
  const footer = Buffer.alloc(512);
  footer.write('conectix');
  footer.writeUInt32BE(2, 60);
  const { importing, look } = await startWithObject(Buffer.concat([RAW, footer]));
  const { ImportTaskId } = await importing({}, { Format: 'VHD', UserBucket: undefined, Url: 's3://images/a/disk' });
  expect(await look(ImportTaskId)).toMatchObject({
    Status: 'completed',
    DiskImageSize: RAW.length,
    Url: 's3://images/a/disk',
  });
});

test('a token makes one task, whoever asks', async () => {
  const { importing } = await startWithObject();
  const { ImportTaskId } = await importing({ ClientToken: 'a' });
  expect((await importing({ ClientToken: 'a' })).ImportTaskId).toBe(ImportTaskId);
  expect(await refusalOf(importing({ ClientToken: 'a', Description: 'x' }))).toBe('IdempotentParameterMismatch');
  expect((await importing()).ImportTaskId).not.toBe(ImportTaskId);
});

test('refuses at once what it may not read, and more tasks than it takes', async () => {
  const { aws, importing } = await startWithObject();
  const { settings } = aws.world;
  expect(await refusalOf(importing({}, { UserBucket: { S3Bucket: 'images', S3Key: 'none' } }))).toBe(
    'InvalidParameter',
  );
  settings.roles = [];
  expect(await importing().catch((error: Error) => error.message)).toContain(
    'The service role vmimport provided does not exist',
  );
  settings.roles = ['mine'];
  settings.lag.import = { reads: 1 };
  expect(await refusalOf(importing({ RoleName: 'mine' }))).toBe('no error');
  settings.quota.imports = 1;
  expect(await refusalOf(importing({ RoleName: 'mine' }))).toBe('ResourceCountLimitExceeded');
});

test('a task can be cancelled, once', async () => {
  const { aws, ec2, importing, look } = await startWithObject();
  aws.world.settings.lag.import = { reads: 1 };
  const { ImportTaskId } = await importing();
  const cancel = () => ec2().send(new CancelImportTaskCommand({ ImportTaskId, CancelReason: 'changed my mind' }));
  expect(await cancel()).toMatchObject({ PreviousState: 'active', State: 'deleting' });
  expect(await look(ImportTaskId)).toMatchObject({ Status: 'deleted', StatusMessage: 'changed my mind' });
  expect(await refusalOf(cancel())).toBe('IncorrectState');
});

test('a script may have a task end badly', async () => {
  const { aws, importing, look } = await startWithObject();
  const ending = { code: 'ServerError', message: 'ServerError: an internal error has occurred' };
  aws.faults.plan({ action: 'ImportSnapshot', kind: { type: 'ending', ending } });
  const { ImportTaskId } = await importing();
  expect(await look(ImportTaskId)).toMatchObject({ Status: 'deleting', StatusMessage: ending.message });
});
