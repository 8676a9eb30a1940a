/** The blocks that are sent to a snapshot: exactly those that are missing. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBlockList } from '../../src/clouds/aws/blocks/sent-blocks.ts';
import { blockListOf } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { packedDisk } from '../../src/formats/packed-disk.ts';
import type { FakeAws } from '../fakes/aws/server.ts';
import { HOME, type TestDisk } from './aws-rig.ts';
import { type PublishRig, publishRig } from './publish-rig.ts';

const DISK = { 0: 1, 2: 2, 7: 3, 15: 4 };

/** Numbers of the blocks that were sent. */
function sentTo({ changes }: PublishRig): readonly number[] {
  return changes()
    .filter(({ action, applied }) => action === 'PutSnapshotBlock' && applied)
    .map(({ parameters }) => Number(parameters.BlockIndex))
    .sort((a, b) => a - b);
}

/** The content of the newest snapshot in the home region, including blocks of its parents, without blocks of zeros. */
function contentOf({ world }: FakeAws): ReadonlyMap<number, string> {
  const ZEROS = '07854d2fef297a06ba81685e660c332de36d5d18d546927d30daad6d7fda1541';
  const newest = Object.values(world.snapshots)
    .filter(({ region }) => region === HOME)
    .sort((a, b) => b.made - a.made || (a.id < b.id ? 1 : -1))[0];
  const all = (id: string | undefined): Record<string, string> => {
    const snapshot = id === undefined ? undefined : world.snapshots[id];
    return snapshot === undefined ? {} : { ...all(snapshot.parent), ...snapshot.blocks };
  };
  const blocks = Object.entries(all(newest?.id)).filter(([, hash]) => hash !== ZEROS);
  return new Map(blocks.map(([index, hash]): [number, string] => [Number(index), hash]).sort(([a], [b]) => a - b));
}

function listOf({ path }: TestDisk) {
  return blockListOf(packedDisk(path));
}

describe('a snapshot', () => {
  test('is given the blocks that are not zeros', async () => {
    const rig = await publishRig();
    const disk = await rig.take(DISK);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect(sentTo(rig)).toEqual([0, 2, 7, 15]);
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
  });

  test('on a parent that is known is given those that differ, zeros where data was among them', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    sentTo(rig);
    const disk = await rig.take({ 0: 1, 2: 9, 9: 5, 15: 4 });
    expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
    expect(sentTo(rig)).toEqual([2, 7, 9]);
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
  });

  test.each([
    ['lost', (path: string) => rmSync(path), [0, 2, 9, 15]],
    ['cut short', (path: string) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100)), [2, 7, 9, 15]],
    ['of another disk', (path: string) => writeFileSync(path, `3 ${'0'.repeat(64)}\n`), [0, 2, 9, 15]],
  ])('whose parent has a memory that is %s costs more, and is as right', async (_, harm, sent) => {
    const rig = await publishRig();
    await rig.take(DISK);
    await rig.publish();
    const memory = join(rig.folder, 'cache/aws');
    for (const name of readdirSync(memory)) harm(join(memory, name));
    sentTo(rig);
    const disk = await rig.take({ 0: 1, 2: 9, 9: 5, 15: 4 });
    expect(await rig.publish({ revise: true })).toEqual({ status: 'done', failures: [] });
    expect(sentTo(rig)).toEqual(sent);
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
  });

  test('that was left half sent is given the rest', async () => {
    const rig = await publishRig();
    const disk = await rig.take(DISK);
    const denied = { type: 'error', code: 'AccessDeniedException' } as const;
    rig.aws.faults.plan({ action: 'PutSnapshotBlock', nth: 3, times: 2, kind: denied });
    expect((await rig.publish()).failures[0]?.what).toContain('PutSnapshotBlock');
    const first = sentTo(rig);
    expect(first).toHaveLength(2);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect([...first, ...sentTo(rig)].sort((a, b) => a - b)).toEqual([0, 2, 7, 15]);
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
    expect(readdirSync(join(rig.folder, 'cache/aws')).filter(name => name.endsWith('.sent'))).toEqual([]);
  });

  test('of which more is remembered than was sent is sent whole', async () => {
    const rig = await publishRig();
    const disk = await rig.take(DISK);
    rig.aws.faults.plan({
      action: 'PutSnapshotBlock',
      times: 4,
      kind: { type: 'error', code: 'AccessDeniedException' },
    });
    await rig.publish();
    const [id = ''] = Object.keys(rig.aws.world.snapshots);
    const list = [...(await listOf(disk))].map(([index, hash]) => `${index} ${hash}\n`);
    writeFileSync(join(rig.folder, `cache/aws/${id}.sent`), list.join(''));
    sentTo(rig);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect(sentTo(rig)).toEqual([0, 2, 7, 15]);
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
  });

  test('that ends as an error is told, and made anew by the next run', async () => {
    const rig = await publishRig();
    await rig.take(DISK);
    const ending = { code: 'InternalError', message: 'The blocks could not be put together' };
    rig.aws.faults.plan({ action: 'CompleteSnapshot', kind: { type: 'ending', ending } });
    expect((await rig.publish()).failures).toMatchObject([
      { label: '//import', what: 'AWS did not finish the snapshot', got: expect.stringContaining(ending.message) },
    ]);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    const states = Object.values(rig.aws.world.snapshots).filter(({ region }) => region === HOME);
    expect(states.map(({ state }) => state).sort()).toEqual(['completed', 'error']);
  });

  test('is stopped between two blocks, and gone on with', async () => {
    const stop = new AbortController();
    const rig = await publishRig({
      moment: ({ action, applied }) => {
        if (action === 'PutSnapshotBlock' && applied) stop.abort();
      },
    });
    const disk = await rig.take(DISK);
    expect(await rig.publish({ signal: stop.signal })).toMatchObject({ status: 'interrupted' });
    expect(rig.aws.log.of('CompleteSnapshot')).toEqual([]);
    expect(await rig.publish()).toEqual({ status: 'done', failures: [] });
    expect(contentOf(rig.aws)).toEqual(await listOf(disk));
  });
});

test('a list of blocks that was cut short is a shorter list', () => {
  expect(readBlockList('/nowhere/at/all')).toEqual(new Map());
});
