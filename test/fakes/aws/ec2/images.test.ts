import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DisableImageDeprecationCommand,
  DisableImageDeregistrationProtectionCommand,
  type EC2Client,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  paginateDescribeImages,
  ResetImageAttributeCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from '../rig.ts';
import { makeImage, makeSnapshot } from '../stock.ts';

const DAY_MS = 24 * 3_600_000;

async function imageOf(client: EC2Client, ImageId: string) {
  return (await client.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images?.[0];
}

test('an image is what it was registered as', async () => {
  const { ec2, ebs } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  const Tags = [{ Key: 'name', Value: 'a <b> & "c"' }];
  const about = { BootMode: 'uefi', TpmSupport: 'v2.0', ImdsSupport: 'v2.0', SriovNetSupport: 'simple' } as const;
  const id = await makeImage(ec2(), snapshot, {
    ...about,
    Description: 'x',
    TagSpecifications: [{ ResourceType: 'image', Tags }],
  });
  expect(await imageOf(ec2(), id)).toMatchObject({
    ...about,
    ImageId: id,
    Name: 'alpine',
    State: 'available',
    Architecture: 'x86_64',
    VirtualizationType: 'hvm',
    EnaSupport: true,
    Public: false,
    OwnerId: '123456789012',
    CreationDate: '2026-11-23T12:00:00.000Z',
    Tags,
    BlockDeviceMappings: [
      {
        DeviceName: '/dev/xvda',
        Ebs: { SnapshotId: snapshot, VolumeSize: 1, VolumeType: 'gp3', DeleteOnTermination: true },
      },
    ],
  });
});

test('what is left out is as in 2006', async () => {
  const { ec2, ebs } = await startRig();
  const old = { Architecture: undefined, VirtualizationType: undefined, EnaSupport: undefined };
  const id = await makeImage(ec2(), await makeSnapshot(ebs(), [1]), old);
  expect(await imageOf(ec2(), id)).toMatchObject({ Architecture: 'i386', VirtualizationType: 'paravirtual' });
});

test('refuses to register what cannot be', async () => {
  const { ec2, ebs } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  await makeImage(ec2(), snapshot);
  const tried = (more: Parameters<typeof makeImage>[2], of = snapshot) =>
    refusalOf(makeImage(ec2(), of, { Name: 'other', ...more }));
  expect(await tried({ Name: 'alpine' })).toBe('InvalidAMIName.Duplicate');
  expect(await tried({ Name: 'a*' })).toBe('InvalidAMIName.Malformed');
  expect(await tried({}, 'snap-0123456789abcdef0')).toBe('InvalidSnapshot.NotFound');
  expect(await tried({}, 'snapshot')).toBe('InvalidSnapshotID.Malformed');
  expect(await tried({ RootDeviceName: '/dev/sda' })).toBe('InvalidBlockDeviceMapping');
  expect(await tried({ TpmSupport: 'v2.0', BootMode: 'legacy-bios' })).toBe('InvalidParameterCombination');
  expect(await tried({ VirtualizationType: 'paravirtual' })).toBe('InvalidParameterCombination');
  expect(await tried({ Architecture: 'arm64', BootMode: 'legacy-bios' })).toBe('InvalidParameterCombination');
  expect(await tried({ TagSpecifications: [{ ResourceType: 'snapshot', Tags: [] }] })).toBe('InvalidParameterValue');
  expect(await tried({}, await makeSnapshot(ebs('us-east-1'), [1]))).toBe('InvalidSnapshot.NotFound');
  expect(await refusalOf(makeImage(ec2('us-east-1'), await makeSnapshot(ebs('us-east-1'), [1])))).toBe('no error');
});

test('images are found by filters, owners and pages', async () => {
  const { aws, ec2, ebs } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  for (const name of ['one', 'two', 'three']) {
    const Tags = [{ Key: 'key', Value: name }];
    await makeImage(ec2(), snapshot, { Name: name, TagSpecifications: [{ ResourceType: 'image', Tags }] });
  }
  const find = async (...filters: readonly [string, ...string[]][]) => {
    const Filters = filters.map(([Name, ...Values]) => ({ Name, Values }));
    const { Images = [] } = await ec2().send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
    return Images.map(({ Name }) => Name).sort();
  };
  expect(await find(['tag:key', 'one', 'two'])).toEqual(['one', 'two']);
  expect(await find(['name', 't*'], ['state', 'available'])).toEqual(['three', 'two']);
  expect(await find(['name', 't?o'], ['tag-key', 'key'])).toEqual(['two']);
  expect(await find(['block-device-mapping.snapshot-id', snapshot])).toHaveLength(3);
  expect(await find(['is-public', 'true'])).toEqual([]);
  expect(await refusalOf(find(['colour', 'red']))).toBe('InvalidParameterValue');
  const none = await ec2().send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  expect(none.Images).toEqual([]);
  const names: (string | undefined)[] = [];
  for await (const page of paginateDescribeImages({ client: ec2(), pageSize: 2 }, {}))
    names.push(...(page.Images ?? []).map(({ Name }) => Name));
  expect(names.sort()).toEqual(['one', 'three', 'two']);
  expect(aws.log.of('DescribeImages').slice(-2)).toHaveLength(2);
});

test('what was just made is not seen yet, and is registered only once all the same', async () => {
  const { aws, ec2, ebs, pass } = await startRig();
  const snapshot = await makeSnapshot(ebs(), [1]);
  aws.world.settings.lag.visible = { reads: 1, ms: 30_000 };
  const id = await makeImage(ec2(), snapshot);
  const list = async () => (await ec2().send(new DescribeImagesCommand({ Owners: ['self'] }))).Images?.length;
  expect(await refusalOf(imageOf(ec2(), id))).toBe('InvalidAMIID.NotFound');
  expect(await list()).toBe(0);
  expect(await refusalOf(makeImage(ec2(), snapshot))).toBe('InvalidAMIName.Duplicate');
  pass(30_000);
  expect(await list()).toBe(1);
});

test('an image is shared in each of the ways that clients have', async () => {
  const { aws, ec2, ebs } = await startRig();
  aws.world.settings.accounts.OTHERKEY = '210987654321';
  const other = ec2('eu-west-1', { accessKeyId: 'OTHERKEY' });
  const ImageId = await makeImage(ec2(), await makeSnapshot(ebs(), [1]), {
    TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  const modify = (input: object) => ec2().send(new ModifyImageAttributeCommand({ ImageId, ...input }));
  const permissions = async () =>
    (await ec2().send(new DescribeImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }))).LaunchPermissions;
  expect(await permissions()).toEqual([]);
  expect(await refusalOf(imageOf(other, ImageId))).toBe('InvalidAMIID.NotFound');
  const OrganizationArn = 'arn:aws:organizations::123456789012:organization/o-1';
  await modify({ LaunchPermission: { Add: [{ UserId: '210987654321' }, { OrganizationArn }] } });
  expect(await permissions()).toEqual([{ UserId: '210987654321' }, { OrganizationArn }]);
  expect(await imageOf(other, ImageId)).toMatchObject({ ImageId, Tags: [] });
  expect(await refusalOf(other.send(new DeregisterImageCommand({ ImageId })))).toBe('AuthFailure');
  await modify({ Attribute: 'launchPermission', OperationType: 'add', UserGroups: ['all'] });
  await modify({ LaunchPermission: { Remove: [{ UserId: '210987654321' }, { OrganizationArn }] } });
  expect(await permissions()).toEqual([{ Group: 'all' }]);
  expect((await imageOf(other, ImageId))?.Public).toBe(true);
  await ec2().send(new ResetImageAttributeCommand({ ImageId, Attribute: 'launchPermission' }));
  expect(await permissions()).toEqual([]);
  expect(await refusalOf(modify({ LaunchPermission: { Add: [{ UserId: 'me' }] } }))).toBe(
    'InvalidAMIAttributeItemValue',
  );
  expect(await refusalOf(modify({}))).toBe('MissingParameter');
  await modify({ Description: { Value: 'new words' } });
  expect((await imageOf(ec2(), ImageId))?.Description).toBe('new words');
});

test('nothing is public that the account blocks, that is encrypted, or that is one too many', async () => {
  const { aws, ec2, ebs } = await startRig();
  const { settings } = aws.world;
  settings.quota.publicImages = 1;
  const snapshot = await makeSnapshot(ebs(), [1]);
  const open = async (Name: string, of = snapshot) => {
    const ImageId = await makeImage(ec2(), of, { Name });
    return refusalOf(
      ec2().send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ Group: 'all' }] } })),
    );
  };
  settings.imageBlockPublicAccess['eu-west-1'] = 'block-new-sharing';
  expect(await open('blocked')).toBe('OperationNotPermitted');
  settings.imageBlockPublicAccess = {};
  settings.encryptedByDefault = ['eu-west-1'];
  expect(await open('encrypted', await makeSnapshot(ebs(), [1]))).toBe('InvalidParameter');
  expect(await open('first')).toBe('no error');
  expect(await open('second')).toBe('ResourceLimitExceeded');
});

