import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeRegionsCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DisableImageBlockPublicAccessCommand,
  EnableImageBlockPublicAccessCommand,
  GetEbsEncryptionByDefaultCommand,
  GetImageBlockPublicAccessStateCommand,
  GetSnapshotBlockPublicAccessStateCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from '../rig.ts';
import { makeImage, makeSnapshot } from '../stock.ts';

test('tells the regions that an account has, and those that it could have', async () => {
  const { ec2 } = await startRig();
  const names = async (input: object) => {
    const { Regions = [] } = await ec2().send(new DescribeRegionsCommand(input));
    return Regions.map(({ RegionName, OptInStatus }) => `${RegionName} ${OptInStatus}`);
  };
  expect(await names({})).toContain('eu-south-1 opted-in');
  expect(await names({})).not.toContain('af-south-1 not-opted-in');
  expect(await names({ AllRegions: true })).toContain('af-south-1 not-opted-in');
  expect(await names({ Filters: [{ Name: 'opt-in-status', Values: ['opted-in'] }] })).toEqual(['eu-south-1 opted-in']);
  expect(await refusalOf(names({ RegionNames: ['moon-1'] }))).toBe('InvalidParameterValue');
});

test('tells what is blocked and encrypted in a region', async () => {
  const { aws, ec2 } = await startRig();
  const state = async () => (await ec2().send(new GetImageBlockPublicAccessStateCommand())).ImageBlockPublicAccessState;
  expect(await state()).toBe('unblocked');
  await ec2().send(new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState: 'block-new-sharing' }));
  expect(await state()).toBe('block-new-sharing');
  await ec2().send(new DisableImageBlockPublicAccessCommand());
  expect(await state()).toBe('unblocked');
  expect((await ec2().send(new GetSnapshotBlockPublicAccessStateCommand())).State).toBe('unblocked');
  aws.world.settings.encryptedByDefault = ['eu-west-1'];
  expect((await ec2().send(new GetEbsEncryptionByDefaultCommand())).EbsEncryptionByDefault).toBe(true);
});

test('things are tagged together, found by their tags, and lose them again', async () => {
  const { ec2, ebs } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  const image = await makeImage(ec2(), snapshot);
  const tag = (Resources: string[], ...Tags: { Key: string; Value: string }[]) =>
    ec2().send(new CreateTagsCommand({ Resources, Tags }));
  await tag([image, snapshot], { Key: 'a', Value: '1' }, { Key: 'b', Value: '' });
  const tags = async (...Filters: { Name: string; Values: string[] }[]) => {
    const { Tags = [] } = await ec2().send(new DescribeTagsCommand({ Filters }));
    return Tags.map(({ Key, Value, ResourceType }) => `${ResourceType} ${Key}=${Value}`).sort();
  };
  expect(await tags()).toEqual(['image a=1', 'image b=', 'snapshot a=1', 'snapshot b=']);
  expect(await tags({ Name: 'resource-type', Values: ['image'] }, { Name: 'key', Values: ['a'] })).toEqual([
    'image a=1',
  ]);
  const found = await ec2().send(new DescribeSnapshotsCommand({ Filters: [{ Name: 'tag:a', Values: ['1'] }] }));
  expect(found.Snapshots).toHaveLength(1);
  await ec2().send(new DeleteTagsCommand({ Resources: [image], Tags: [{ Key: 'a', Value: '2' }, { Key: 'b' }] }));
  await ec2().send(new DeleteTagsCommand({ Resources: [snapshot] }));
  expect(await tags()).toEqual(['image a=1']);
});

test('refuses tags that are too many, too long, or of Amazon, and then tags nothing', async () => {
  const { ec2, ebs } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  const tag = (Resources: string[], Key: string, Value = '') =>
    refusalOf(ec2().send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value }] })));
  expect(await tag([snapshot], 'aws:x')).toBe('InvalidParameterValue');
  expect(await tag([snapshot], 'k'.repeat(129))).toBe('InvalidParameterValue');
  expect(await tag([snapshot], 'k', 'v'.repeat(257))).toBe('InvalidParameterValue');
  expect(await tag([snapshot, 'snap-0123456789abcdef0'], 'k')).toBe('InvalidSnapshot.NotFound');
  expect(await tag(['vol-1'], 'k')).toBe('InvalidID');
  const Tags = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  expect(await refusalOf(ec2().send(new CreateTagsCommand({ Resources: [snapshot], Tags })))).toBe('TagLimitExceeded');
  expect((await ec2().send(new DescribeTagsCommand())).Tags).toEqual([]);
});
