/**
 * Removes images, snapshots and buckets at AWS one by one, and prints the result of each; --dry-run removes nothing. An interruption ends
 * it between two.
 */
import { DeleteSnapshotCommand } from '@aws-sdk/client-ec2';
import { askAws } from '../../clouds/aws/account/ask-aws.ts';
import type { AwsConnection } from '../../clouds/aws/account/connection.ts';
import { type Asking, callOf } from '../../clouds/aws/account/describe.ts';
import type { StandingImage } from '../../clouds/aws/image/images-of-project.ts';
import { removeImage, takeBack } from '../../clouds/aws/image/located.ts';
import type { Pruned } from '../../clouds/aws/image/pruning.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import { formatFailure } from '../../util/failure.ts';
import { ok, type Result } from '../../util/result.ts';
import { EXIT, notice } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Session } from '../session/session.ts';

interface Removing {
  readonly session: Session;
  readonly connection: AwsConnection;
  /** Called for an image that is shared by now, which then stays; without this function, shared images are removed, too. */
  readonly stays?: (image: StandingImage) => void;
}

/** Returns the exit code. If one removal fails, the others continue. */
export async function removeImages(
  all: readonly Pruned[],
  { session, connection, stays }: Removing,
): Promise<Result<number>> {
  const { options, signal } = session;
  const { dryRun = false, json = false } = options;
  if (all.length === 0) notice('nothing to remove');
  const store = dryRun || all.length === 0 ? ok(undefined) : await session.storeToWrite();
  if (!store.ok) return store;
  let exit: number = EXIT.done;
  for (const each of all) {
    if (signal.aborted) return ok(EXIT.interrupted);
    const { region, id } = each.image ?? each.snapshot ?? each.bucket ?? { region: '', id: '' };
    const asking = { connection, region, signal };
    const removed = dryRun ? ok('removed' as const) : await remove(each, asking, stays !== undefined);
    if (!removed.ok) {
      exit = EXIT.failed;
      notice(formatFailure(removed.error));
      continue;
    }
    const { why, image } = each;
    if (removed.value === 'shared') {
      if (image !== undefined) stays?.(image);
      continue;
    }
    // Otherwise a build would assume that it still exists.
    if (image?.identity !== undefined) store.value?.facts.forget(image.identity as Sha256);
    const state = dryRun ? 'would be removed' : 'removed';
    const name = image?.name ?? (each.bucket === undefined ? 'a snapshot' : 'a bucket');
    const row = { region, id, name, state, why };
    await printLines([json ? JSON.stringify(row) : `${region}  ${id}  ${name}  ${state}: ${why}`]);
  }
  return ok(exit);
}

async function remove(
  { image, snapshot, bucket }: Pruned,
  asking: Asking,
  isUnused: boolean,
): Promise<Result<'removed' | 'shared'>> {
  if (image !== undefined && isUnused) return takeBack(asking, image.id);
  if (image !== undefined) {
    const removed = await removeImage(asking, image.id);
    return removed.ok ? ok('removed') : removed;
  }
  if (bucket !== undefined) {
    const { removeBucket } = await import('../../clouds/aws/s3/left-behind.ts');
    const gone = await removeBucket(asking, bucket.id);
    return gone.ok ? ok('removed') : gone;
  }
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: 'DeleteSnapshot' }, () =>
    client.send(new DeleteSnapshotCommand({ SnapshotId: snapshot?.id ?? '' })),
  );
  return answer.ok || answer.refusal.kind === 'absent' ? ok('removed') : answer;
}
