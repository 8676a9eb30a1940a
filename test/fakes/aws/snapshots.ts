/** Snapshots as EC2 and EBS direct both see them: created, completed, failed. Must not contain the form of either service. */

import type { Caller } from './caller.ts';
import type { Cloud } from './cloud.ts';
import { begin, isOver, passes } from './lag.ts';
import { nobody, type SnapshotState, type Thing } from './world.ts';

export const BLOCK = 524_288;
export const GIB = 1024 ** 3;
export const BLOCKS_OF_GIB = GIB / BLOCK;

type Wanted = Pick<SnapshotState, 'description' | 'size' | 'tags' | 'state'> &
  Partial<
    Pick<
      SnapshotState,
      'parent' | 'kmsKey' | 'timeoutMinutes' | 'blocks' | 'sealing' | 'ending' | 'volume' | 'permission'
    >
  >;

export function newThing(
  cloud: Cloud,
  { account, region }: Caller,
  prefix: string,
  tags: Readonly<Record<string, string>>,
): Thing {
  const made = cloud.now();
  const visible = begin(cloud.world.settings.lag.visible, made);
  return { id: cloud.id(prefix), account, region, made, visible, tags: { ...tags } };
}

export function newSnapshot(cloud: Cloud, caller: Caller, wanted: Wanted): SnapshotState {
  const { lag } = cloud.world.settings;
  const thing = newThing(cloud, caller, 'snap', wanted.tags);
  const snapshot: SnapshotState = {
    parent: undefined,
    kmsKey: undefined,
    timeoutMinutes: 60,
    blocks: {},
    sealing: begin({}, thing.made),
    ending: caller.ending,
    message: undefined,
    permission: nobody(),
    volume: 'vol-ffffffff',
    ...wanted,
    ...thing,
    touched: thing.made,
    writable: begin(lag.writable, thing.made),
    finished: undefined,
  };
  cloud.world.snapshots[snapshot.id] = snapshot;
  return snapshot;
}

/** Updates its state to the present time. A read of its state counts for a lag. */
export function settleSnapshot(cloud: Cloud, snapshot: SnapshotState, isRead: boolean): void {
  const now = cloud.now();
  if (snapshot.state === 'open' && now - snapshot.touched > snapshot.timeoutMinutes * 60_000) {
    Object.assign(snapshot, { state: 'error', message: 'The snapshot was not completed in time' });
  }
  if (snapshot.state !== 'sealed') return;
  if (!(isRead ? passes(snapshot.sealing, now) : isOver(snapshot.sealing, now))) return;
  snapshot.finished = now;
  snapshot.state = snapshot.ending === undefined ? 'completed' : 'error';
  snapshot.message = snapshot.ending?.message;
}

/** The digests of its blocks, including those of its parents, by index. */
export function contentOf(cloud: Cloud, snapshot: SnapshotState): ReadonlyMap<number, string> {
  const parent = snapshot.parent === undefined ? undefined : cloud.world.snapshots[snapshot.parent];
  const content = new Map(parent === undefined ? [] : contentOf(cloud, parent));
  for (const [index, digest] of Object.entries(snapshot.blocks)) content.set(Number(index), digest);
  return new Map([...content].sort(([a], [b]) => a - b));
}

/** A child keeps the blocks that it inherited. */
export function removeSnapshot(cloud: Cloud, snapshot: SnapshotState): void {
  for (const child of Object.values(cloud.world.snapshots)) {
    if (child.parent === snapshot.id)
      child.blocks = { ...Object.fromEntries(contentOf(cloud, snapshot)), ...child.blocks };
  }
  delete cloud.world.snapshots[snapshot.id];
}

/** The digest of one block, without computing the whole content. */
export function blockAt(cloud: Cloud, snapshot: SnapshotState, index: number): string | undefined {
  const parent = snapshot.parent === undefined ? undefined : cloud.world.snapshots[snapshot.parent];
  return snapshot.blocks[index] ?? (parent === undefined ? undefined : blockAt(cloud, parent, index));
}

export function defaultKey({ account, region }: Caller): string {
  return `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000`;
}
