/**
 * CopyImage, which is called in the target region. A copy has its own snapshot from the start, and never inherits permissions of its
 * source.
 */
import { CopyImage$, type CopyImageRequest } from '@aws-sdk/client-ec2';
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { begin } from '../lag.ts';
import { contentOf, defaultKey, newSnapshot, newThing } from '../snapshots.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type DeviceState, type ImageState, nobody } from '../world.ts';
import { action, checkedTags, required, specifiedTags, tagList } from './action.ts';
import { imageFor, imagesOf, settleImage } from './images.ts';
import { checkName } from './register.ts';

export const copyImage = action(CopyImage$, (cloud, caller, input: CopyImageRequest) => {
  const { ClientToken, ...asked } = input;
  const request = { action: 'CopyImage', token: ClientToken, asked };
  const earlier = cloud.earlier(caller, request, {
    isThere: id => id in cloud.world.images,
    mismatch: () =>
      new AwsError(
        'IdempotentParameterMismatch',
        'The client token is the same as that of a request with other parameters',
      ),
  });
  if (earlier !== undefined) return { ImageId: earlier };
  const name = checkName(required(input.Name, 'Name'));
  const source = sourceOf(cloud, caller, input);
  const { lag, quota } = cloud.world.settings;
  const under = imagesOf(cloud, caller).filter(image => {
    settleImage(cloud, image, 'look');
    return image.account === caller.account && image.copiedFrom !== undefined && image.state === 'pending';
  });
  if (under.length >= quota.copies) {
    const words = `Too many snapshot copies in progress. The limit is ${quota.copies} for this destination region.`;
    throw new AwsError('ResourceLimitExceeded', words);
  }
  const types = ['image', 'snapshot'];
  const own = specifiedTags(input.TagSpecifications, 'image', types);
  const snapshotTags = specifiedTags(input.TagSpecifications, 'snapshot', types);
  const tags = input.CopyImageTags === true ? checkedTags(tagList(own), userTags(source)) : own;
  const thing = newThing(cloud, caller, 'ami', tags);
  const coming = begin(lag.copied, thing.made);
  const image: ImageState = {
    ...source,
    ...thing,
    name,
    description: input.Description ?? '',
    devices: source.devices.map(device =>
      copyDevice(cloud, caller, { device, input, source, id: thing.id, tags: snapshotTags }),
    ),
    copiedFrom: { id: source.id, region: source.region },
    state: 'pending',
    coming,
    ending: caller.ending,
    permission: nobody(),
    deprecateAt: undefined,
    protection: 'disabled',
    protectedUntil: undefined,
  };
  cloud.world.images[image.id] = image;
  cloud.remember(caller, request, image.id);
  return { ImageId: image.id };
});

function sourceOf(cloud: Cloud, caller: Caller, { SourceRegion, SourceImageId }: CopyImageRequest): ImageState {
  const region = required(SourceRegion, 'SourceRegion');
  const id = required(SourceImageId, 'SourceImageId');
  if (!cloud.world.settings.regions.some(({ name }) => name === region)) {
    throw new AwsError('InvalidParameterValue', `The region '${region}' does not exist`);
  }
  const source = imageFor(cloud, { ...caller, region }, id, { isUser: true });
  if (source.state !== 'available') {
    throw new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is not available: it is ${source.state}`);
  }
  return source;
}

function userTags({ tags }: ImageState): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith('aws:')));
}

interface DeviceCopy {
  readonly device: DeviceState;
  readonly input: CopyImageRequest;
  readonly source: ImageState;
  readonly id: string;
  readonly tags: Record<string, string>;
}

function copyDevice(cloud: Cloud, caller: Caller, { device, input, source, id, tags }: DeviceCopy): DeviceState {
  if (device.snapshot === undefined) return device;
  const from = cloud.world.snapshots[device.snapshot];
  if (from === undefined)
    throw new AwsError('InvalidSnapshot.NotFound', `The snapshot '${device.snapshot}' does not exist.`);
  const always = cloud.world.settings.encryptedByDefault.includes(caller.region);
  const encrypted = input.Encrypted === true || always || from.kmsKey !== undefined;
  const copy = newSnapshot(cloud, caller, {
    state: 'sealed',
    // Completed together with the image.
    sealing: { until: Number.MAX_SAFE_INTEGER, reads: 0 },
    description: `Copied for DestinationAmi ${id} from SourceAmi ${source.id} for SourceSnapshot ${from.id}.`,
    size: from.size,
    tags,
    kmsKey: encrypted ? (input.KmsKeyId ?? defaultKey(caller)) : undefined,
    blocks: Object.fromEntries(contentOf(cloud, from)),
  });
  return { ...device, snapshot: copy.id, encrypted };
}
