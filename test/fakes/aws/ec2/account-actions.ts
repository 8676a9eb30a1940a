/** Settings of an account in EC2: its regions, and what is always blocked or encrypted. Must not contain objects in the account. */
import {
  DescribeRegions$,
  type DescribeRegionsRequest,
  DisableImageBlockPublicAccess$,
  EnableImageBlockPublicAccess$,
  GetEbsEncryptionByDefault$,
  GetImageBlockPublicAccessState$,
  GetSnapshotBlockPublicAccessState$,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../wire/aws-error.ts';
import { action } from './action.ts';
import { fits } from './filters.ts';

const describeRegions = action(DescribeRegions$, (cloud, _, input: DescribeRegionsRequest) => {
  const { RegionNames = [], AllRegions = false, Filters } = input;
  const { regions } = cloud.world.settings;
  const lacking = RegionNames.filter(name => !regions.some(region => region.name === name));
  if (lacking.length > 0) throw new AwsError('InvalidParameterValue', `Invalid region names: ${lacking.join(', ')}`);
  const wanted = regions.filter(({ name, opt }) => {
    if (RegionNames.length > 0 && !RegionNames.includes(name)) return false;
    if (!AllRegions && opt === 'not-opted-in') return false;
    return fits(Filters, { 'region-name': name, 'opt-in-status': opt, endpoint: endpointOf(name) }, {});
  });
  return {
    Regions: wanted.map(({ name, opt }) => ({ RegionName: name, Endpoint: endpointOf(name), OptInStatus: opt })),
  };
});

function endpointOf(region: string): string {
  return `ec2.${region}.amazonaws.com`;
}

const getImageBlock = action(GetImageBlockPublicAccessState$, ({ world }, { region }) => ({
  ImageBlockPublicAccessState: world.settings.imageBlockPublicAccess[region] ?? 'unblocked',
  ManagedBy: 'account',
}));

const blockImages = action(EnableImageBlockPublicAccess$, ({ world }, { region }) => {
  world.settings.imageBlockPublicAccess[region] = 'block-new-sharing';
  return { ImageBlockPublicAccessState: 'block-new-sharing' };
});

const unblockImages = action(DisableImageBlockPublicAccess$, ({ world }, { region }) => {
  world.settings.imageBlockPublicAccess[region] = 'unblocked';
  return { ImageBlockPublicAccessState: 'unblocked' };
});

const getSnapshotBlock = action(GetSnapshotBlockPublicAccessState$, ({ world }, { region }) => ({
  State: world.settings.snapshotBlockPublicAccess[region] ?? 'unblocked',
  ManagedBy: 'account',
}));

const getEncryption = action(GetEbsEncryptionByDefault$, ({ world }, { region }) => ({
  EbsEncryptionByDefault: world.settings.encryptedByDefault.includes(region),
}));

export const accountActions = [
  describeRegions,
  getImageBlock,
  blockImages,
  unblockImages,
  getSnapshotBlock,
  getEncryption,
];
