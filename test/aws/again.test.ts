/** Work that one run started and another continues, with less or other knowledge; and objects that were removed and are needed again. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { takeBack } from '../../src/clouds/aws/image/located.ts';
import { copySteps, importSteps } from '../../src/clouds/aws/steps/aws-steps.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { takeSteps } from '../outside/contract.ts';
import { connect, HOME, IMAGE, makeDisk, objectAt, REGIONS, targetAt } from './aws-rig.ts';
import { NEVER, type PublishRig, publishRig } from './publish-rig.ts';

const DISK = { 0: 1, 2: 2 };
const OTHER = { 0: 1, 2: 3 };

function forget({ folder }: PublishRig): void {
  rmSync(join(folder, 'cache'), { recursive: true, force: true });
}

function imagesIn({ aws }: PublishRig, region: string) {
  return Object.values(aws.world.images).filter(each => each.region === region);
}

function reader({ aws }: PublishRig) {
  const connection = connect(aws.url, testFolder('reader'));
  onTestFinished(connection.close);
  return connection;
}

const denied = { type: 'error', code: 'AccessDeniedException' } as const;

describe('a snapshot that was begun on another', () => {
  test('and that AWS has given up is begun again by who knows nothing of that other', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    await rig.take(OTHER);
    rig.aws.faults.plan({ action: 'PutSnapshotBlock', times: 100, kind: denied });
    await rig.publish({ revise: true });
    rig.aws.faults.clear();
    const half = Object.values(rig.aws.world.snapshots).find(({ state }) => state === 'open') ?? expect.unreachable();
    expect(half.parent).toBeDefined();
    half.state = 'error';
    forget(rig);
    expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
    expect(
      imagesIn(rig, HOME)
        .map(({ name }) => name.slice(-2))
        .sort(),
    ).toEqual(['r0', 'r1']);
  });

  test('that is gone is told, and made by the next run', async () => {
    const rig = await publishRig();
    rig.aws.world.settings.lag = { ...rig.aws.world.settings.lag, completed: { reads: 1_000 } };
    await rig.take(DISK);
    const published = await rig.publish({
      emit: event => {
        if (event.type === 'pending' && event.label === '//import') rig.aws.world.snapshots = {};
      },
    });
    expect(published.failures).toMatchObject([{ label: '//import', code: 'AIB_OBJECT_LOST' }]);
    rig.aws.world.settings.lag = { ...rig.aws.world.settings.lag, completed: {} };
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
  });
});

test.each([false, true])(
  'what was taken back is made again, whether tokens are remembered or not: %j',
  async outlive => {
    const rig = await publishRig();
    rig.aws.world.settings.tokensOutlive = outlive;
    await rig.take(DISK);
    rig.aws.faults.plan({
      action: 'ModifyImageAttribute',
      times: 100,
      kind: { type: 'error', code: 'UnauthorizedOperation' },
    });
    await rig.publish();
    rig.aws.faults.clear();
    const connection = reader(rig);
    for (const { id, region } of Object.values(rig.aws.world.images))
      expect(await takeBack({ connection, region, signal: NEVER }, id)).toEqual({ ok: true, value: 'removed' });
    expect(rig.aws.world.snapshots).toEqual({});
    expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
    for (const region of REGIONS) expect(imagesIn(rig, region)).toHaveLength(1);
  },
);

test('what was shared by hand, or by another a moment ago, is not taken back', async () => {
  const rig = await publishRig();
  await rig.take(DISK);
  await rig.publish();
  const connection = reader(rig);
  const [image] = imagesIn(rig, HOME);
  if (image === undefined) return expect.unreachable();
  const asking = { connection, region: HOME, signal: NEVER };
  expect(await takeBack(asking, image.id)).toEqual({ ok: true, value: 'shared' });
  image.permission = { users: ['210987654321'], groups: [], organizations: [], units: [] };
  image.tags = Object.fromEntries(Object.entries(image.tags).filter(([key]) => key !== 'published'));
  expect(await takeBack(asking, image.id)).toEqual({ ok: true, value: 'shared' });
  await rig.take(OTHER);
  expect((await rig.publish()).failures).toMatchObject([{ label: '//import' }]);
  expect(imagesIn(rig, HOME)).toEqual([image]);
});

test('a copy has the revision of its source, though a later one is there', async () => {
  const rig = await publishRig();
  await rig.take(DISK);
  await rig.publish();
  await rig.take(OTHER);
  await rig.publish({ revise: true });
  // Back to the first revision, in a region that does not have it.
  const [gone] = imagesIn(rig, 'us-west-2').filter(({ name }) => name.endsWith('r0'));
  delete rig.aws.world.images[gone?.id ?? ''];
  await rig.take(DISK);
  expect(await rig.publish({ refresh: true })).toEqual({ status: 'done', failures: [] });
  expect(
    imagesIn(rig, 'us-west-2')
      .map(({ name }) => name.slice(-2))
      .sort(),
  ).toEqual(['r0', 'r1']);
});

test('an image that another machine has imported where a copy was to be made is that copy', async () => {
  const rig = await publishRig();
  const away = 'us-east-1';
  const disk = await makeDisk(DISK);
  const inputs = { path: () => disk.path, factsOf: () => expect.unreachable() };
  const imported = async (region: string) =>
    takeSteps({ steps: () => importSteps(targetAt(reader(rig), region)), object: objectAt(region, disk), inputs });
  const source = await imported(HOME);
  const there = await imported(away);
  const copied = await takeSteps({
    steps: () => copySteps(targetAt(reader(rig), away)),
    object: objectAt(away, disk),
    inputs: { path: () => expect.unreachable(), factsOf: () => source },
  });
  expect(copied).toEqual(there);
  expect(imagesIn(rig, away)).toHaveLength(1);
});

test('an image whose machines are to have a TPM says so, and is another than one without', async () => {
  const rig = await publishRig();
  const disk = await makeDisk(DISK);
  const image = { ...IMAGE, tpm: true };
  const inputs = { path: () => disk.path, factsOf: () => expect.unreachable() };
  const object = objectAt(HOME, disk, image);
  expect(object.parameters).toEqual({ ...objectAt(HOME, disk).parameters, tpm: 'v2.0' });
  await takeSteps({ steps: () => importSteps(targetAt(reader(rig), HOME, { image })), object, inputs });
  expect(imagesIn(rig, HOME)).toMatchObject([{ tpmSupport: 'v2.0' }]);
});

test('what AWS would refuse when all was sent is told before', async () => {
  const rig = await publishRig();
  const disk = await makeDisk(DISK);
  const inputs = { path: () => disk.path, factsOf: () => expect.unreachable() };
  const refusalOf = async (more: Partial<typeof IMAGE>, publicIn: readonly string[] = []) => {
    const [step] = importSteps(targetAt(reader(rig), HOME, { image: { ...IMAGE, ...more }, publicIn }));
    const context = {
      identity: disk.digest.hash,
      object: objectAt(HOME, disk),
      signal: NEVER,
      facts: {},
      progress: () => {},
    };
    const made = await step?.make({ ...context, ...inputs });
    return made?.ok === false ? made.error.what : 'it is made';
  };
  expect(await refusalOf({ name: () => 'ä' })).toContain('does not accept this image name');
  expect(await refusalOf({ tpm: true, bootMode: 'legacy-bios' })).toContain('TPM');
  expect(await refusalOf({ encrypted: true }, REGIONS)).toContain('cannot be public');
  expect(await refusalOf({ encrypted: 'arn:aws:kms:us-east-1:123456789012:key/1' })).toContain('us-east-1');
  rig.aws.world.settings.encryptedByDefault = [HOME];
  expect(await refusalOf({}, REGIONS)).toContain('encrypts new snapshots');
  expect(rig.changes()).toEqual([]);
});
