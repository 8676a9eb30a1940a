/**
 * Sends several pieces at a time, and never keeps more of them in memory than it sends. An abort or a refused piece stops it before the
 * next piece; pieces that are being sent are finished.
 */
import PQueue from 'p-queue';
import { ok } from '../../../util/result.ts';
import type { AwsAnswer } from './ask-aws.ts';

/** False if it was aborted. */
export async function sendAll<T>(
  pieces: Iterable<T> | AsyncIterable<T>,
  { atATime, signal }: { readonly atATime: number; readonly signal: AbortSignal },
  send: (piece: T) => Promise<AwsAnswer<unknown>>,
): Promise<AwsAnswer<boolean>> {
  const queue = new PQueue({ concurrency: atATime });
  let refused: Extract<AwsAnswer<never>, { ok: false }> | undefined;
  let bug: { readonly error: unknown } | undefined;
  const sending = async (piece: T): Promise<void> => {
    const answer = await send(piece);
    if (!answer.ok) refused ??= answer;
  };
  for await (const piece of pieces) {
    await queue.onSizeLessThan(1);
    if (signal.aborted || refused !== undefined || bug !== undefined) break;
    void queue.add(() =>
      sending(piece).catch(error => {
        bug ??= { error };
      }),
    );
  }
  await queue.onIdle();
  if (signal.aborted) return ok(false);
  if (bug !== undefined) throw bug.error;
  return refused ?? ok(true);
}
