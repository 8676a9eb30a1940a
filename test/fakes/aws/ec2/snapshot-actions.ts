/** Snapshots as EC2 shows, shares and deletes them. Must not contain their blocks, which belong to EBS direct. */
import {
  DeleteSnapshot$,
  type DeleteSnapshotRequest,
  DescribeSnapshotAttribute$,
  type DescribeSnapshotAttributeRequest,
  DescribeSnapshots$,
  type DescribeSnapshotsRequest,
  ModifySnapshotAttribute$,
  type ModifySnapshotAttributeRequest,
} from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { BLOCK, contentOf, removeSnapshot, settleSnapshot } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { SnapshotState } from '../world.ts';
import { action, isVisible, required, tagList } from './action.ts';
import { type Fields, fits, pageOf } from './filters.ts';
import { changed, changeOf, entriesOf } from './permissions.ts';

const describeSnapshots = action(DescribeSnapshots$, (cloud, caller, input: DescribeSnapshotsRequest) => {
  const { SnapshotIds = [], OwnerIds = [], RestorableByUserIds = [], Filters } = input;
  if (SnapshotIds.length > 0 && input.MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter snapshotSet cannot be used with the parameter maxResults',
    );
  }
  const all = Object.values(cloud.world.snapshots).filter(({ region }) => region === caller.region);
  const seen = all.filter(snapshot => mayUse(snapshot, caller.account));
  const named =
    SnapshotIds.length === 0 ? seen : SnapshotIds.map(id => snapshotFor(cloud, caller, id, { isUser: true }));
  const wanted = named.filter(snapshot => {
    const isOwn = snapshot.account === caller.account;
    const owners = OwnerIds.map(owner => (owner === 'self' ? caller.account : owner));
    if (owners.length > 0 && !owners.includes(snapshot.account)) return false;
    const users = RestorableByUserIds.map(user => (user === 'self' ? caller.account : user));
    if (users.length > 0 && !users.some(user => isRestorableBy(snapshot, user))) return false;
    return fits(Filters, fieldsOf(snapshot), isOwn ? snapshot.tags : {});
  });
  const visible = SnapshotIds.length > 0 ? wanted : wanted.filter(snapshot => isVisible(cloud, snapshot));
  const { page, next } = pageOf(visible, input, { most: cloud.world.settings.page, least: 5, id: ({ id }) => id });
  for (const snapshot of page) settleSnapshot(cloud, snapshot, true);
  return { Snapshots: page.map(snapshot => describe(cloud, caller, snapshot)), NextToken: next };
});

/** The snapshot with an id, only for its owner unless `isUser`. The check of its visibility counts as a read. */
export function snapshotFor(
  cloud: Cloud,
  caller: Caller,
  id: string,
  options: { readonly isUser?: boolean } = {},
): SnapshotState {
  if (!/^snap-[0-9a-f]{8,17}$/.test(id)) {
    throw new AwsError('InvalidSnapshotID.Malformed', `Invalid id: "${id}" (expecting "snap-...")`);
  }
  const snapshot = cloud.world.snapshots[id];
  if (snapshot?.region !== caller.region || !mayUse(snapshot, caller.account) || !isVisible(cloud, snapshot)) {
    throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  }
  if (options.isUser !== true && snapshot.account !== caller.account) {
    throw new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', { status: 403 });
  }
  settleSnapshot(cloud, snapshot, false);
  return snapshot;
}

function mayUse({ account, permission }: SnapshotState, user: string): boolean {
  return account === user || permission.groups.includes('all') || permission.users.includes(user);
}

function isRestorableBy({ account, permission }: SnapshotState, user: string): boolean {
  if (user === 'all') return permission.groups.includes('all');
  return account === user || permission.users.includes(user);
}

function fieldsOf(snapshot: SnapshotState): Fields {
  return {
    description: snapshot.description,
    encrypted: snapshot.kmsKey !== undefined,
    'owner-id': snapshot.account,
    progress: progressOf(snapshot),
    'snapshot-id': snapshot.id,
    'start-time': new Date(snapshot.made).toISOString(),
    status: statusOf(snapshot),
    'volume-id': snapshot.volume,
    'volume-size': snapshot.size,
  };
}

function statusOf({ state }: SnapshotState): 'pending' | 'completed' | 'error' {
  return state === 'open' || state === 'sealed' ? 'pending' : state;
}

function progressOf({ state }: SnapshotState): string {
  return state === 'completed' ? '100%' : state === 'sealed' ? '99%' : '0%';
}

function describe(cloud: Cloud, { account }: Caller, snapshot: SnapshotState): unknown {
  const isOwn = snapshot.account === account;
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volume,
    State: statusOf(snapshot),
    StateMessage: snapshot.message,
    StartTime: new Date(snapshot.made),
    CompletionTime: snapshot.finished === undefined ? undefined : new Date(snapshot.finished),
    Progress: progressOf(snapshot),
    OwnerId: snapshot.account,
    Description: snapshot.description,
    VolumeSize: snapshot.size,
    Encrypted: snapshot.kmsKey !== undefined,
    KmsKeyId: isOwn ? snapshot.kmsKey : undefined,
    FullSnapshotSizeInBytes: snapshot.state === 'completed' ? contentOf(cloud, snapshot).size * BLOCK : undefined,
    StorageTier: 'standard',
    Tags: isOwn ? tagList(snapshot.tags) : [],
  };
}

const deleteSnapshot = action(DeleteSnapshot$, (cloud, caller, input: DeleteSnapshotRequest) => {
  const snapshot = snapshotFor(cloud, caller, required(input.SnapshotId, 'SnapshotId'));
  const [user] = usersOf(cloud, snapshot.id);
  if (user !== undefined)
    throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${snapshot.id} is currently in use by ${user}`);
  removeSnapshot(cloud, snapshot);
  return {};
});

/** Images that use it. */
export function usersOf(cloud: Cloud, id: string): readonly string[] {
  const images = Object.values(cloud.world.images);
  return images.filter(image => image.devices.some(({ snapshot }) => snapshot === id)).map(image => image.id);
}

const modify = action(ModifySnapshotAttribute$, (cloud, caller, input: ModifySnapshotAttributeRequest) => {
  const snapshot = snapshotFor(cloud, caller, required(input.SnapshotId, 'SnapshotId'));
  const permission = changed(snapshot.permission, changeOf(input.CreateVolumePermission, input));
  if (permission.groups.includes('all') && !snapshot.permission.groups.includes('all')) {
    if ((cloud.world.settings.snapshotBlockPublicAccess[caller.region] ?? 'unblocked') !== 'unblocked') {
      throw new AwsError('OperationNotPermitted', 'Block public access for EBS snapshots is enabled in this region.');
    }
    if (snapshot.kmsKey !== undefined) {
      throw new AwsError('OperationNotPermitted', `Encrypted snapshots can't be shared publicly: ${snapshot.id}`);
    }
  }
  snapshot.permission = permission;
  return {};
});

const describeAttribute = action(
  DescribeSnapshotAttribute$,
  (cloud, caller, input: DescribeSnapshotAttributeRequest) => {
    const snapshot = snapshotFor(cloud, caller, required(input.SnapshotId, 'SnapshotId'));
    if (input.Attribute !== 'createVolumePermission') {
      throw new AwsError('InvalidParameterValue', `Value (${input.Attribute}) for parameter attribute is invalid`);
    }
    return { SnapshotId: snapshot.id, CreateVolumePermissions: entriesOf(snapshot.permission) };
  },
);

export const snapshotActions = [describeSnapshots, deleteSnapshot, modify, describeAttribute];
