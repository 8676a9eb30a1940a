/**
 * The attributes of an image that can be changed or read one by one: permissions, description and others. Must not contain its life cycle.
 */
import {
  DescribeImageAttribute$,
  type DescribeImageAttributeRequest,
  ModifyImageAttribute$,
  type ModifyImageAttributeRequest,
  ResetImageAttribute$,
  type ResetImageAttributeRequest,
} from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type ImageState, nobody, type Permission } from '../world.ts';
import { action, required } from './action.ts';
import { devicesOf, imageFor, imagesOf, isPublic } from './images.ts';
import { changed, changeOf, entriesOf } from './permissions.ts';

const describe = action(DescribeImageAttribute$, (cloud, caller, input: DescribeImageAttributeRequest) => {
  const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
  const attribute = required(input.Attribute, 'Attribute');
  const members = ATTRIBUTES[attribute];
  if (members === undefined)
    throw new AwsError('InvalidParameterValue', `Value (${attribute}) for parameter attribute is invalid`);
  return { ImageId: image.id, ...members(image) };
});

const ATTRIBUTES: Readonly<Record<string, (image: ImageState) => object>> = {
  launchPermission: ({ permission }) => ({ LaunchPermissions: entriesOf(permission) }),
  description: ({ description }) => ({ Description: { Value: description === '' ? undefined : description } }),
  blockDeviceMapping: image => ({ BlockDeviceMappings: devicesOf(image) }),
  sriovNetSupport: ({ sriov }) => ({ SriovNetSupport: { Value: sriov } }),
  bootMode: ({ bootMode }) => ({ BootMode: { Value: bootMode } }),
  tpmSupport: ({ tpmSupport }) => ({ TpmSupport: { Value: tpmSupport } }),
  uefiData: ({ uefiData }) => ({ UefiData: { Value: uefiData } }),
  imdsSupport: ({ imdsSupport }) => ({ ImdsSupport: { Value: imdsSupport } }),
  deregistrationProtection: ({ protection }) => ({ DeregistrationProtection: { Value: protection } }),
};

const modify = action(ModifyImageAttribute$, (cloud, caller, input: ModifyImageAttributeRequest) => {
  const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
  if (image.state !== 'available') {
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${image.id}' is not available: it is ${image.state}`);
  }
  const { Attribute, Value, Description, ImdsSupport } = input;
  const description = Description?.Value ?? (Attribute === 'description' ? Value : undefined);
  const imds = ImdsSupport?.Value ?? (Attribute === 'imdsSupport' ? Value : undefined);
  if (imds !== undefined && imds !== 'v2.0')
    throw new AwsError('InvalidParameterValue', `Value (${imds}) for parameter imdsSupport is invalid`);
  const change = changeOf(input.LaunchPermission, { ...input, GroupNames: input.UserGroups });
  const permission = changed(image.permission, change);
  if (
    description === undefined &&
    imds === undefined &&
    entriesOf(change.add).length + entriesOf(change.remove).length === 0
  ) {
    throw new AwsError('MissingParameter', 'No attributes specified.');
  }
  checkPermission(cloud, caller, image, permission);
  Object.assign(image, {
    permission,
    description: description ?? image.description,
    imdsSupport: imds ?? image.imdsSupport,
  });
  return {};
});

function checkPermission(cloud: Cloud, caller: Caller, image: ImageState, permission: Permission): void {
  const { settings } = cloud.world;
  if (permission.users.length + permission.organizations.length + permission.units.length > 1000) {
    throw new AwsError(
      'ResourceLimitExceeded',
      'You have reached the limit of entities that an AMI can be shared with: 1000.',
    );
  }
  const becomesPublic = permission.groups.includes('all') && !isPublic(image);
  if (!becomesPublic) return;
  if (settings.imageBlockPublicAccess[caller.region] === 'block-new-sharing') {
    const words =
      "You can't publicly share this image because block public access for AMIs is enabled for this account.";
    throw new AwsError('OperationNotPermitted', words);
  }
  if (image.devices.some(({ encrypted }) => encrypted)) {
    throw new AwsError(
      'InvalidParameter',
      `The image ${image.id} has an encrypted snapshot, and cannot be made public.`,
    );
  }
  const others = imagesOf(cloud, caller).filter(each => each.account === caller.account && isPublic(each));
  if (others.length >= settings.quota.publicImages) {
    const words = `You have reached the maximum number of public AMIs for this region: ${settings.quota.publicImages}.`;
    throw new AwsError('ResourceLimitExceeded', words);
  }
}

const reset = action(ResetImageAttribute$, (cloud, caller, input: ResetImageAttributeRequest) => {
  const image = imageFor(cloud, caller, required(input.ImageId, 'ImageId'));
  if (input.Attribute !== 'launchPermission') {
    throw new AwsError('InvalidParameterValue', `Value (${input.Attribute}) for parameter attribute is invalid`);
  }
  image.permission = nobody();
  return {};
});

export const imageAttributeActions = [describe, modify, reset];