test('an image that is deregistered is gone, and its snapshot only then can be', async () => {
  const { ec2, ebs, pass } = await startRig();
  const SnapshotId = await makeSnapshot(ebs(), [1]);
  const ImageId = await makeImage(ec2(), SnapshotId);
  expect(await refusalOf(ec2().send(new DeleteSnapshotCommand({ SnapshotId })))).toBe('InvalidSnapshot.InUse');
  const deregister = (more: object = {}) => ec2().send(new DeregisterImageCommand({ ImageId, ...more }));
  await ec2().send(new EnableImageDeregistrationProtectionCommand({ ImageId, WithCooldown: true }));
  expect(await refusalOf(deregister())).toBe('OperationNotPermitted');
  await ec2().send(new DisableImageDeregistrationProtectionCommand({ ImageId }));
  expect(await refusalOf(deregister())).toBe('OperationNotPermitted');
  pass(DAY_MS);
  const { DeleteSnapshotResults } = await deregister({ DeleteAssociatedSnapshots: true });
  expect(DeleteSnapshotResults).toEqual([{ SnapshotId, ReturnCode: 'success' }]);
  expect(await refusalOf(deregister())).toBe('InvalidAMIID.Unavailable');
  expect((await ec2().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).Snapshots).toEqual([]);
});

