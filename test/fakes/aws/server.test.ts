import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand, StartSnapshotCommand } from '@aws-sdk/client-ebs';
import {
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeRegionsCommand,
  DescribeSnapshotsCommand,
} from '@aws-sdk/client-ec2';
import { CreateMultipartUploadCommand, HeadBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { refusalOf, startRig } from './rig.ts';
import { makeImage, makeSnapshot } from './stock.ts';

test('says whose a key is', async () => {
  const { aws, sts } = await startRig();
  aws.world.settings.accounts.OTHERKEY = '210987654321';
  expect((await sts().send(new GetCallerIdentityCommand())).Account).toBe('123456789012');
  const other = await sts('us-east-1', { accessKeyId: 'OTHERKEY' }).send(new GetCallerIdentityCommand());
  expect(other.Account).toBe('210987654321');
});

test('refuses what is not signed in the words of each service', async () => {
  const { aws } = await startRig();
  const form = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeRegions',
  };
  const ec2 = await fetch(aws.url, form);
  expect([ec2.status, await ec2.text()]).toEqual([
    403,
    expect.stringContaining('<Response><Errors><Error><Code>MissingAuthenticationToken<'),
  ]);
  const ebs = await fetch(`${aws.url}/snapshots`, { method: 'POST', body: '{}' });
  expect([ebs.status, ebs.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException']);
  const s3 = await fetch(`${aws.url}/bucket/key`);
  expect([s3.status, await s3.text()]).toEqual([403, expect.stringContaining('<Error><Code>AccessDenied<')]);
  const authorization =
    'AWS4-HMAC-SHA256 Credential=KEY/20261123/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=short';
  expect((await fetch(aws.url, { ...form, headers: { ...form.headers, authorization } })).status).toBe(403);
  expect(aws.log.all).toEqual([]);
});

test('refuses keys that have expired, dates that are far off, rights that are denied and regions that are closed', async () => {
  const { aws, ec2, ebs, s3, sts } = await startRig();
  const { settings } = aws.world;
  const all = async (region?: string, accessKeyId = 'AKIDEXAMPLE') => [
    await refusalOf(ec2(region, { accessKeyId }).send(new DescribeRegionsCommand())),
    await refusalOf(ebs(region, { accessKeyId }).send(new StartSnapshotCommand({ VolumeSize: 1 }))),
    await refusalOf(s3(region, { accessKeyId }).send(new ListObjectsV2Command({ Bucket: 'none' }))),
    await refusalOf(sts(region, { accessKeyId }).send(new GetCallerIdentityCommand())),
  ];
  settings.expired.push('OLDKEY');
  expect(await all('eu-west-1', 'OLDKEY')).toEqual([
    'RequestExpired',
    'ExpiredTokenException',
    'ExpiredToken',
    'ExpiredToken',
  ]);
  settings.denied.push('ec2:DescribeRegions', 'ebs:StartSnapshot eu-west-1', 's3:ListBucket');
  expect(await all()).toEqual(['UnauthorizedOperation', 'AccessDeniedException', 'AccessDenied', 'no error']);
  settings.denied = [];
  expect(await all('af-south-1')).toEqual([
    'AuthFailure',
    'UnrecognizedClientException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
  ]);
  settings.skewMs = 60_000;
  expect(await all()).toEqual([
    'RequestExpired',
    'InvalidSignatureException',
    'RequestTimeTooSkewed',
    'SignatureDoesNotMatch',
  ]);
});

test('a client with a wrong clock finds the right one by itself, as with AWS', async () => {
  const { aws, ec2 } = await startRig();
  aws.world.settings.skewMs = 5 * 60_000;
  await ec2('eu-west-1', { maxAttempts: 2 }).send(new DescribeRegionsCommand());
  expect(aws.log.all.map(({ status }) => status)).toEqual([400, 200]);
});

test('refuses actions and parameters that EC2 does not have', async () => {
  const { aws } = await startRig();
  const authorization = `AWS4-HMAC-SHA256 Credential=KEY/20261123/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const ask = async (body: string) => {
    const headers = {
      authorization,
      'x-amz-date': '20261123T120000Z',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const answer = await fetch(aws.url, { method: 'POST', headers, body });
    return /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1];
  };
  expect(await ask('Action=RunInstances')).toBe('InvalidAction');
  expect(await ask('Action=DescribeImages&Owners.1=self')).toBe('UnknownParameter');
  expect(await ask('Action=DescribeImages&Owner.1=self&MaxResults=many')).toBe('InvalidParameterValue');
  expect(await ask('Action=DescribeImages&Owner.1=self&DryRun=true')).toBe('DryRunOperation');
  expect(await ask('Action=DescribeImages&Owner.1=self')).toBeUndefined();
});

test('tells what it was asked, and what it said', async () => {
  const { aws, ec2, ebs } = await startRig();
  await makeSnapshot(ebs('us-west-2'), [1]);
  await refusalOf(ec2().send(new DescribeImagesCommand({ ImageIds: ['ami-00000000'] })));
  expect(
    aws.log.all.map(({ service, action, region, status, code }) => [service, action, region, status, code]),
  ).toEqual([
    ['ebs', 'StartSnapshot', 'us-west-2', 201, undefined],
    ['ebs', 'PutSnapshotBlock', 'us-west-2', 201, undefined],
    ['ebs', 'CompleteSnapshot', 'us-west-2', 202, undefined],
    ['ec2', 'DescribeImages', 'eu-west-1', 400, 'InvalidAMIID.NotFound'],
  ]);
  expect(aws.log.of('PutSnapshotBlock', 'us-west-2')[0]?.parameters).toMatchObject({ BlockIndex: 0 });
  expect(aws.log.of('PutSnapshotBlock', 'eu-west-1')).toEqual([]);
  expect(aws.log.changes).toHaveLength(3);
  expect(aws.log.rights).toEqual([
    'ebs:CompleteSnapshot',
    'ebs:PutSnapshotBlock',
    'ebs:StartSnapshot',
    'ec2:DescribeImages',
  ]);
  aws.log.clear();
  expect(aws.log.all).toEqual([]);
});

test('tells what a policy must grant for what it was asked', async () => {
  const { aws, ec2, ebs, s3, sts } = await startRig();
  const Tags = [{ Key: 'a', Value: 'b' }];
  const image = await makeImage(ec2(), await makeSnapshot(ebs(), []), {
    TagSpecifications: [{ ResourceType: 'image', Tags }],
  });
  await ec2().send(new DeregisterImageCommand({ ImageId: image, DeleteAssociatedSnapshots: true }));
  await refusalOf(s3().send(new HeadBucketCommand({ Bucket: 'none' })));
  await refusalOf(s3().send(new CreateMultipartUploadCommand({ Bucket: 'none', Key: 'a' })));
  await sts().send(new GetCallerIdentityCommand());
  expect(aws.log.rights).toEqual([
    'ebs:CompleteSnapshot',
    'ebs:StartSnapshot',
    'ec2:CreateTags',
    'ec2:DeleteSnapshot',
    'ec2:DeregisterImage',
    'ec2:RegisterImage',
    's3:ListBucket',
    's3:PutObject',
  ]);
  aws.world.settings.denied = ['ec2:CreateTags'];
  const again = makeImage(ec2(), await makeSnapshot(ebs(), []), {
    TagSpecifications: [{ ResourceType: 'image', Tags }],
  });
  expect(await refusalOf(again)).toBe('UnauthorizedOperation');
});

test('keys may expire in the middle', async () => {
  const { aws, ec2 } = await startRig({
    moment: ({ applied }) => {
      if (applied) aws.world.settings.expired = ['AKIDEXAMPLE'];
    },
  });
  const ask = () => refusalOf(ec2().send(new DescribeRegionsCommand()));
  expect([await ask(), await ask()]).toEqual(['no error', 'RequestExpired']);
});

test('gives the same ids for the same seed, and others for another', async () => {
  const make = async (seed: string) => {
    const { ebs } = await startRig({ seed });
    return makeSnapshot(ebs(), [1]);
  };
  const [one, again, other] = [await make('a'), await make('a'), await make('b')];
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test.each(['in memory', 'in a folder'])('what was saved is there after a restart, with blocks %s', async place => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-aws-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const first = await startRig(place === 'in memory' ? {} : { blocks: join(folder, 'blocks') });
  first.aws.world.settings.lag.registered = { reads: 2 };
  const snapshot = await makeSnapshot(first.ebs(), [7]);
  const image = await makeImage(first.ec2(), snapshot);
  const describing = new DescribeImagesCommand({ ImageIds: [image] });
  expect((await first.ec2().send(describing)).Images?.[0]?.State).toBe('pending');
  first.aws.save(folder);
  await first.aws.stop();

  const { ec2, ebs } = await startRig({ from: folder });
  const states = [await ec2().send(describing), await ec2().send(describing)].map(({ Images }) => Images?.[0]?.State);
  expect(states).toEqual(['pending', 'available']);
  const [found] = (await ec2().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }))).Snapshots ?? [];
  expect(found?.SnapshotId).toBe(snapshot);
  const { Blocks = [] } = await ebs().send(new ListSnapshotBlocksCommand({ SnapshotId: snapshot }));
  const BlockToken = Blocks[0]?.BlockToken;
  const block = await ebs().send(new GetSnapshotBlockCommand({ SnapshotId: snapshot, BlockIndex: 0, BlockToken }));
  expect((await block.BlockData?.transformToByteArray())?.every(byte => byte === 7)).toBe(true);
});

test('a test may do something as a call comes in, and when its work is done but not yet answered', async () => {
  const moments: string[] = [];
  const { ec2 } = await startRig({
    moment: ({ action, region, applied }) => moments.push(`${action} ${region} ${applied}`),
  });
  await ec2().send(new DescribeRegionsCommand());
  expect(moments).toEqual(['DescribeRegions eu-west-1 false', 'DescribeRegions eu-west-1 true']);
});
