/** The objects of a project at AWS, and their removal. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { standingsOf } from '../../src/clouds/aws/image/images-of-project.ts';
import { removeImage } from '../../src/clouds/aws/image/located.ts';
import { connect, HOME, IMAGE, REGIONS } from './aws-rig.ts';
import { NEVER, publishRig } from './publish-rig.ts';

test('images are told by region, revision and whether others may use them; snapshots that none stands on apart', async () => {
  const rig = await publishRig();
  await rig.take({ 0: 1 });
  await rig.publish();
  await rig.take({ 0: 2 });
  // An import that stopped after its snapshot.
  rig.aws.faults.plan({ action: 'RegisterImage', kind: { type: 'error', code: 'UnauthorizedOperation' } });
  await rig.publish({ revise: true });
  const connection = connect(rig.aws.url, join(rig.folder, 'reader'));
  onTestFinished(connection.close);
  rig.aws.world.settings.page = 5;
  const there = async () => {
    const found = await standingsOf(IMAGE.project, REGIONS, { connection, signal: NEVER });
    return found.ok ? found.value : expect.unreachable(found.error.what);
  };
  const { images, orphans } = await there();
  expect(images.map(({ region, revision, published, imageKey }) => [region, revision, published, imageKey])).toEqual(
    REGIONS.map(region => [region, 0, true, IMAGE.imageKey]),
  );
  expect(orphans).toMatchObject([{ region: HOME, state: 'completed' }]);

  const [first] = images;
  const asking = { connection, region: HOME, signal: NEVER };
  expect(await removeImage(asking, first?.id ?? '')).toMatchObject({ ok: true });
  expect(await removeImage(asking, first?.id ?? ''), 'one that is gone is as good').toMatchObject({ ok: true });
  expect((await there()).images).toHaveLength(REGIONS.length - 1);
  expect(Object.keys(rig.aws.world.snapshots), 'its snapshot goes with it').not.toContain(first?.snapshots[0]);
  expect(await standingsOf('another-project', REGIONS, { connection, signal: NEVER })).toEqual({
    ok: true,
    value: { images: [], orphans: [] },
  });
});