test('deprecation has a date, within two years for the public', async () => {
  const { aws, ec2, ebs, pass } = await startRig();
  aws.world.settings.accounts.OTHERKEY = '210987654321';
  const ImageId = await makeImage(ec2(), await makeSnapshot(ebs(), [1]));
  const deprecate = (DeprecateAt: Date) =>
    refusalOf(ec2().send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt })));
  expect(await deprecate(new Date('2026-11-01'))).toBe('InvalidParameterValue');
  expect(await deprecate(new Date('2030-01-01'))).toBe('no error');
  await ec2().send(new DisableImageDeprecationCommand({ ImageId }));
  expect((await imageOf(ec2(), ImageId))?.DeprecationTime).toBeUndefined();
  await ec2().send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ Group: 'all' }] } }));
  expect(await deprecate(new Date('2030-01-01'))).toBe('InvalidParameterValue');
  expect(await deprecate(new Date('2026-12-01T10:00:20Z'))).toBe('no error');
  expect((await imageOf(ec2(), ImageId))?.DeprecationTime).toBe('2026-12-01T10:00:00.000Z');
  pass(10 * DAY_MS);
  const others = ec2('eu-west-1', { accessKeyId: 'OTHERKEY' });
  expect((await others.send(new DescribeImagesCommand({}))).Images).toEqual([]);
  expect((await others.send(new DescribeImagesCommand({ IncludeDeprecated: true }))).Images).toHaveLength(1);
});

test('a snapshot is shared by itself', async () => {
  const { aws, ec2, ebs } = await startRig();
  const SnapshotId = await makeSnapshot(ebs(), [1]);
  const modify = (entry: object) =>
    ec2().send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { Add: [entry] } }));
  await modify({ UserId: '210987654321' });
  const attribute = new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' });
  expect((await ec2().send(attribute)).CreateVolumePermissions).toEqual([{ UserId: '210987654321' }]);
  aws.world.settings.snapshotBlockPublicAccess['eu-west-1'] = 'block-all-sharing';
  expect(await refusalOf(modify({ Group: 'all' }))).toBe('OperationNotPermitted');
});
