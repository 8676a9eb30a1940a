/** For tests: a snapshot and an image of it, created through client calls. Must never write to the world directly. */
import { createHash } from 'node:crypto';
import {
  CompleteSnapshotCommand,
  type EBSClient,
  PutSnapshotBlockCommand,
  StartSnapshotCommand,
} from '@aws-sdk/client-ebs';
import { type EC2Client, RegisterImageCommand, type RegisterImageCommandInput } from '@aws-sdk/client-ec2';
import { BLOCK } from './snapshots.ts';

export function blockOf(byte: number): Buffer {
  return Buffer.alloc(BLOCK, byte);
}

export function putting(SnapshotId: string, BlockIndex: number, data: Buffer): PutSnapshotBlockCommand {
  const Checksum = createHash('sha256').update(data).digest('base64');
  const about = { SnapshotId, BlockIndex, BlockData: data, DataLength: data.length };
  return new PutSnapshotBlockCommand({ ...about, Checksum, ChecksumAlgorithm: 'SHA256' });
}

/** A snapshot of one GiB; byte `i` of `bytes` fills block `i`. */
export async function makeSnapshot(ebs: EBSClient, bytes: readonly number[], parent?: string): Promise<string> {
  const { SnapshotId = '' } = await ebs.send(
    new StartSnapshotCommand({ VolumeSize: 1, ...(parent === undefined ? {} : { ParentSnapshotId: parent }) }),
  );
  for (const [index, byte] of bytes.entries()) await ebs.send(putting(SnapshotId, index, blockOf(byte)));
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: bytes.length }));
  return SnapshotId;
}

export async function makeImage(
  ec2: EC2Client,
  snapshot: string,
  more: Partial<RegisterImageCommandInput> = {},
): Promise<string> {
  const { ImageId = '' } = await ec2.send(
    new RegisterImageCommand({
      Name: 'alpine',
      Architecture: 'x86_64',
      VirtualizationType: 'hvm',
      RootDeviceName: '/dev/xvda',
      EnaSupport: true,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshot, VolumeType: 'gp3' } }],
      ...more,
    }),
  );
  return ImageId;
}
