/** Imports through S3: what is sent, what remains, who owns the bucket, and the result when AWS or another run interferes. */

import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Asking } from '../../src/clouds/aws/account/describe.ts';
import { prunedBuckets } from '../../src/clouds/aws/image/pruning.ts';
import { leftBehind, removeBucket } from '../../src/clouds/aws/s3/left-behind.ts';
import { importSteps } from '../../src/clouds/aws/steps/aws-steps.ts';
import { identityOf } from '../../src/engine/model/external.ts';
import type { ObjectState } from '../fakes/aws/world.ts';
import { connect, HOME, IMAGE, makeDisk, objectAt, targetAt, worldOf } from './aws-rig.ts';
import { NEVER, type PublishRig, publishRig, startPublisher } from './publish-rig.ts';

/** Blocks for three parts. */
const DISK = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [index * 4, index + 1]));
const SIZE = 32 << 20;
const S3 = { method: 's3' } as const;
const USERS = { method: 's3', bucket: 'images', role: 'mine' } as const;

async function makeBucket({ aws }: PublishRig, region: string): Promise<void> {
  const client = new S3Client({
    ...{ endpoint: aws.url, region, forcePathStyle: true },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });
  const place = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as never } };
  await client.send(new CreateBucketCommand({ Bucket: USERS.bucket, ...place }));
  client.destroy();
}

/** Parts that were sent since the last call. */
function partsSent(rig: PublishRig): number {
  return rig.changes().filter(({ action }) => action === 'UploadPart').length;
}

/** Buckets of the account, and snapshots of a project. */
async function leftIn(asking: Asking, project = IMAGE.project) {
  const left = await leftBehind(asking, [project]);
  if (!left.ok) return expect.unreachable(left.error.what);
  return { buckets: left.value.buckets, snapshots: left.value.snapshots.get(project) };
}

function objectOf(size: number): ObjectState {
  return { etag: '', size, made: 0, type: '', metadata: {}, checksums: {}, pieces: [] };
}

