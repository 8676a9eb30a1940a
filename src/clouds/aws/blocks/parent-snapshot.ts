/**
 * The snapshot that a new one shares blocks with: the newest of the same variant of which it is known, block by block, what is in it. What is known is
 * remembered beside the store by the disk; AWS is asked which blocks there are, and a block that nobody remembers is sent. So a memory that is lost or
 * damaged costs bytes, never a wrong block.
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

/** As a block's hash: it is there, and nobody knows what is in it. */
const UNKNOWN = 'unknown';

/** For a disk of so many GiB. */
export async function findParent(
  { connection, image }: AwsTarget,
  asking: Asking,
  gib: number,
): Promise<Result<Parent | undefined>> {
  // A snapshot on a parent is encrypted as that is.
  if (image.encrypted !== false) return ok(undefined);
  const found = await ownSnapshots(asking, { [TAG.project]: image.project, [TAG.variant]: image.variant });
  if (!found.ok) return found;
  // One that is archived cannot be built on.
  const fits = ({ State, Encrypted, VolumeSize, StorageTier = 'standard' }: Snapshot): boolean =>
    State === 'completed' && StorageTier === 'standard' && Encrypted !== true && (VolumeSize ?? 0) <= gib;
  const newest = found.value.findLast(each => fits(each) && remembered(connection, each).size > 0);
  return newest === undefined ? ok(undefined) : asParent(connection, asking, newest);
}

/** Undefined if it is gone, or nothing is known of it. */
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
  // It comes from outside, and becomes a file's name.
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
    // It saves bytes, and is worth no failure.
    if (!answer.ok) return ok(undefined);
    for (const { BlockIndex = 0 } of answer.value.Blocks ?? [])
      blocks.set(BlockIndex, known.get(BlockIndex) ?? UNKNOWN);
  }
  // A memory of something else.
  if ([...known.keys()].some(index => !blocks.has(index))) return ok(undefined);
  return ok({ id, blocks });
}
