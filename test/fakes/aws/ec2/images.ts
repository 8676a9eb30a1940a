/** Images as EC2 shows them: the images that an account sees, and their fields. Never changes an image, except for the passage of time. */
import { DescribeImages$, type DescribeImagesRequest } from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { isOver, passes } from '../lag.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { DeviceState, ImageState } from '../world.ts';
import { action, isVisible, tagList } from './action.ts';
import { type Fields, fits, pageOf } from './filters.ts';

export const describeImages = action(DescribeImages$, (cloud, caller, input: DescribeImagesRequest) => {
  const { ImageIds = [], Owners = [], ExecutableUsers = [], Filters, IncludeDeprecated = false } = input;
  if (ImageIds.length > 0 && input.MaxResults !== undefined) {
    throw new AwsError(
      'InvalidParameterCombination',
      'The parameter imageIdsSet cannot be used with the parameter maxResults',
    );
  }
  const seen = imagesOf(cloud, caller).filter(image => mayUse(image, caller.account));
  const named = ImageIds.length === 0 ? seen : ImageIds.map(id => imageFor(cloud, caller, id, { isUser: true }));
  const wanted = named.filter(image => {
    const isOwn = image.account === caller.account;
    const owners = Owners.map(owner => (owner === 'self' ? caller.account : owner));
    if (owners.length > 0 && !owners.includes(image.account)) return false;
    if (ExecutableUsers.length > 0 && !ExecutableUsers.some(user => isExecutableBy(image, user, caller.account)))
      return false;
    const hidden = !isOwn && !IncludeDeprecated && (image.deprecateAt ?? Number.POSITIVE_INFINITY) <= cloud.now();
    if (hidden && ImageIds.length === 0) return false;
    settleImage(cloud, image, 'look');
    return fits(Filters, fieldsOf(image), isOwn ? image.tags : {});
  });
  // For a request by id, the visibility has been checked already.
  const visible = ImageIds.length > 0 ? wanted : wanted.filter(image => isVisible(cloud, image));
  const { page, next } = pageOf(visible, input, { most: cloud.world.settings.page, id: ({ id }) => id });
  for (const image of page) settleImage(cloud, image, 'read');
  return { Images: page.map(image => describe(image, caller)), NextToken: next };
});

export function imagesOf(cloud: Cloud, { region }: Pick<Caller, 'region'>): readonly ImageState[] {
  return Object.values(cloud.world.images).filter(image => image.region === region);
}

/** The image with an id, only for its owner unless `isUser`. The check of its visibility counts as a read. */
export function imageFor(
  cloud: Cloud,
  caller: Caller,
  id: string,
  options: { readonly isUser?: boolean } = {},
): ImageState {
  if (!/^ami-[0-9a-f]{8,17}$/.test(id))
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  if (cloud.world.deregistered.includes(`${caller.region} ${id}`)) {
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`);
  }
  const image = cloud.world.images[id];
  if (
    image === undefined ||
    image.region !== caller.region ||
    !mayUse(image, caller.account) ||
    !isVisible(cloud, image)
  ) {
    throw new AwsError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  }
  if (options.isUser !== true && image.account !== caller.account) {
    throw new AwsError('AuthFailure', `Not authorized for image:${id}`, { status: 403 });
  }
  settleImage(cloud, image, 'look');
  return image;
}

export function isPublic({ permission }: ImageState): boolean {
  return permission.groups.includes('all');
}

function mayUse(image: ImageState, account: string): boolean {
  return image.account === account || isPublic(image) || image.permission.users.includes(account);
}

function isExecutableBy(image: ImageState, user: string, account: string): boolean {
  if (user === 'all') return isPublic(image);
  return image.permission.users.includes(user === 'self' ? account : user);
}

/** Updates its state to the present time; a read counts for its lag. */
export function settleImage(cloud: Cloud, image: ImageState, how: 'look' | 'read'): void {
  if (image.state === 'pending' && (how === 'read' ? passes : isOver)(image.coming, cloud.now())) {
    image.state = image.ending === undefined ? 'available' : 'failed';
    for (const { snapshot } of image.devices) {
      const copy = snapshot === undefined ? undefined : cloud.world.snapshots[snapshot];
      if (copy?.state !== 'sealed' || image.copiedFrom === undefined) continue;
      Object.assign(copy, { state: image.ending === undefined ? 'completed' : 'error', finished: cloud.now() });
    }
  }
  if (image.protection === 'disabling' && cloud.now() >= (image.protectedUntil ?? 0)) image.protection = 'disabled';
}

function fieldsOf(image: ImageState): Fields {
  return {
    architecture: image.architecture,
    'creation-date': new Date(image.made).toISOString(),
    description: image.description,
    'block-device-mapping.snapshot-id': image.devices.flatMap(({ snapshot }) =>
      snapshot === undefined ? [] : [snapshot],
    ),
    'block-device-mapping.device-name': image.devices.map(({ name }) => name),
    'ena-support': image.ena,
    hypervisor: 'xen',
    'image-id': image.id,
    'image-type': 'machine',
    'is-public': isPublic(image),
    name: image.name,
    'owner-id': image.account,
    'root-device-name': image.rootDevice,
    'root-device-type': 'ebs',
    'source-image-id': image.copiedFrom?.id,
    'source-image-region': image.copiedFrom?.region,
    state: image.state,
    'virtualization-type': image.virtualization,
  };
}

function describe(image: ImageState, { account }: Caller): unknown {
  const isOwn = image.account === account;
  return {
    ImageId: image.id,
    ImageLocation: `${image.account}/${image.name}`,
    ImageType: 'machine',
    State: image.state,
    StateReason: image.state === 'failed' ? { Code: image.ending?.code, Message: image.ending?.message } : undefined,
    OwnerId: image.account,
    CreationDate: new Date(image.made).toISOString(),
    Public: isPublic(image),
    ProductCodes: [],
    Architecture: image.architecture,
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    BlockDeviceMappings: devicesOf(image),
    Description: image.description === '' ? undefined : image.description,
    EnaSupport: image.ena,
    Hypervisor: 'xen',
    Name: image.name,
    RootDeviceName: image.rootDevice,
    RootDeviceType: 'ebs',
    SriovNetSupport: image.sriov,
    Tags: isOwn ? tagList(image.tags) : [],
    VirtualizationType: image.virtualization,
    BootMode: image.bootMode,
    TpmSupport: image.tpmSupport,
    ImdsSupport: image.imdsSupport,
    DeprecationTime: image.deprecateAt === undefined ? undefined : new Date(image.deprecateAt).toISOString(),
    DeregistrationProtection: isOwn ? image.protection : undefined,
    SourceImageId: image.copiedFrom?.id,
    SourceImageRegion: image.copiedFrom?.region,
  };
}

/** While a copy is in progress, its snapshot is not shown. */
export function devicesOf(image: ImageState): unknown[] {
  const isComing = image.state === 'pending' && image.copiedFrom !== undefined;
  return image.devices.map((device: DeviceState) => ({
    DeviceName: device.name,
    Ebs: {
      DeleteOnTermination: device.deleteOnTermination,
      SnapshotId: isComing ? undefined : device.snapshot,
      VolumeSize: device.size,
      VolumeType: device.type ?? 'standard',
      Iops: device.iops,
      Throughput: device.throughput,
      Encrypted: device.encrypted,
    },
  }));
}
