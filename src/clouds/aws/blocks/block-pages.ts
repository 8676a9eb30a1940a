/** Lists the blocks of a snapshot, with the tokens to read them, page by page; a refusal is the last. */
import { ListSnapshotBlocksCommand, type ListSnapshotBlocksResponse } from '@aws-sdk/client-ebs';
import type { AwsAnswer } from '../account/ask-aws.ts';
import { type Asking, pagesOf } from '../account/describe.ts';

export function blockPages(asking: Asking, SnapshotId: string): AsyncGenerator<AwsAnswer<ListSnapshotBlocksResponse>> {
  const client = asking.connection.ebs(asking.region);
  return pagesOf(asking, 'ListSnapshotBlocks', page =>
    client.send(new ListSnapshotBlocksCommand({ SnapshotId, ...page })),
  );
}
