/** Sends blocks to a started snapshot, and records each; never sends recorded blocks again. */
import { type EBSClient, PutSnapshotBlockCommand } from '@aws-sdk/client-ebs';
import type { Progress } from '../../../engine/model/external.ts';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, type AwsCall, askAws } from '../account/ask-aws.ts';
import { sendAll } from '../account/send-all.ts';
import type { SentBlocks } from './sent-blocks.ts';
import { SNAPSHOT_BLOCK, type SnapshotBlock } from './snapshot-blocks.ts';

/** Parallel requests: with the client's copies, about 100 MiB. */
export const AT_A_TIME = 48;

export interface Upload {
  readonly client: EBSClient;
  readonly snapshot: string;
  readonly call: Omit<AwsCall, 'action'>;
  readonly sent: SentBlocks;
  readonly progress: (progress: Progress) => void;
}

/** The blocks of the snapshot. */
export interface Uploaded {
  /** SHA-256 in hex by number. */
  readonly blocks: ReadonlyMap<number, string>;
  /** Whether some blocks were skipped because of the record. */
  readonly isResumed: boolean;
}

/** Undefined if it was aborted. */
export async function uploadBlocks(
  blocks: AsyncIterable<SnapshotBlock>,
  { client, snapshot, call, sent, progress }: Upload,
): Promise<AwsAnswer<Uploaded | undefined>> {
  const all = new Map<number, string>();
  let isResumed = false;
  let done = 0;
  const put = async ({ index, bytes, hash }: SnapshotBlock): Promise<AwsAnswer<unknown>> => {
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
    if (!answer.ok) return answer;
    sent.add(index, hash);
    done += SNAPSHOT_BLOCK;
    progress({ done });
    return answer;
  };
  const lacking = async function* (): AsyncGenerator<SnapshotBlock> {
    for await (const block of blocks) {
      all.set(block.index, block.hash);
      if (sent.has(block.index, block.hash)) isResumed = true;
      else yield block;
    }
  };
  const ended = await sendAll(lacking(), { atATime: AT_A_TIME, signal: call.signal }, put);
  if (!ended.ok) return ended;
  if (!ended.value) return ok(undefined);
  return ok({ blocks: all, isResumed });
}
