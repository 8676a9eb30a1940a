/** The life of an image at AWS: replaced, revised, removed by hand, refused by a region, created by two runs at once. */
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { RegisterImageCommand } from '@aws-sdk/client-ec2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkRegions } from '../../src/clouds/aws/account/account-check.ts';
import { askAccount } from '../../src/clouds/aws/account/aws-account.ts';
import { POLICY_RIGHTS } from '../../src/clouds/aws/account/policy.ts';
import { readBack } from '../../src/clouds/aws/blocks/read-back.ts';
import { removeImage } from '../../src/clouds/aws/image/located.ts';
import { leftBehind, removeBucket } from '../../src/clouds/aws/s3/left-behind.ts';
import { ACCOUNT, connect, HOME, REGIONS } from './aws-rig.ts';
import { NEVER, publishRig, startPublisher } from './publish-rig.ts';

const DISK = { 0: 1, 2: 2 };
const OTHER = { 0: 1, 2: 3 };

function namesIn(rig: Awaited<ReturnType<typeof publishRig>>, region: string): readonly string[] {
  const images = Object.values(rig.aws.world.images).filter(each => each.region === region);
  return images.map(({ name }) => name).sort();
}

describe('an image', () => {
  test('that is published is published once: a second time changes nothing, and a refresh only asks', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    rig.changes();
    expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(rig.changes()).toEqual([]);
  });

  test('that is not published gives way to other content under its name', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    const denied = { type: 'error', code: 'UnauthorizedOperation' } as const;
    rig.aws.faults.plan({ action: 'ModifyImageAttribute', times: 100, kind: denied });
    expect((await rig.publish()).status).toBe('failed');
    rig.aws.faults.clear();
    await rig.take(OTHER);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    for (const region of REGIONS) expect(namesIn(rig, region)).toEqual(['alpine-3.22.1-x86_64-uefi-tiny-r0']);
    // Nothing remains of the first one.
    expect(Object.keys(rig.aws.world.snapshots)).toHaveLength(REGIONS.length);
  });

  test('that is published is not replaced, but revised if that is wanted', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    await rig.take(OTHER);
    rig.changes();
    expect((await rig.publish()).failures).toMatchObject([{ label: '//import', code: 'AIB_PUBLISHED' }]);
    expect(rig.changes(), 'nothing is sent for it').toEqual([]);
    expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
    for (const region of REGIONS)
      expect(namesIn(rig, region)).toEqual(['r0', 'r1'].map(end => `alpine-3.22.1-x86_64-uefi-tiny-${end}`));
    await rig.take(DISK);
    rig.changes();
    expect(await rig.publish({ revise: true, refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(rig.changes(), 'the first one is still there').toEqual([]);
  });

  test('whose name somebody else has is told with the one who has it', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    rig.aws.world.settings.lag = { ...rig.aws.world.settings.lag, visible: {} };
    const elsewhere = connect(rig.aws.url, join(rig.folder, 'other'));
    const denied = { type: 'error', code: 'UnauthorizedOperation' } as const;
    rig.aws.faults.plan({ action: 'RegisterImage', kind: denied });
    await rig.publish();
    const [snapshot = ''] = Object.keys(rig.aws.world.snapshots);
    const root = '/dev/xvda';
    const about = { VirtualizationType: 'hvm', RootDeviceName: root, Architecture: 'x86_64' } as const;
    const { ImageId } = await elsewhere.ec2(HOME).send(
      new RegisterImageCommand({
        ...about,
        Name: 'alpine-3.22.1-x86_64-uefi-tiny-r0',
        BlockDeviceMappings: [{ DeviceName: root, Ebs: { SnapshotId: snapshot } }],
      }),
    );
    elsewhere.close();
    expect((await rig.publish()).failures).toMatchObject([
      {
        label: '//import',
        what: 'The name alpine-3.22.1-x86_64-uefi-tiny-r0 is taken',
        got: expect.stringContaining(ImageId ?? '?'),
      },
    ]);
    expect(Object.keys(rig.aws.world.images)).toEqual([ImageId]);
  });
});

const EXTRA = { isProtected: true, sharesSnapshots: true, parameter: '/alpine/3.22/tiny' };