describe('an import by way of S3', () => {
  test('gives the image that one by EBS direct gives, and leaves nothing at S3', async () => {
    const worlds: unknown[] = [];
    for (const importing of [S3, { method: 'ebs' } as const]) {
      const rig = await publishRig();
      await rig.take(DISK, SIZE);
      expect(await rig.publish({ importing })).toEqual({ status: 'done', failures: [] });
      worlds.push(worldOf(rig.aws.world));
      expect(readdirSync(join(rig.folder, 'cache/aws')).filter(name => name.endsWith('.vhd'))).toEqual([]);
      expect(await rig.publish({ importing, refresh: true })).toEqual({ status: 'done', failures: [] });
    }
    expect(worlds[0]).toEqual(worlds[1]);
    expect(worlds[0]).toMatchObject({ buckets: [], uploads: [] });
  });

  test('uses the bucket and the role of the configuration, and leaves the bucket there', async () => {
    const rig = await publishRig();
    await makeBucket(rig, HOME);
    rig.aws.world.settings.roles = [USERS.role];
    await rig.take(DISK, SIZE);
    expect(await rig.publish({ importing: USERS })).toEqual({ status: 'done', failures: [] });
    expect(worldOf(rig.aws.world)).toMatchObject({ buckets: [{ name: 'images', objects: [] }], uploads: [] });
    expect(
      rig.changes().some(({ action }) => /^(Create|Delete)Bucket$/.test(action) && action !== 'CreateBucket'),
    ).toBe(false);
  });

  test.each<[string, (rig: PublishRig) => unknown, RegExp]>([
    ['is not there', () => undefined, /import\.bucket/],
    ['stands in another region', rig => makeBucket(rig, 'us-east-1'), /import\.bucket/],
  ])('into a bucket that %s is told within a few calls', async (_, prepare, hint) => {
    const rig = await publishRig();
    rig.aws.world.settings.lag = { ...rig.aws.world.settings.lag, visible: {} };
    await prepare(rig);
    rig.aws.world.settings.roles = [USERS.role];
    await rig.take(DISK, SIZE);
    rig.changes();
    const { failures } = await rig.publish({ importing: USERS });
    expect(failures).toMatchObject([{ label: '//import', hint: expect.stringMatching(hint) }]);
    expect(partsSent(rig)).toBe(0);
  });

  test('for which there is no role says how to make it, and keeps what was sent for the next run', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    rig.aws.world.settings.roles = [];
    expect((await rig.publish({ importing: S3 })).failures).toMatchObject([
      { label: '//import', hint: expect.stringContaining('import.role') },
    ]);
    expect(partsSent(rig)).toBe(3);
    rig.aws.world.settings.roles = ['vmimport'];
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect(partsSent(rig)).toBe(0);
    expect(worldOf(rig.aws.world)).toMatchObject({ buckets: [], uploads: [] });
  });

  test('that was left half sent is given the rest, also by who remembers nothing', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    rig.aws.faults.plan({ action: 'UploadPart', nth: 3, times: 1, kind: { type: 'error', code: 'AccessDenied' } });
    await rig.publish({ importing: S3 });
    partsSent(rig);
    rmSync(join(rig.folder, 'cache'), { recursive: true });
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect(partsSent(rig)).toBe(1);
  });

  test('is stopped between two parts, and gone on with', async () => {
    const stop = new AbortController();
    const rig = await publishRig({
      moment: ({ action, applied }) => {
        if (action === 'UploadPart' && applied) stop.abort();
      },
    });
    await rig.take(DISK, SIZE);
    expect(await rig.publish({ importing: S3, signal: stop.signal })).toMatchObject({ status: 'interrupted' });
    expect(rig.aws.log.of('ImportSnapshot')).toEqual([]);
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect(worldOf(rig.aws.world)).toMatchObject({ buckets: [], uploads: [] });
  });

  test('whose task ends as deleted says why when that is final, clears the place, and is made by the next run', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    const ending = { code: 'ClientError', message: 'ClientError: Disk validation failed' };
    rig.aws.faults.plan({ action: 'ImportSnapshot', kind: { type: 'ending', ending } });
    expect((await rig.publish({ importing: S3 })).failures).toMatchObject([
      { label: '//import', what: 'AWS did not finish the snapshot', got: expect.stringContaining(ending.message) },
    ]);
    expect(Object.values(rig.aws.world.imports).map(({ status }) => status)).toEqual(['deleted']);
    expect(worldOf(rig.aws.world)).toMatchObject({ buckets: [], uploads: [] });
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
  });

  test('that came to nothing is begun again by another run, and not cleared away under it by the first', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    const ending = { code: 'ClientError', message: 'ClientError: Disk validation failed' };
    rig.aws.faults.plan({ action: 'ImportSnapshot', kind: { type: 'ending', ending } });
    await rig.publish({ importing: S3 });
    const [first] = Object.values(rig.aws.world.imports);
    // Started again, and not finished.
    rig.aws.world.settings.lag = { ...rig.aws.world.settings.lag, import: { reads: 1_000_000 } };
    const stop = new AbortController();
    const again = rig.publish({ importing: S3, signal: stop.signal });
    while (Object.keys(rig.aws.world.imports).length < 2) await setTimeout(5);
    const connection = connect(rig.aws.url, join(rig.folder, 'slow'));
    onTestFinished(connection.close);
    const disk = await makeDisk(DISK, SIZE);
    const [step] = importSteps(targetAt(connection, HOME, { image: { ...IMAGE, importing: S3 } }));
    const object = objectAt(HOME, disk);
    const context = { identity: identityOf(object), object, signal: NEVER };
    expect(await step?.poll?.({ task: first?.id ?? '' }, context)).toMatchObject({ ok: false });
    const [bucket] = Object.values(rig.aws.world.buckets);
    expect(Object.keys(bucket?.objects ?? {})).toHaveLength(1);
    const left = await leftIn({ connection, region: HOME, signal: NEVER });
    expect(left.buckets, 'what a task reads is nobody’s to remove').toEqual([]);
    stop.abort();
    await again;
  });

  test('that nobody has gone on with has left a snapshot, which is found by its task', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    rig.aws.faults.plan({ action: 'CreateTags', times: 1, kind: { type: 'error', code: 'UnauthorizedOperation' } });
    await rig.publish({ importing: S3 });
    const connection = connect(rig.aws.url, join(rig.folder, 'reader'));
    onTestFinished(connection.close);
    const asking = { connection, region: HOME, signal: NEVER };
    const [snapshot] = Object.values(rig.aws.world.snapshots);
    expect((await leftIn(asking)).snapshots).toMatchObject([{ id: snapshot?.id }]);
    expect((await leftIn(asking, 'another')).snapshots).toEqual([]);
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect((await leftIn(asking)).snapshots).toEqual([]);
  });

  test('keeps the object until the task is final', async () => {
    const states: string[] = [];
    const rig = await publishRig({
      moment: ({ action, applied }) => {
        if (action !== 'DeleteObject' || applied) return;
        states.push(...Object.values(rig.aws.world.imports).map(({ status }) => status));
      },
    });
    rig.aws.world.settings.lag.import = { reads: 5 };
    await rig.take(DISK, SIZE);
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect(states).toEqual(['completed']);
  });

  test('waits where as many are under way as may be', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    const busy = { type: 'error', code: 'ResourceCountLimitExceeded' } as const;
    rig.aws.faults.plan({ action: 'ImportSnapshot', times: 30, kind: busy });
    expect(await rig.publish({ importing: S3 })).toEqual({ status: 'done', failures: [] });
    expect(rig.aws.log.of('ImportSnapshot')).toHaveLength(31);
  });

  test('by three machines at once is one', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    const said = ['a', 'b', 'c'].map(async name => {
      const folder = join(rig.folder, name);
      mkdirSync(folder);
      copyFileSync(join(rig.folder, 'disk'), join(folder, 'disk'));
      const child = startPublisher({ folder, url: rig.aws.url, importing: S3 });
      const [output, errors] = [text(child.stdout), text(child.stderr)];
      await once(child, 'exit');
      return `${await output}${JSON.parse(await output).status === 'done' ? '' : await errors}`;
    });
    for (const each of await Promise.all(said)) expect(each).toBe('{"status":"done","failures":[]}\n');
    expect(Object.values(rig.aws.world.imports)).toHaveLength(1);
    expect(Object.values(rig.aws.world.snapshots).filter(({ region }) => region === HOME)).toHaveLength(1);
    expect(worldOf(rig.aws.world)).toMatchObject({ buckets: [], uploads: [] });
  });

  test('that was begun one way is ended another', async () => {
    const rig = await publishRig();
    await rig.take(DISK, SIZE);
    rig.aws.faults.plan({ action: 'UploadPart', times: 10, kind: { type: 'error', code: 'AccessDenied' } });
    await rig.publish({ importing: S3 });
    rig.aws.faults.clear();
    expect(await rig.publish({ importing: { method: 'ebs' } })).toEqual({ status: 'done', failures: [] });
    expect(Object.values(rig.aws.world.images).filter(({ region }) => region === HOME)).toHaveLength(1);

    // No run continues the work of the first one.
    const connection = connect(rig.aws.url, join(rig.folder, 'other'));
    onTestFinished(connection.close);
    const asking = { connection, region: HOME, signal: NEVER };
    const [bucket] = (await leftIn(asking)).buckets;
    if (bucket === undefined) return expect.unreachable();
    expect(prunedBuckets([bucket], bucket.made + 86_400_000)).toEqual([]);
    expect(prunedBuckets([bucket], bucket.made + 3 * 86_400_000)).toMatchObject([{ bucket }]);
    await makeBucket(rig, HOME);
    expect((await leftIn(asking)).buckets, 'that of the user is not among them').toEqual([bucket]);
    const { objects = {} } = rig.aws.world.buckets[bucket.id] ?? {};
    objects[`aib/${'0'.repeat(64)}.vhd`] = objectOf(1);
    objects['of somebody'] = objectOf(2);
    expect(await removeBucket(asking, bucket.id)).toMatchObject({ ok: false, refusal: { code: 'BucketNotEmpty' } });
    expect(Object.keys(objects), 'what is none of ours stays').toEqual(['of somebody']);
    delete objects['of somebody'];
    expect(await removeBucket(asking, bucket.id)).toMatchObject({ ok: true });
    expect(await removeBucket(asking, bucket.id), 'one that is gone is as good').toMatchObject({ ok: true });
    expect((await leftIn(asking)).buckets).toEqual([]);
  });
});
