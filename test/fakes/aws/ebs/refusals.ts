/** The errors of EBS direct, and the snapshot that a call names. Must not contain errors of another service. */

import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { BLOCKS_OF_GIB, settleSnapshot } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { SnapshotState } from '../world.ts';

export function invalid(message: string, reason = 'INVALID_PARAMETER_VALUE'): AwsError {
  return new AwsError('ValidationException', message, { members: { Reason: reason } });
}

export function notThere(id: string): AwsError {
  const members = { Reason: 'SNAPSHOT_NOT_FOUND' };
  return new AwsError('ResourceNotFoundException', `The snapshot '${id}' does not exist.`, { status: 404, members });
}

/** A snapshot of the account itself: a shared snapshot must be copied before its blocks can be read. */
export function ownSnapshot(cloud: Cloud, { account, region }: Caller, id: string): SnapshotState {
  if (!/^snap-[0-9a-f]{8,17}$/.test(id)) throw invalid(`The snapshot ID '${id}' is not valid`, 'INVALID_SNAPSHOT_ID');
  const snapshot = cloud.world.snapshots[id];
  if (snapshot?.account !== account || snapshot.region !== region) throw notThere(id);
  settleSnapshot(cloud, snapshot, false);
  return snapshot;
}

export function blockIndex(text: string, snapshot: SnapshotState): number {
  const index = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (index < 0 || index >= snapshot.size * BLOCKS_OF_GIB) {
    throw invalid(`The block index ${text} is not in a volume of ${snapshot.size} GiB`, 'INVALID_BLOCK');
  }
  return index;
}
