import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand } from '@aws-sdk/client-ebs';
import {
  CopyImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  type EC2Client,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from '../rig.ts';
import { makeImage, makeSnapshot } from '../stock.ts';

async function startWithImage() {
  const rig = await startRig();
  const snapshot = await makeSnapshot(rig.ebs(), [5, 6]);
  const Tags = [{ Key: 'key', Value: 'x' }];
  const image = await makeImage(rig.ec2(), snapshot, {
    BootMode: 'uefi',
    TagSpecifications: [{ ResourceType: 'image', Tags }],
  });
  const copy = async (client: EC2Client, more: object = {}) => {
    const about = { Name: 'alpine', SourceRegion: 'eu-west-1', SourceImageId: image };
    return (await client.send(new CopyImageCommand({ ...about, ...more }))).ImageId ?? '';
  };
  const look = async (client: EC2Client, id: string) => {
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
    return Images?.[0];
  };
  return { ...rig, image, copy, look };
}

test('a copy is pending, then there with a snapshot of its own that has the same blocks', async () => {
  const { aws, ec2, ebs, copy, look, image } = await startWithImage();
  aws.world.settings.lag.copied = { reads: 2 };
  const there = ec2('us-east-1');
  const Tags = [{ Key: 'name', Value: 'snapshot' }];
  const id = await copy(there, { CopyImageTags: true, TagSpecifications: [{ ResourceType: 'snapshot', Tags }] });
  const first = await look(there, id);
  expect([first?.State, first?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId]).toEqual(['pending', undefined]);
  expect((await look(there, id))?.State).toBe('pending');
  const done = await look(there, id);
  expect(done).toMatchObject({
    State: 'available',
    BootMode: 'uefi',
    SourceImageId: image,
    Tags: [{ Key: 'key', Value: 'x' }],
  });
  const SnapshotId = done?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
  const [snapshot] = (await there.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots ?? [];
  expect(snapshot).toMatchObject({
    State: 'completed',
    Tags,
    Description: expect.stringContaining(`SourceAmi ${image}`),
  });
  const { Blocks } = await ebs('us-east-1').send(new ListSnapshotBlocksCommand({ SnapshotId }));
  const { BlockIndex, BlockToken } = Blocks?.[1] ?? {};
  const block = await ebs('us-east-1').send(new GetSnapshotBlockCommand({ SnapshotId, BlockIndex, BlockToken }));
  expect((await block.BlockData?.transformToByteArray())?.[0]).toBe(6);
});

test('a copy has none of what its source was given later', async () => {
  const { ec2, copy, look, image } = await startWithImage();
  const DeprecateAt = new Date('2027-01-01');
  await ec2().send(new EnableImageDeprecationCommand({ ImageId: image, DeprecateAt }));
  await ec2().send(new EnableImageDeregistrationProtectionCommand({ ImageId: image }));
  await ec2().send(new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add: [{ Group: 'all' }] } }));
  const seen = await look(ec2('us-east-1'), await copy(ec2('us-east-1')));
  expect(seen).toMatchObject({ Public: false, DeregistrationProtection: 'disabled', Tags: [] });
  expect(seen?.DeprecationTime).toBeUndefined();
});

test('a token makes one copy a region, and refuses other parameters', async () => {
  const { ec2, copy } = await startWithImage();
  const id = await copy(ec2('us-east-1'), { ClientToken: 'a' });
  expect(await copy(ec2('us-east-1'), { ClientToken: 'a' })).toBe(id);
  expect(await refusalOf(copy(ec2('us-east-1'), { ClientToken: 'a', Description: 'x' }))).toBe(
    'IdempotentParameterMismatch',
  );
  expect(await copy(ec2('us-west-2'), { ClientToken: 'a' })).not.toBe(id);
  // The client adds a token if none is given.
  expect(await copy(ec2('us-east-1'))).not.toBe(id);
});

test('a region takes so many copies at once, and each may fail by itself', async () => {
  const { aws, ec2, copy, look } = await startWithImage();
  Object.assign(aws.world.settings, { quota: { ...aws.world.settings.quota, copies: 1 } });
  aws.world.settings.lag.copied = { reads: 1 };
  const ending = { code: 'Client.KmsKeyInvalid', message: 'the key cannot be used' };
  aws.faults.plan({ action: 'CopyImage', region: 'us-east-1', kind: { type: 'ending', ending } });
  const id = await copy(ec2('us-east-1'));
  expect(await refusalOf(copy(ec2('us-east-1')))).toBe('ResourceLimitExceeded');
  expect(await refusalOf(copy(ec2('us-west-2')))).toBe('no error');
  await look(ec2('us-east-1'), id);
  const StateReason = { Code: ending.code, Message: ending.message };
  expect(await look(ec2('us-east-1'), id)).toMatchObject({ State: 'failed', StateReason });
  expect(await refusalOf(copy(ec2('us-east-1')))).toBe('no error');
});

test('refuses to copy what is not there, or not yet', async () => {
  const { aws, ec2, ebs, copy } = await startWithImage();
  expect(await refusalOf(copy(ec2('us-east-1'), { SourceRegion: 'us-west-2' }))).toBe('InvalidAMIID.NotFound');
  expect(await refusalOf(copy(ec2('us-east-1'), { SourceRegion: 'moon-1' }))).toBe('InvalidParameterValue');
  aws.world.settings.lag.registered = { reads: 1 };
  const SourceImageId = await makeImage(ec2(), await makeSnapshot(ebs(), [1]), { Name: 'late' });
  expect(await refusalOf(copy(ec2('us-east-1'), { SourceImageId }))).toBe('InvalidAMIID.Unavailable');
});

test('a copy is encrypted where that is asked for, or the rule of the region', async () => {
  const { aws, ec2, copy, look } = await startWithImage();
  aws.world.settings.encryptedByDefault = ['us-west-2'];
  const encrypted = async (region: string, more: object = {}) => {
    const image = await look(ec2(region), await copy(ec2(region), more));
    return image?.BlockDeviceMappings?.[0]?.Ebs?.Encrypted;
  };
  expect(await encrypted('us-east-1')).toBe(false);
  expect(await encrypted('us-east-1', { Encrypted: true, KmsKeyId: 'alias/mine' })).toBe(true);
  expect(await encrypted('us-west-2')).toBe(true);
});
