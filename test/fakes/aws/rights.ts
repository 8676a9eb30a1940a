/**
 * The rights that a call needs, with their names in a policy, which may differ from the call's name. Never checks whether a caller has
 * them.
 */

type Parameters = Readonly<Record<string, unknown>>;

/** Rights with another name than the action; from the service's own table of actions, resources and conditions. */
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

/** Such as `ec2:RegisterImage` and, with tags, `ec2:CreateTags`. GetCallerIdentity needs none. */
export function rightsOf(service: string, action: string, parameters: Parameters): readonly string[] {
  // Without an action, the fake could not read the request.
  if (service === 'sts' || action === '') return [];
  if (service === 's3') return [`s3:${OF_S3[action] ?? action}`];
  const rights = [`${service}:${action}`];
  if (service === 'ec2' && parameters.TagSpecifications !== undefined) rights.push('ec2:CreateTags');
  if (action === 'ImportSnapshot') rights.push('iam:PassRole', 's3:GetBucketLocation');
  if (action === 'DeregisterImage' && parameters.DeleteAssociatedSnapshots === true) rights.push('ec2:DeleteSnapshot');
  return rights;
}
