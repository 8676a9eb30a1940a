/**
 * Finds the snapshot that a new one shares blocks with: the newest of the same variant with known digests of its blocks. The digests are
 * stored beside the store, by disk; AWS lists the blocks, and blocks without a known digest are sent. So a lost or damaged list costs
 * bytes, but never results in a wrong block.
 */
import { join } from 'node:path';
import type { Snapshot } from '@aws-sdk/client-ec2';
import type { Digest } from '../../../store/content/digest.ts';
import { ok, type Result } from '../../../util/result.ts';
import type { AwsConnection } from '../account/connection.ts';
import { type Asking, ownSnapshots, snapshotOf } from '../account/describe.ts';
import { TAG, tagOf } from '../image/aws-image.ts';
import type { AwsTarget } from '../image/aws-target.ts';
import { blockPages } from './block-pages.ts';
import { readBlockList, writeBlockList } from './sent-blocks.ts';
import type { BlockList } from './snapshot-blocks.ts';

export interface Parent {
  readonly id: string;
  readonly blocks: BlockList;
}

/** Instead of a hash: the block exists, but its content is unknown. */
const UNKNOWN = 'unknown';

/** For a disk of this size in GiB. */
export async function findParent(
  { connection, image }: AwsTarget,
  asking: Asking,
  gib: number,
): Promise<Result<Parent | undefined>> {
  // A snapshot has the encryption of its parent.
  if (image.encrypted !== false) return ok(undefined);
  const found = await ownSnapshots(asking, { [TAG.project]: image.project, [TAG.variant]: image.variant });
  if (!found.ok) return found;
  // An archived snapshot cannot be a parent.
  const fits = ({ State, Encrypted, VolumeSize, StorageTier = 'standard' }: Snapshot): boolean =>
    State === 'completed' && StorageTier === 'standard' && Encrypted !== true && (VolumeSize ?? 0) <= gib;
  const newest = found.value.findLast(each => fits(each) && remembered(connection, each).size > 0);
  return newest === undefined ? ok(undefined) : asParent(connection, asking, newest);
}

/** Undefined if it was deleted, or its blocks are unknown. */
export async function parentOf(
  { connection }: AwsTarget,
  asking: Asking,
  id: string,
): Promise<Result<Parent | undefined>> {
  const seen = await snapshotOf(asking, id);
  if (!seen.ok || seen.value === undefined) return ok(undefined);
  if (remembered(connection, seen.value).size === 0) return ok(undefined);
  return asParent(connection, asking, seen.value);
}

export function rememberBlocks({ memory }: AwsConnection, disk: Digest, blocks: BlockList): void {
  writeBlockList(listPath(memory, disk.hash), blocks);
}

function remembered({ memory }: AwsConnection, snapshot: Snapshot): BlockList {
  const hash = tagOf(snapshot, TAG.disk) ?? '';
  // The tag is external input, and becomes part of a file name.
  return /^[0-9a-f]{64}$/.test(hash) ? readBlockList(listPath(memory, hash)) : new Map();
}

function listPath(memory: string, hash: string): string {
  return join(memory, `${hash}.blocks`);
}

async function asParent(
  connection: AwsConnection,
  asking: Asking,
  snapshot: Snapshot,
): Promise<Result<Parent | undefined>> {
  const { SnapshotId: id = '' } = snapshot;
  const known = remembered(connection, snapshot);
  const blocks = new Map<number, string>();
  for await (const answer of blockPages(asking, id)) {
    // A parent only saves bytes, so this is not a failure.
    if (!answer.ok) return ok(undefined);
    for (const { BlockIndex = 0 } of answer.value.Blocks ?? [])
      blocks.set(BlockIndex, known.get(BlockIndex) ?? UNKNOWN);
  }
  // The list belongs to another snapshot.
  if ([...known.keys()].some(index => !blocks.has(index))) return ok(undefined);
  return ok({ id, blocks });
}
