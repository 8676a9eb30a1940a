/**
 * The xxh64 of a blob, in addition to its digest: several times faster to compute, so that the disk alone limits the speed of a scrub of
 * the whole store. Never an identity. Blobs below 1 MiB have none, because hashing them in full is fast enough.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { type Digest, digestOf, type Sha256 } from './digest.ts';

/** Bytes; also the amount that is read at a time. */
const CHUNK = 1 << 20;

/** Digest and fingerprint in one pass. Rejects with the signal's reason when aborted, as all functions here do. */
export async function fingerprintFile(
  path: string,
  signal?: AbortSignal,
): Promise<{ readonly digest: Digest; readonly xxh64: string | null }> {
  if (statSync(path).size < CHUNK) return { digest: digestOf(readFileSync(path)), xxh64: null };
  const sha256 = createHash('sha256');
  const { xxh64, size } = await pass(path, piece => sha256.update(piece), signal);
  return { digest: { hash: sha256.digest('hex') as Sha256, size }, xxh64 };
}

export async function xxh64OfFile(path: string, signal?: AbortSignal): Promise<string> {
  return (await pass(path, () => {}, signal)).xxh64;
}

async function pass(
  path: string,
  take: (piece: Buffer) => void,
  signal: AbortSignal | undefined,
): Promise<{ xxh64: string; size: number }> {
  const { default: xxhash } = await import('xxhash-wasm');
  const hasher = (await xxhash()).create64();
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    hasher.update(piece);
    take(piece);
    size += piece.byteLength;
  }
  return { xxh64: hasher.digest().toString(16).padStart(16, '0'), size };
}
