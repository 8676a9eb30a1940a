/**
 * Reads a snapshot back and compares it, block by block, with its disk. Never trusts AWS's information about a block: its bytes are hashed
 * here. Only blocks that are being read and differing blocks are kept in memory.
 */
import { GetSnapshotBlockCommand } from '@aws-sdk/client-ebs';
import PQueue from 'p-queue';
import { digestOf } from '../../../store/content/digest.ts';
import { ok, type Result } from '../../../util/result.ts';
import { askAws } from '../account/ask-aws.ts';
import { type Asking, callOf } from '../account/describe.ts';
import { blockPages } from './block-pages.ts';
import { type BlockList, SNAPSHOT_BLOCK } from './snapshot-blocks.ts';

const AT_A_TIME = 32;
/** Differing blocks to keep, of 512 KiB each. */
const MOST_KEPT = 128;

export interface ReadBack {
  /** The number of blocks that were read. */
  readonly blocks: number;
  /** Numbers of blocks that differ from the disk, in order. */
  readonly different: readonly number[];
  /** The bytes of the first differing blocks. */
  readonly bytes: ReadonlyMap<number, Uint8Array>;
}

/** `expected` are the non-zero blocks of the disk. */
export async function readBack(asking: Asking, snapshot: string, expected: BlockList): Promise<Result<ReadBack>> {
  const client = asking.connection.ebs(asking.region);
  const queue = new PQueue({ concurrency: AT_A_TIME });
  const left = new Set(expected.keys());
  const different: number[] = [];
  const bytes = new Map<number, Uint8Array>();
  let blocks = 0;
  let failed: Extract<Result<never>, { ok: false }> | undefined;
  const look = async (index: number, token: string): Promise<void> => {
    if (failed !== undefined || asking.signal.aborted) return;
    const answer = await askAws({ ...callOf(asking), action: 'GetSnapshotBlock' }, async () => {
      const { BlockData } = await client.send(
        new GetSnapshotBlockCommand({ SnapshotId: snapshot, BlockIndex: index, BlockToken: token }),
      );
      // Reading the body may be interrupted, too.
      return (await BlockData?.transformToByteArray()) ?? new Uint8Array();
    });
    if (!answer.ok) {
      failed ??= answer;
      return;
    }
    left.delete(index);
    blocks += 1;
    if (digestOf(answer.value).hash === (expected.get(index) ?? ZEROS)) return;
    different.push(index);
    if (bytes.size < MOST_KEPT) bytes.set(index, answer.value);
  };
  for await (const answer of blockPages(asking, snapshot)) {
    if (!answer.ok) return answer;
    const { Blocks = [] } = answer.value;
    // The tokens of a page expire, so its blocks are read before the next page.
    await queue.addAll(
      Blocks.map(
        ({ BlockIndex = 0, BlockToken = '' }) =>
          () =>
            look(BlockIndex, BlockToken),
      ),
    );
    asking.signal.throwIfAborted();
    if (failed !== undefined) return failed;
  }
  // Blocks that are not in the snapshot are zeros.
  for (const index of left) {
    different.push(index);
    if (bytes.size < MOST_KEPT) bytes.set(index, new Uint8Array(SNAPSHOT_BLOCK));
  }
  return ok({ blocks, different: different.sort((a, b) => a - b), bytes });
}

const ZEROS = digestOf(new Uint8Array(SNAPSHOT_BLOCK)).hash;
