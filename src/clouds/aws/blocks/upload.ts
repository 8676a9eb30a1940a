/**
 * Sends blocks to a snapshot that was started, several at a time, and never holds more of them than are on their way. Stops before the next block when
 * it is told to, or when one of them is refused; what is on its way comes to its end.
 */
import { type EBSClient, PutSnapshotBlockCommand } from '@aws-sdk/client-ebs';
import PQueue from 'p-queue';
import type { Progress } from '../../../engine/model/external.ts';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, type AwsCall, askAws } from '../account/ask-aws.ts';
import type { SentBlocks } from './sent-blocks.ts';
import { SNAPSHOT_BLOCK, type SnapshotBlock } from './snapshot-blocks.ts';

/** Requests at a time: with what the client copies of each, some 100 MiB. */
export const AT_A_TIME = 48;

export interface Upload {
  readonly client: EBSClient;
  readonly snapshot: string;
  readonly call: Omit<AwsCall, 'action'>;
  readonly sent: SentBlocks;
  readonly progress: (progress: Progress) => void;
}

/** What the snapshot was given in the end. */
export interface Uploaded {
  /** By number: SHA-256 in hex. */
  readonly blocks: ReadonlyMap<number, string>;
  /** Whether some were believed to be there from before. */
  readonly isResumed: boolean;
}

/** Undefined if it was told to stop. */
export async function uploadBlocks(
  blocks: AsyncIterable<SnapshotBlock>,
  { client, snapshot, call, sent, progress }: Upload,
): Promise<AwsAnswer<Uploaded | undefined>> {
  const queue = new PQueue({ concurrency: AT_A_TIME });
  const all = new Map<number, string>();
  let refused: Extract<AwsAnswer<never>, { ok: false }> | undefined;
  let bug: { readonly error: unknown } | undefined;
  let isResumed = false;
  let done = 0;
  const put = async ({ index, bytes, hash }: SnapshotBlock): Promise<void> => {
    const answer = await askAws({ ...call, action: 'PutSnapshotBlock' }, () =>
      client.send(
        new PutSnapshotBlockCommand({
          SnapshotId: snapshot,
          BlockIndex: index,
          BlockData: bytes,
          DataLength: SNAPSHOT_BLOCK,
          Checksum: Buffer.from(hash, 'hex').toString('base64'),
          ChecksumAlgorithm: 'SHA256',
        }),
      ),
    );
    if (!answer.ok) {
      refused ??= answer;
      return;
    }
    sent.add(index, hash);
    done += SNAPSHOT_BLOCK;
    progress({ done });
  };
  for await (const block of blocks) {
    const { index, hash } = block;
    if (call.signal.aborted || refused !== undefined || bug !== undefined) break;
    all.set(index, hash);
    if (sent.has(index, hash)) {
      isResumed = true;
      continue;
    }
    await queue.onSizeLessThan(1);
    void queue.add(() =>
      put(block).catch(error => {
        bug ??= { error };
      }),
    );
  }
  await queue.onIdle();
  if (call.signal.aborted) return ok(undefined);
  if (bug !== undefined) throw bug.error;
  if (refused !== undefined) return refused;
  return ok({ blocks: all, isResumed });
}
