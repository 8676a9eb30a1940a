/** Which rights a call needs, in the words of a policy: not always the call's own name. Never whether somebody has them. */

type Parameters = Readonly<Record<string, unknown>>;

/** Where a right is not called as the action; from the service's own table of actions, resources and conditions. */
const OF_S3: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListBuckets: 'ListAllMyBuckets',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListObjectsV2: 'ListBucket',
  ListParts: 'ListMultipartUploadParts',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  UploadPart: 'PutObject',
};

/** Such as `ec2:RegisterImage` and, if it is to be tagged, `ec2:CreateTags`. Who asks who he is needs none. */
export function rightsOf(service: string, action: string, parameters: Parameters): readonly string[] {
  // Without an action, the fake could not read what was asked.
  if (service === 'sts' || action === '') return [];
  if (service === 's3') return [`s3:${OF_S3[action] ?? action}`];
  const rights = [`${service}:${action}`];
  if (service === 'ec2' && parameters.TagSpecifications !== undefined) rights.push('ec2:CreateTags');
  if (action === 'ImportSnapshot') rights.push('iam:PassRole', 's3:GetBucketLocation');
  if (action === 'DeregisterImage' && parameters.DeleteAssociatedSnapshots === true) rights.push('ec2:DeleteSnapshot');
  return rights;
}
