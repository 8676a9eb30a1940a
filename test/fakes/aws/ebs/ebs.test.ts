import { createHash } from 'node:crypto';
import {
  CompleteSnapshotCommand,
  type EBSClient,
  GetSnapshotBlockCommand,
  ListChangedBlocksCommand,
  ListSnapshotBlocksCommand,
  StartSnapshotCommand,
} from '@aws-sdk/client-ebs';
import { DeleteSnapshotCommand, DeregisterImageCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { type Refused, refusalOf, startRig } from '../rig.ts';
import { blockOf, makeImage, makeSnapshot, putting } from '../stock.ts';

const BLOCK = 524_288;

test('a snapshot is started, written in any order, completed with its checksum, and read back', async () => {
  const { ebs, ec2 } = await startRig();
  const client = ebs();
  const Tags = [{ Key: 'aib:key', Value: 'x' }];
  const started = await client.send(
    new StartSnapshotCommand({ VolumeSize: 2, Description: 'disk', Tags, Timeout: 10 }),
  );
  expect(started).toMatchObject({ Status: 'pending', VolumeSize: 2, BlockSize: BLOCK, Description: 'disk', Tags });
  expect(started.StartTime).toEqual(new Date('2026-11-23T12:00:00Z'));
  const { SnapshotId = '' } = started;
  for (const index of [4095, 3, 3]) await client.send(putting(SnapshotId, index, blockOf(index % 256)));
  const sums = [3, 4095 % 256].map(byte => createHash('sha256').update(blockOf(byte)).digest());
  const Checksum = createHash('sha256').update(Buffer.concat(sums)).digest('base64');
  const sum = { Checksum, ChecksumAlgorithm: 'SHA256', ChecksumAggregationMethod: 'LINEAR' } as const;
  const wrong = { ...sum, Checksum: createHash('sha256').digest('base64') };
  const complete = (more: object, count = 2) =>
    client.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: count, ...more }));
  expect(await refusalOf(complete(sum, 3))).toBe('ValidationException');
  expect(await refusalOf(complete(wrong))).toBe('ValidationException');
  expect((await complete(sum)).Status).toBe('completed');
  expect((await complete(sum)).Status).toBe('completed');
  expect(await refusalOf(client.send(putting(SnapshotId, 5, blockOf(5))))).toBe('ValidationException');

  const { Blocks = [], ...list } = await client.send(new ListSnapshotBlocksCommand({ SnapshotId }));
  expect(Blocks.map(({ BlockIndex }) => BlockIndex)).toEqual([3, 4095]);
  expect(list).toMatchObject({ VolumeSize: 2, BlockSize: BLOCK });
  const { BlockIndex, BlockToken } = Blocks[1] ?? {};
  const block = await client.send(new GetSnapshotBlockCommand({ SnapshotId, BlockIndex, BlockToken }));
  expect(Buffer.from((await block.BlockData?.transformToByteArray()) ?? []).equals(blockOf(255))).toBe(true);
  expect(block.Checksum).toBe(sums[1]?.toString('base64'));
  const [seen] = (await ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots ?? [];
  expect(seen).toMatchObject({ State: 'completed', Progress: '100%', VolumeSize: 2, Description: 'disk', Tags });
});

test('a token makes one snapshot, and refuses other parameters', async () => {
  const { ebs, ec2 } = await startRig();
  const start = (client: EBSClient, VolumeSize: number) =>
    client.send(new StartSnapshotCommand({ VolumeSize, ClientToken: 'token', Description: 'same' }));
  const { SnapshotId = '' } = await start(ebs(), 1);
  expect((await start(ebs(), 1)).SnapshotId).toBe(SnapshotId);
  expect(await refusalOf(start(ebs(), 2))).toBe('ConflictException');
  expect((await start(ebs('us-east-1'), 2)).SnapshotId).not.toBe(SnapshotId);
  await ec2().send(new DeleteSnapshotCommand({ SnapshotId }));
  expect((await start(ebs(), 2)).SnapshotId).not.toBe(SnapshotId);
});

test('refuses blocks that are not what the headers say', async () => {
  const { ebs } = await startRig();
  const client = ebs();
  const { SnapshotId = '' } = await client.send(new StartSnapshotCommand({ VolumeSize: 1 }));
  const reasonOf = (call: Promise<unknown>) => call.catch((error: Refused) => [error.name, error.Reason]);
  const bad = putting(SnapshotId, 0, blockOf(1));
  bad.input.Checksum = createHash('sha256').digest('base64');
  expect(await reasonOf(client.send(bad))).toEqual(['ValidationException', 'INVALID_BLOCK']);
  expect(await reasonOf(client.send(putting(SnapshotId, 0, Buffer.alloc(512))))).toEqual([
    'ValidationException',
    'INVALID_BLOCK',
  ]);
  expect(await reasonOf(client.send(putting(SnapshotId, 2048, blockOf(1))))).toEqual([
    'ValidationException',
    'INVALID_BLOCK',
  ]);
  const nowhere = putting('snap-0123456789abcdef0', 0, blockOf(1));
  expect(await reasonOf(client.send(nowhere))).toEqual(['ResourceNotFoundException', 'SNAPSHOT_NOT_FOUND']);
});

