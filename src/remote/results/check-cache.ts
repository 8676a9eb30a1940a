/** Tries a cache once: whether it answers, takes a blob and gives it back, how soon and how fast. Leaves two blobs of its own there. */
import { randomBytes } from 'node:crypto';
import { type Digest, digestOf } from '../../store/content/digest.ts';
import { formatBytes } from '../../util/bytes.ts';
import { type CachePlace, PlaceError } from '../places/cache-place.ts';
import { fetchMessage } from './fetch-blob.ts';

export interface CacheStep {
  readonly name: string;
  readonly isRight: boolean;
  readonly words: string;
}

/** Enough for a rate. */
const LARGE = 16 << 20;
const ROUNDS = 5;

export async function* checkCache(place: CachePlace, write: boolean, signal: AbortSignal): AsyncGenerator<CacheStep> {
  const nobody = digestOf(randomBytes(32));
  yield step('answers', async () => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      if (await place.contains(nobody, signal))
        throw new PlaceError('refused', 'it says that it has a blob which nobody has sent');
      times.push(performance.now() - began);
    }
    return `in ${Math.min(...times).toFixed(1)} ms`;
  });
  if (!write) {
    yield { name: 'takes results', isRight: true, words: 'not tried: write = false' };
    return;
  }
  // Random, so that nothing on the way compresses it or knows it already.
  const large = randomBytes(LARGE);
  const digest = digestOf(large);
  yield step('takes results', async () => rate(LARGE, await timed(() => send(place, digest, large, signal))));
  yield step('gives them back', async () => {
    const took = await timed(async () => {
      const bytes = await place.get('cas', digest.hash, signal);
      if (bytes === undefined) throw new PlaceError('refused', 'it does not have what was sent');
      const received = await fetchMessage(bytes, LARGE);
      if (!Buffer.isBuffer(received) || !received.equals(large))
        throw new PlaceError('refused', 'its bytes are not those that were sent');
    });
    if (!(await place.contains(digest, signal)))
      throw new PlaceError('refused', 'it says that it does not have what it has');
    return rate(LARGE, took);
  });
}

/** A step that fails says why; the steps after it are tried nevertheless. */
async function step(name: string, work: () => Promise<string>): Promise<CacheStep> {
  try {
    return { name, isRight: true, words: await work() };
  } catch (error) {
    if (!(error instanceof PlaceError)) throw error;
    return { name, isRight: false, words: error.message };
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function rate(bytes: number, milliseconds: number): string {
  return `${formatBytes(bytes)} in ${milliseconds.toFixed(0)} ms, ${formatBytes(Math.round((bytes / milliseconds) * 1_000))}/s`;
}

function send(place: CachePlace, digest: Digest, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const read = async function* read() {
    for (let at = 0; at < bytes.byteLength; at += 1 << 18) yield bytes.subarray(at, at + (1 << 18));
  };
  return place.put('cas', digest.hash, { size: bytes.byteLength, read }, signal);
}
