/** The end of an image: deregistration, deprecation, and protection against deregistration. Must not contain its permissions. */
import {
  DeregisterImage$,
  type DeregisterImageRequest,
  DisableImageDeprecation$,
  type DisableImageDeprecationRequest,
  DisableImageDeregistrationProtection$,
  type DisableImageDeregistrationProtectionRequest,
  EnableImageDeprecation$,
  type EnableImageDeprecationRequest,
  EnableImageDeregistrationProtection$,
  type EnableImageDeregistrationProtectionRequest,
} from '@aws-sdk/client-ec2';
import { removeSnapshot } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import { action, required } from './action.ts';
import { imageFor, isPublic } from './images.ts';
import { usersOf } from './snapshot-actions.ts';

const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 365.25 * DAY_MS;

const deregister = action(DeregisterImage$, (cloud, caller, input: DeregisterImageRequest) => {
  const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
  if (image.protection !== 'disabled') {
    throw new AwsError('OperationNotPermitted', `The image ${image.id} is protected from deregistration.`);
  }
  delete cloud.world.images[image.id];
  cloud.world.deregistered.push(`${caller.region} ${image.id}`);
  if (input.DeleteAssociatedSnapshots !== true) return { Return: true };
  const snapshots = image.devices.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
  const results = snapshots.map(SnapshotId => {
    if (usersOf(cloud, SnapshotId).length > 0) return { SnapshotId, ReturnCode: 'skipped' };
    const snapshot = cloud.world.snapshots[SnapshotId];
    if (snapshot !== undefined) removeSnapshot(cloud, snapshot);
    return { SnapshotId, ReturnCode: 'success' };
  });
  return { Return: true, DeleteSnapshotResults: results };
});

const deprecate = action(EnableImageDeprecation$, (cloud, caller, input: EnableImageDeprecationRequest) => {
  const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
  const at = required(input.DeprecateAt, 'DeprecateAt').getTime();
  if (at < cloud.now()) throw new AwsError('InvalidParameterValue', 'The date of deprecation is in the past');
  const years = isPublic(image) ? 2 : 10;
  if (at > cloud.now() + years * YEAR_MS) {
    throw new AwsError('InvalidParameterValue', `The date of deprecation is more than ${years} years from now`);
  }
  // AWS rounds to the minute.
  image.deprecateAt = Math.round(at / 60_000) * 60_000;
  return { Return: true };
});

const undeprecate = action(DisableImageDeprecation$, (cloud, caller, input: DisableImageDeprecationRequest) => {
  imageFor(cloud, caller, required(input.ImageId, 'ImageId')).deprecateAt = undefined;
  return { Return: true };
});

const protect = action(
  EnableImageDeregistrationProtection$,
  (cloud, caller, input: EnableImageDeregistrationProtectionRequest) => {
    const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
    image.protection = input.WithCooldown === true ? 'enabled-with-cooldown' : 'enabled';
    return { Return: 'true' };
  },
);

/** With a cooldown, the protection lasts a day longer. */
const unprotect = action(
  DisableImageDeregistrationProtection$,
  (cloud, caller, input: DisableImageDeregistrationProtectionRequest) => {
    const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
    const cools = image.protection === 'enabled-with-cooldown';
    Object.assign(
      image,
      cools ? { protection: 'disabling', protectedUntil: cloud.now() + DAY_MS } : { protection: 'disabled' },
    );
    return { Return: 'true' };
  },
);

export const imageLifeActions = [deregister, deprecate, undeprecate, protect, unprotect];
