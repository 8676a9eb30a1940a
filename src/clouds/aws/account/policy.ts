/** The rights that aib needs of an account, each with what for: the least policy that does. Loads nothing of the SDK. */

const RIGHTS: Readonly<Record<string, string>> = {
  'ebs:CompleteSnapshot': 'import',
  'ebs:GetSnapshotBlock': 'verify',
  'ebs:ListSnapshotBlocks': 'import, verify',
  'ebs:PutSnapshotBlock': 'import',
  'ebs:StartSnapshot': 'import',
  'ec2:CopyImage': 'copy',
  'ec2:CreateTags': 'import, copy, publish',
  'ec2:DeleteSnapshot': 'an import that gives way to another',
  'ec2:DeregisterImage': 'an import that gives way to another',
  'ec2:DescribeImageAttribute': 'publish',
  'ec2:DescribeImages': 'all',
  'ec2:DescribeRegions': 'all',
  'ec2:DescribeSnapshots': 'import',
  'ec2:EnableImageDeprecation': 'publish',
  'ec2:GetEbsEncryptionByDefault': 'doctor',
  'ec2:GetImageBlockPublicAccessState': 'doctor',
  'ec2:ModifyImageAttribute': 'publish',
  'ec2:RegisterImage': 'import',
};

/** Sorted. */
export const POLICY_RIGHTS: readonly string[] = Object.keys(RIGHTS);

/** As IAM takes it. None of these rights can be given for single images that do not exist yet, so it is for all. */
export function policyText(): string {
  const statement = { Sid: 'aib', Effect: 'Allow', Action: POLICY_RIGHTS, Resource: '*' };
  return `${JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2)}\n`;
}