describe('what may be asked for besides', () => {
  test('is done once, and put right: protection, the snapshot, and a name for the image', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish({ publication: EXTRA });
    const { images, snapshots, parameters } = rig.aws.world;
    for (const { id, region, protection, devices } of Object.values(images)) {
      expect(protection).toBe('enabled');
      expect(snapshots[devices[0]?.snapshot ?? '']?.permission.groups).toEqual(['all']);
      expect(parameters[`${ACCOUNT} ${region} ${EXTRA.parameter}`]).toBe(id);
    }
    expect(Object.keys(parameters)).toHaveLength(REGIONS.length);
    rig.changes();
    expect(await rig.publish({ publication: EXTRA, refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(rig.changes()).toEqual([]);

    const [one] = Object.values(images);
    const [snapshot] = Object.values(snapshots);
    if (one === undefined || snapshot === undefined) return expect.unreachable();
    one.protection = 'disabled';
    snapshot.permission = { users: ['210987654321'], groups: [], organizations: [], units: [] };
    parameters[`${ACCOUNT} ${HOME} ${EXTRA.parameter}`] = 'ami-00000000000000000';
    expect(await rig.publish({ publication: EXTRA, refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(
      rig
        .changes()
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['EnableImageDeregistrationProtection', 'ModifySnapshotAttribute', 'PutParameter']);
    expect(snapshot.permission).toMatchObject({ users: [], groups: ['all'] });
  });

  test('ends when it is asked for no more, and leaves alone what others have protected', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish({ publication: { sharesSnapshots: true } });
    const { images, snapshots } = rig.aws.world;
    for (const image of Object.values(images)) image.protection = 'enabled';
    expect(await rig.publish({ publication: { isProtected: true } })).toEqual({ status: 'done', failures: [] });
    for (const { permission } of Object.values(snapshots)) expect(permission.groups).toEqual([]);
    for (const { tags } of Object.values(images)) expect(tags).not.toHaveProperty('aib:protected');
  });

  test('is told where AWS takes no such name, before others may use the image', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    const { failures } = await rig.publish({ publication: { parameter: '/aws/alpine' } });
    expect(failures[0]).toMatchObject({ what: 'AWS does not accept this parameter name', got: '/aws/alpine' });
    for (const { permission } of Object.values(rig.aws.world.images)) expect(permission.groups).toEqual([]);
  });

  test('does not keep aib from removing what has had its time, unless somebody else has protected it', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish({ publication: EXTRA });
    const connection = connect(rig.aws.url, join(rig.folder, 'reader'));
    onTestFinished(connection.close);
    const [ours, theirs] = Object.values(rig.aws.world.images);
    if (ours === undefined || theirs === undefined) return expect.unreachable();
    theirs.tags = Object.fromEntries(Object.entries(theirs.tags).filter(([key]) => key !== 'aib:protected'));
    const remove = ({ id, region }: typeof ours) => removeImage({ connection, region, signal: NEVER }, id);
    expect(await remove(ours)).toMatchObject({ ok: true });
    expect(await remove(theirs)).toMatchObject({ ok: false, error: { got: expect.stringContaining('protected') } });
    expect(rig.aws.world.images[theirs.id]).toEqual(theirs);
  });
});

describe('a region that has as many public images as it may', () => {
  test('is told before anything is sent, where no other takes one', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    rig.aws.world.settings.quota.publicImages = 1;
    await rig.take(OTHER);
    rig.changes();
    expect((await rig.publish({ revise: true })).failures).toMatchObject([
      { label: '//import', got: expect.stringContaining('aws/us-west-2: 1 of 1 public images') },
    ]);
    expect(rig.changes()).toEqual([]);
    rig.aws.world.settings.quota.publicImages = 5;
    expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
  });

  test('is tried where nobody may say how many those are', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    rig.aws.world.settings.denied = ['servicequotas:GetServiceQuota'];
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
  });
});

