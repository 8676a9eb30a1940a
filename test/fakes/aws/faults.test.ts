import { StartSnapshotCommand } from '@aws-sdk/client-ebs';
import { DescribeRegionsCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusalOf, startRig } from './rig.ts';
import { makeSnapshot } from './stock.ts';

const count = async ({ ec2 }: Awaited<ReturnType<typeof startRig>>) =>
  (await ec2().send(new DescribeSnapshotsCommand())).Snapshots?.length;

test('a call is refused before its work is done, or after, or cut off', async () => {
  const rig = await startRig();
  const start = () => refusalOf(rig.ebs().send(new StartSnapshotCommand({ VolumeSize: 1 })));
  const action = 'StartSnapshot';
  rig.aws.faults.plan({ action, kind: { type: 'error', code: 'InternalServerException' } });
  expect([await start(), await count(rig)]).toEqual(['InternalServerException', 0]);
  rig.aws.faults.plan({ action, kind: { type: 'error', code: 'InternalServerException', applied: true } });
  expect([await start(), await count(rig)]).toEqual(['InternalServerException', 1]);
  rig.aws.faults.plan({ action, kind: { type: 'cut', applied: false } });
  expect([await start(), await count(rig)]).toEqual(['TimeoutError', 1]);
  rig.aws.faults.plan({ action, kind: { type: 'cut', applied: true } });
  expect([await start(), await count(rig)]).toEqual(['TimeoutError', 2]);
  const told = rig.aws.log.of(action).map(({ status, applied }) => [status, applied]);
  expect(told).toEqual([
    [500, false],
    [500, true],
    [0, false],
    [0, true],
  ]);
});

test('a fault comes at its call and region, as often as it says', async () => {
  const { aws, ec2 } = await startRig();
  const ask = (region: string) => refusalOf(ec2(region).send(new DescribeRegionsCommand()));
  const kind = { type: 'error', code: 'UnauthorizedOperation' } as const;
  aws.faults.plan({ action: 'DescribeRegions', region: 'us-east-1', nth: 2, times: 2, kind });
  const answers = [];
  for (const region of ['us-east-1', 'eu-west-1', 'us-east-1', 'us-east-1', 'us-east-1'])
    answers.push(await ask(region));
  expect(answers).toEqual(['no error', 'no error', 'UnauthorizedOperation', 'UnauthorizedOperation', 'no error']);
  expect(aws.faults.left).toEqual([]);
});

test('a fault that never came is still planned', async () => {
  const { aws, ec2 } = await startRig();
  const fault = { action: 'DescribeRegions', nth: 3, kind: { type: 'cut', applied: true } } as const;
  aws.faults.plan(fault);
  await ec2().send(new DescribeRegionsCommand());
  expect(aws.faults.left).toEqual([fault]);
  aws.faults.clear();
  expect(aws.faults.left).toEqual([]);
});

test.each(['RequestLimitExceeded', 'InternalError', 'Unavailable'])('a client tries again after %s', async code => {
  const { aws, ec2 } = await startRig();
  aws.faults.plan({ action: 'DescribeRegions', kind: { type: 'error', code } });
  await ec2('eu-west-1', { maxAttempts: 2 }).send(new DescribeRegionsCommand());
  expect(aws.log.all.map(({ status }) => status === 200)).toEqual([false, true]);
});

test('each service says an error in its way', async () => {
  const { aws, s3 } = await startRig();
  aws.faults.plan({
    action: 'CreateBucket',
    kind: { type: 'error', code: 'SlowDown', message: 'Please reduce your request rate.' },
  });
  const refusal = s3('us-east-1').send(new CreateBucketCommand({ Bucket: 'images' }));
  await expect(refusal).rejects.toMatchObject({
    name: 'SlowDown',
    message: 'Please reduce your request rate.',
    $metadata: { httpStatusCode: 503 },
  });
});

test('a snapshot that is completed may end as an error all the same', async () => {
  const { aws, ec2, ebs } = await startRig();
  const ending = { code: 'Client.InternalError', message: 'given KMS key is not accessible' };
  aws.faults.plan({ action: 'CompleteSnapshot', kind: { type: 'ending', ending } });
  const id = await makeSnapshot(ebs(), [1]);
  const { Snapshots } = await ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
  expect(Snapshots?.[0]).toMatchObject({ State: 'error', StateMessage: ending.message });
});