test('refuses to start what cannot be', async () => {
  const { aws, ebs } = await startRig();
  const client = ebs();
  const start = (input: object) => refusalOf(client.send(new StartSnapshotCommand({ VolumeSize: 1, ...input })));
  expect(await start({ VolumeSize: 0 })).toBe('ValidationException');
  expect(await start({ Timeout: 5 })).toBe('ValidationException');
  expect(await start({ ParentSnapshotId: 'snap-0123456789abcdef0' })).toBe('ResourceNotFoundException');
  const parent = await makeSnapshot(client, [1]);
  expect(await start({ ParentSnapshotId: parent, Encrypted: true })).toBe('ValidationException');
  expect(await start({ Tags: [{ Key: 'aws:x', Value: 'y' }] })).toBe('ValidationException');
  expect(await start({ KmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1' })).toBe('ValidationException');
  aws.world.settings.quota.pendingSnapshots = 1;
  expect(await start({ Encrypted: true })).toBe('no error');
  expect(await start({})).toBe('ConcurrentLimitExceededException');
});

test('a new snapshot takes blocks only after a while, and is complete only after another', async () => {
  const { aws, ebs, ec2, pass } = await startRig();
  aws.world.settings.lag = { ...aws.world.settings.lag, writable: { reads: 1, ms: 50_000 }, completed: { reads: 1 } };
  const client = ebs();
  const { SnapshotId = '' } = await client.send(new StartSnapshotCommand({ VolumeSize: 1 }));
  const put = () => refusalOf(client.send(putting(SnapshotId, 0, blockOf(1))));
  expect(await put()).toBe('ResourceNotFoundException');
  expect(await put()).toBe('ResourceNotFoundException');
  pass(50_000);
  expect(await put()).toBe('no error');
  expect((await client.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: 1 }))).Status).toBe(
    'pending',
  );
  expect(await refusalOf(client.send(new ListSnapshotBlocksCommand({ SnapshotId })))).toBe('ValidationException');
  const state = async () =>
    (await ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots?.[0]?.State;
  expect([await state(), await state()]).toEqual(['pending', 'completed']);
});

test('a snapshot that was just started is not in lists yet, but takes blocks', async () => {
  const { aws, ebs, ec2 } = await startRig();
  aws.world.settings.lag.visible = { reads: 2 };
  const id = await makeSnapshot(ebs(), [1]);
  const list = async () => (await ec2().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).Snapshots?.length;
  expect(await list()).toBe(0);
  expect(await refusalOf(ec2().send(new DeleteSnapshotCommand({ SnapshotId: id })))).toBe('InvalidSnapshot.NotFound');
  expect(await list()).toBe(1);
});

test('a snapshot to which nothing was written for its timeout is an error', async () => {
  const { ebs, ec2, pass } = await startRig();
  const { SnapshotId = '' } = await ebs().send(new StartSnapshotCommand({ VolumeSize: 1, Timeout: 10 }));
  pass(9 * 60_000);
  await ebs().send(putting(SnapshotId, 0, blockOf(1)));
  pass(9 * 60_000);
  await ebs().send(putting(SnapshotId, 1, blockOf(1)));
  pass(11 * 60_000);
  expect(await refusalOf(ebs().send(putting(SnapshotId, 2, blockOf(1))))).toBe('ValidationException');
  const { Snapshots } = await ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
  expect(Snapshots?.[0]?.State).toBe('error');
});

test.each(['by itself', 'with its image'])(
  'a child has the blocks of its parent, also when that is gone %s',
  async how => {
    const { ebs, ec2 } = await startRig();
    const client = ebs();
    const parent = await makeSnapshot(client, [1, 2, 3]);
    const child = await makeSnapshot(client, [1, 9], parent);
    const changes = await client.send(
      new ListChangedBlocksCommand({ FirstSnapshotId: parent, SecondSnapshotId: child }),
    );
    expect(changes.ChangedBlocks?.map(({ BlockIndex }) => BlockIndex)).toEqual([1]);
    expect(Object.keys(changes.ChangedBlocks?.[0] ?? {}).sort()).toEqual([
      'BlockIndex',
      'FirstBlockToken',
      'SecondBlockToken',
    ]);
    if (how === 'by itself') await ec2().send(new DeleteSnapshotCommand({ SnapshotId: parent }));
    else {
      const ImageId = await makeImage(ec2(), parent);
      await ec2().send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    }
    const { Blocks = [] } = await client.send(new ListSnapshotBlocksCommand({ SnapshotId: child }));
    expect(Blocks.map(({ BlockIndex }) => BlockIndex)).toEqual([0, 1, 2]);
  },
);

test('lists come in pages, and their tokens expire', async () => {
  const { aws, ebs, pass } = await startRig();
  const client = ebs();
  const SnapshotId = await makeSnapshot(client, [1, 2, 3]);
  aws.world.settings.page = 2;
  const list = (more: object) => client.send(new ListSnapshotBlocksCommand({ SnapshotId, ...more }));
  const { NextToken, Blocks } = await list({});
  expect(Blocks?.map(({ BlockIndex }) => BlockIndex)).toEqual([0, 1]);
  const last = await list({ NextToken });
  expect([last.Blocks?.map(({ BlockIndex }) => BlockIndex), last.NextToken]).toEqual([[2], undefined]);
  expect((await list({ StartingBlockIndex: 2 })).Blocks).toHaveLength(1);
  expect(await refusalOf(list({ MaxResults: 5 }))).toBe('ValidationException');
  const block = { SnapshotId, BlockIndex: 2, BlockToken: last.Blocks?.[0]?.BlockToken };
  expect(await refusalOf(client.send(new GetSnapshotBlockCommand({ ...block, BlockIndex: 1 })))).toBe(
    'ValidationException',
  );
  pass(61 * 60_000);
  expect(await refusalOf(list({ NextToken }))).toBe('ValidationException');
  expect(await refusalOf(client.send(new GetSnapshotBlockCommand(block)))).toBe('ValidationException');
});
