/** A snapshot that is read back: intact, with a changed block, with an additional block and with a missing block. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readBack } from '../../src/clouds/aws/blocks/read-back.ts';
import { blockListOf, SNAPSHOT_BLOCK } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { packedDisk } from '../../src/formats/packed-disk.ts';
import { connect, HOME } from './aws-rig.ts';
import { NEVER, publishRig } from './publish-rig.ts';

const DISK = { 0: 1, 2: 2, 7: 3, 15: 4 };

async function published() {
  const rig = await publishRig();
  const disk = await rig.take(DISK);
  await rig.publish();
  const connection = connect(rig.aws.url, join(rig.folder, 'reader'));
  onTestFinished(connection.close);
  const snapshot = Object.values(rig.aws.world.snapshots).find(({ region }) => region === HOME) ?? expect.unreachable();
  const expected = await blockListOf(packedDisk(disk.path));
  return {
    aws: rig.aws,
    snapshot,
    read: () => readBack({ connection, region: HOME, signal: NEVER }, snapshot.id, expected),
  };
}

test('is as it was sent, page by page', async () => {
  const { aws, read } = await published();
  aws.world.settings.page = 3;
  expect(await read()).toEqual({ ok: true, value: { blocks: 4, different: [], bytes: new Map() } });
  expect(aws.log.of('ListSnapshotBlocks')).toHaveLength(2);
});

test('names blocks that are not as they were sent, are lacking, or should not be there', async () => {
  const { aws, snapshot, read } = await published();
  const [one = '', two = ''] = [snapshot.blocks[0], snapshot.blocks[2]];
  snapshot.blocks[2] = one;
  delete snapshot.blocks[7];
  snapshot.blocks[9] = two;
  const back = await read();
  if (!back.ok) return expect.unreachable(back.error.what);
  expect(back.value.different).toEqual([2, 7, 9]);
  expect([...back.value.bytes].map(([index, bytes]) => [index, bytes[0]]).sort()).toEqual([
    [2, 1],
    [7, 0],
    [9, 2],
  ]);
  expect([...back.value.bytes.values()].every(bytes => bytes.length === SNAPSHOT_BLOCK)).toBe(true);
  expect(aws.log.changes.filter(({ action }) => action === 'GetSnapshotBlock')).toEqual([]);
});

test('is asked again for what is lost on the way, and told what refuses', async () => {
  const { aws, read } = await published();
  aws.faults.plan({ action: 'GetSnapshotBlock', times: 3, kind: { type: 'cut', applied: true } });
  expect(await read()).toMatchObject({ ok: true, value: { different: [] } });
  aws.faults.plan({ action: 'GetSnapshotBlock', times: 9, kind: { type: 'error', code: 'AccessDeniedException' } });
  expect(await read()).toMatchObject({ error: { what: 'AWS rejected GetSnapshotBlock, or did not answer' } });
});
