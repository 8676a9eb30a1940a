/** The least policy with the rights that aib requires, by purpose. Never loads the SDK. */

interface Purpose {
  /** For IAM: letters and digits. */
  readonly name: string;
  readonly rights: readonly string[];
  /** The resources, if their names are known before they are created. */
  readonly resources?: readonly string[];
  readonly condition?: object;
}

const PURPOSES: readonly Purpose[] = [
  {
    name: 'aib',
    rights: [
      'ec2:CopyImage',
      'ec2:CreateTags',
      'ec2:DeleteSnapshot',
      'ec2:DeregisterImage',
      'ec2:DescribeImageAttribute',
      'ec2:DescribeImages',
      'ec2:DescribeRegions',
      'ec2:DescribeSnapshots',
      'ec2:EnableImageDeprecation',
      'ec2:GetEbsEncryptionByDefault',
      'ec2:GetImageBlockPublicAccessState',
      'ec2:ModifyImageAttribute',
      'ec2:RegisterImage',
      'servicequotas:GetServiceQuota',
    ],
  },
  {
    name: 'aibImport',
    rights: ['ebs:CompleteSnapshot', 'ebs:ListSnapshotBlocks', 'ebs:PutSnapshotBlock', 'ebs:StartSnapshot'],
  },
  { name: 'aibVerify', rights: ['ebs:GetSnapshotBlock', 'ebs:ListSnapshotBlocks'] },
  {
    name: 'aibProtected',
    rights: ['ec2:DisableImageDeregistrationProtection', 'ec2:EnableImageDeregistrationProtection'],
  },
  { name: 'aibSnapshotAccess', rights: ['ec2:DescribeSnapshotAttribute', 'ec2:ModifySnapshotAttribute'] },
  { name: 'aibSsmParameter', rights: ['ssm:GetParameters', 'ssm:PutParameter'] },
  { name: 'aibImportByS3', rights: ['ec2:DescribeImportSnapshotTasks', 'ec2:ImportSnapshot', 's3:ListAllMyBuckets'] },
  {
    name: 'aibImportByS3Bucket',
    rights: [
      's3:AbortMultipartUpload',
      's3:CreateBucket',
      's3:DeleteBucket',
      's3:DeleteObject',
      's3:GetBucketLocation',
      's3:GetObject',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ],
    resources: ['arn:aws:s3:::aib-import-*', 'arn:aws:s3:::aib-import-*/*'],
  },
  {
    name: 'aibImportByS3Role',
    rights: ['iam:PassRole'],
    resources: ['arn:aws:iam::*:role/vmimport'],
    condition: { StringEquals: { 'iam:PassedToService': 'vmie.amazonaws.com' } },
  },
];

/** Sorted. */
export const POLICY_RIGHTS: readonly string[] = [...new Set(PURPOSES.flatMap(({ rights }) => rights))].sort();

/** In IAM's format. Most rights cannot be restricted to resources that do not exist yet, so they are for all. */
export function policyText(): string {
  const statements = PURPOSES.map(({ name, rights, resources = ['*'], condition }) => ({
    ...{ Sid: name, Effect: 'Allow', Action: rights },
    Resource: resources.length === 1 ? resources[0] : resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  }));
  return `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)}\n`;
}
