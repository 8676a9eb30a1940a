/**
 * RegisterImage. A name can be used once in each region of an account. The defaults are those of 2006, which is a trap that AWS has kept,
 * too.
 */
import { type BlockDeviceMapping, RegisterImage$, type RegisterImageRequest } from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { begin } from '../lag.ts';
import { newThing } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeviceState, type ImageState, nobody } from '../world.ts';
import { action, required, specifiedTags } from './action.ts';
import { imagesOf } from './images.ts';
import { snapshotFor } from './snapshot-actions.ts';

export const registerImage = action(RegisterImage$, (cloud, caller, input: RegisterImageRequest) => {
  const name = checkName(required(input.Name, 'Name'));
  const other = imagesOf(cloud, caller).find(image => image.account === caller.account && image.name === name);
  if (other !== undefined) {
    throw new AwsError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${other.id}`);
  }
  const rootDevice = required(input.RootDeviceName, 'RootDeviceName');
  const devices = (input.BlockDeviceMappings ?? []).map(mapping => deviceOf(cloud, caller, mapping));
  const root = devices.find(device => device.name === rootDevice);
  if (root?.snapshot === undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `The root device mapping of ${rootDevice} must have a snapshot ID`);
  }
  const virtualization = input.VirtualizationType ?? 'paravirtual';
  checkCombination(input, virtualization);
  const tags = specifiedTags(input.TagSpecifications, 'image');
  const thing = newThing(cloud, caller, 'ami', tags);
  const image: ImageState = {
    ...thing,
    name,
    description: input.Description ?? '',
    architecture: input.Architecture ?? 'i386',
    virtualization,
    bootMode: input.BootMode,
    tpmSupport: input.TpmSupport,
    imdsSupport: input.ImdsSupport,
    uefiData: input.UefiData,
    ena: input.EnaSupport ?? false,
    sriov: input.SriovNetSupport,
    rootDevice,
    devices,
    copiedFrom: undefined,
    state: 'pending',
    coming: begin(cloud.world.settings.lag.registered, thing.made),
    ending: caller.ending,
    permission: nobody(),
    deprecateAt: undefined,
    protection: 'disabled',
    protectedUntil: undefined,
  };
  cloud.world.images[image.id] = image;
  return { ImageId: image.id };
});

export function checkName(name: string): string {
  if (/^[\w()[\] ./\-'@]{3,128}$/.test(name)) return name;
  const words =
    "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, and ()[] ./-'@_";
  throw new AwsError('InvalidAMIName.Malformed', words);
}

function deviceOf(cloud: Cloud, caller: Caller, { DeviceName, Ebs, VirtualName }: BlockDeviceMapping): DeviceState {
  const name = required(DeviceName, 'BlockDeviceMapping.DeviceName');
  if (Ebs === undefined && VirtualName === undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `The mapping of ${name} has neither a snapshot nor a virtual name`);
  }
  const snapshot =
    Ebs?.SnapshotId === undefined ? undefined : snapshotFor(cloud, caller, Ebs.SnapshotId, { isUser: true });
  if (snapshot !== undefined && snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot '${snapshot.id}' is not 'completed'.`);
  }
  if (snapshot !== undefined && Ebs?.Encrypted !== undefined) {
    throw new AwsError(
      'InvalidBlockDeviceMapping',
      'the encrypted flag cannot be specified since device /dev/xvda has a snapshot specified.',
    );
  }
  const size = Ebs?.VolumeSize ?? snapshot?.size;
  if (snapshot !== undefined && size !== undefined && size < snapshot.size) {
    const words = `Volume of size ${size}GB is smaller than snapshot '${snapshot.id}', expect size>= ${snapshot.size}GB`;
    throw new AwsError('InvalidBlockDeviceMapping', words);
  }
  return {
    name,
    snapshot: snapshot?.id,
    size,
    type: Ebs?.VolumeType,
    deleteOnTermination: Ebs?.DeleteOnTermination ?? true,
    encrypted: snapshot?.kmsKey !== undefined,
    iops: Ebs?.Iops,
    throughput: Ebs?.Throughput,
  };
}

const VALUES = {
  Architecture: ['i386', 'x86_64', 'arm64', 'x86_64_mac', 'arm64_mac'],
  BootMode: ['legacy-bios', 'uefi', 'uefi-preferred'],
  TpmSupport: ['v2.0'],
  ImdsSupport: ['v2.0'],
  VirtualizationType: ['hvm', 'paravirtual'],
  SriovNetSupport: ['simple'],
} as const;

function checkCombination(input: RegisterImageRequest, virtualization: string): void {
  for (const name of Object.keys(VALUES) as (keyof typeof VALUES)[]) {
    const value = input[name];
    if (value !== undefined && !(VALUES[name] as readonly string[]).includes(value)) {
      throw new AwsError('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid`);
    }
  }
  const isHvm = virtualization === 'hvm';
  const wantsHvm = input.EnaSupport === true || input.SriovNetSupport !== undefined || input.BootMode !== undefined;
  if (wantsHvm && !isHvm) {
    throw new AwsError(
      'InvalidParameterCombination',
      'Enhanced networking and boot modes are only supported for hvm images',
    );
  }
  if (input.Architecture === 'arm64' && !isHvm) {
    throw new AwsError('InvalidParameterCombination', 'The arm64 architecture is only supported for hvm images');
  }
  if (input.Architecture === 'arm64' && input.BootMode === 'legacy-bios') {
    throw new AwsError(
      'InvalidParameterCombination',
      "The arm64 architecture does not support the boot mode 'legacy-bios'",
    );
  }
  if (input.TpmSupport !== undefined && input.BootMode !== 'uefi') {
    throw new AwsError('InvalidParameterCombination', "TPM support needs the boot mode 'uefi'");
  }
}