describe('what was changed by hand', () => {
  test('is put right by a refresh, and no more than that', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    const images = Object.values(rig.aws.world.images);
    const [one, two, three, four] = REGIONS.map(region => images.find(each => each.region === region));
    if (one === undefined || two === undefined || three === undefined || four === undefined)
      return expect.unreachable();
    one.permission.groups = [];
    two.tags = { ...two.tags, version: 'by hand' };
    three.permission.users = ['210987654321'];
    four.description = 'by hand';
    rig.changes();
    expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(
      rig
        .changes()
        .filter(({ applied }) => applied)
        .map(({ action, region }) => `${action} ${region}`)
        .sort(),
    ).toEqual(
      [
        `ModifyImageAttribute ${one.region}`,
        `CreateTags ${two.region}`,
        `ModifyImageAttribute ${three.region}`,
        `ModifyImageAttribute ${four.region}`,
      ].sort(),
    );
    expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(rig.changes()).toEqual([]);
  });

  test('a copy that was removed is made again', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    const gone = Object.values(rig.aws.world.images).find(({ region }) => region === 'us-west-2');
    delete rig.aws.world.images[gone?.id ?? ''];
    delete rig.aws.world.snapshots[gone?.devices[0]?.snapshot ?? ''];
    rig.changes();
    expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
    expect(new Set(rig.changes().map(({ region }) => region))).toEqual(new Set(['us-west-2']));
  });
});

describe('a region', () => {
  test('that fails holds up no other, and the next run does only what lacks', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    const closed = rig.aws.world.settings.regions.find(({ name }) => name === 'us-west-2');
    if (closed === undefined) return expect.unreachable();
    Object.assign(closed, { opt: 'not-opted-in' });
    const first = await rig.publish();
    expect(first.status).toBe('failed');
    expect(first.failures.map(({ label }) => label)).toEqual(['//copy/us-west-2']);
    expect(first.failures[0]?.where).toBe('aws/us-west-2');
    for (const region of REGIONS) expect(namesIn(rig, region)).toHaveLength(region === 'us-west-2' ? 0 : 1);
    Object.assign(closed, { opt: 'opted-in' });
    rig.changes();
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect(new Set(rig.changes().map(({ region }) => region))).toEqual(new Set(['us-west-2']));
  });

  test('in which a copy fails is told why, and the copy is made anew', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    const ending = { code: 'InternalError', message: 'The key of the account is disabled' };
    rig.aws.faults.plan({ action: 'CopyImage', region: 'us-west-2', kind: { type: 'ending', ending } });
    expect((await rig.publish()).failures).toMatchObject([
      { label: '//copy/us-west-2', got: expect.stringContaining(ending.message) },
    ]);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect(namesIn(rig, 'us-west-2')).toHaveLength(1);
    expect(Object.values(rig.aws.world.snapshots).filter(each => each.region === 'us-west-2')).toHaveLength(1);
  });

  test('that takes one copy at a time gets all of them, one after the other', async () => {
    const rig = await publishRig();
    rig.aws.world.settings.quota.copies = 0;
    await rig.take(DISK);
    let waits = 0;
    const published = await rig.publish({
      emit: event => {
        if (event.type !== 'pending' || !event.label.includes('copy')) return;
        waits += 1;
        if (waits === 12) rig.aws.world.settings.quota.copies = 1;
      },
    });
    expect(published).toEqual({ status: 'done', failures: [] });
    expect(waits).toBeGreaterThanOrEqual(12);
  });
});

describe('an account that keeps images from being public', () => {
  test('everywhere is told before a byte is sent', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    for (const region of REGIONS) rig.aws.world.settings.imageBlockPublicAccess[region] = 'block-new-sharing';
    expect((await rig.publish()).failures).toMatchObject([
      { label: '//import', what: expect.stringContaining('blocks public images') },
    ]);
    expect(rig.changes()).toEqual([]);
  });

  test('in one region is told before a copy is made there, and the others are published', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    rig.aws.world.settings.imageBlockPublicAccess = { 'us-west-2': 'block-new-sharing' };
    expect((await rig.publish()).failures).toMatchObject([{ label: '//copy/us-west-2', where: 'aws/us-west-2' }]);
    expect(rig.changes().filter(({ region }) => region === 'us-west-2')).toEqual([]);
    rig.aws.world.settings.imageBlockPublicAccess = {};
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
  });
});

test('credentials that end in the middle are told with what to do, and what is done stays done', async () => {
  const rig = await publishRig({
    moment: ({ action, applied }) => {
      if (action === 'RegisterImage' && applied) rig.aws.world.settings.expired = ['AKIDEXAMPLE'];
    },
  });
  await rig.take(DISK);
  const [failure] = (await rig.publish()).failures;
  expect(failure).toMatchObject({ code: 'AIB_PROVIDER', hint: expect.stringContaining('credentials') });
  rig.aws.world.settings.expired = [];
  rig.changes();
  expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
  const again = rig.changes().filter(({ applied }) => applied);
  expect(again.map(({ action }) => action)).not.toContain('RegisterImage');
  expect(again.map(({ action }) => action)).not.toContain('StartSnapshot');
});

test('a clock that is an hour off is no obstacle', async () => {
  const rig = await publishRig({ now: () => Date.now() + 3_600_000 });
  rig.aws.world.settings.skewMs = 300_000;
  await rig.take(DISK);
  expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
  expect(rig.aws.log.all.some(({ code }) => code === 'RequestExpired')).toBe(true);
});

test('two machines that publish one variant at once end with one snapshot and one image in each region', async () => {
  const rig = await publishRig();
  await rig.take(DISK);
  const machines = ['one', 'two', 'three'].map(name => join(rig.folder, name));
  const said = machines.map(async folder => {
    mkdirSync(folder);
    copyFileSync(join(rig.folder, 'disk'), join(folder, 'disk'));
    const child = startPublisher({ folder, url: rig.aws.url });
    const [output, errors] = [text(child.stdout), text(child.stderr)];
    await once(child, 'exit');
    return `${await output}${JSON.parse(await output).status === 'done' ? '' : await errors}`;
  });
  for (const each of await Promise.all(said)) expect(each).toBe('{"status":"done","failures":[]}\n');
  for (const region of REGIONS) {
    expect(namesIn(rig, region)).toHaveLength(1);
    expect(Object.values(rig.aws.world.snapshots).filter(each => each.region === region)).toHaveLength(1);
  }
});

test('everything that is asked takes the rights that aib doctor aws --policy prints, and all of those', async () => {
  const rig = await publishRig();
  await rig.take(DISK);
  await rig.publish();
  await rig.take(OTHER);
  await rig.publish({ revise: true });
  // A revision that is replaced later.
  await rig.take({ 0: 4 });
  rig.aws.faults.plan({
    action: 'ModifyImageAttribute',
    times: 100,
    kind: { type: 'error', code: 'UnauthorizedOperation' },
  });
  await rig.publish({ revise: true });
  rig.aws.faults.clear();
  // Half of it exists when it is sent again.
  await rig.take(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [index * 4, index + 1])), 32 << 20);
  rig.aws.faults.plan({ action: 'UploadPart', times: 1, kind: { type: 'error', code: 'AccessDenied' } });
  await rig.publish({ revise: true, importing: { method: 's3' } });
  // Another machine has started an upload, too.
  const [upload] = Object.values(rig.aws.world.uploads);
  if (upload === undefined) return expect.unreachable();
  rig.aws.world.uploads.other = { ...upload, id: 'other', made: upload.made + 1 };
  expect(await rig.publish({ revise: true, importing: { method: 's3' } })).toEqual({ status: 'done', failures: [] });
  await rig.take({ 0: 5 });
  expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
  const connection = connect(rig.aws.url, join(rig.folder, 'doctor'));
  onTestFinished(connection.close);
  process.env.AWS_REGION = HOME;
  const account = await askAccount(connection, NEVER);
  if (!account.ok) return expect.unreachable(account.error.what);
  for await (const { found } of checkRegions(connection, account.value, NEVER)) expect(found.ok).toBe(true);
  // With all optional settings.
  await rig.publish({ revise: true, publication: EXTRA });
  const [{ id = '', region = '' } = {}] = Object.values(rig.aws.world.images).filter(
    each => each.tags['aib:protected'],
  );
  expect(await removeImage({ connection, region, signal: NEVER }, id)).toMatchObject({ ok: true });
  // Unfinished work that no run continues.
  await rig.take({ 0: 6 });
  rig.aws.faults.plan({ action: 'UploadPart', times: 1, kind: { type: 'error', code: 'AccessDenied' } });
  await rig.publish({ revise: true, importing: { method: 's3' } });
  const asking = { connection, region: HOME, signal: NEVER };
  const left = await leftBehind(asking, []);
  if (!left.ok) return expect.unreachable(left.error.what);
  for (const { id } of left.value.buckets) expect(await removeBucket(asking, id)).toMatchObject({ ok: true });
  const [snapshot = ''] = Object.keys(rig.aws.world.snapshots);
  await readBack({ connection, region: HOME, signal: NEVER }, snapshot, new Map());
  expect(rig.aws.log.rights).toEqual(POLICY_RIGHTS);
});
