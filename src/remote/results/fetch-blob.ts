/** Brings bytes from a place, and checks them against their digest. Never holds or writes more bytes than the digest says. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type Digest, digestOf, sameDigest } from '../../store/content/digest.ts';
import type { Bytes } from '../places/cache-place.ts';

export type Fetched = 'done' | 'slow' | { readonly invalid: string };

/** Milliseconds after which the rate of a transfer is meaningful. */
const MEASURED_MS = 1_000;

/**
 * Writes a blob to a new file. `slow`: it would take more than `patience` milliseconds from `began` (a time of performance.now); the caller
 * must abort the transfer then.
 */
export async function fetchToFile(
  bytes: Bytes,
  { digest, file, began, patience }: { digest: Digest; file: string; began: number; patience: number },
): Promise<Fetched> {
  const hash = createHash('sha256');
  let size = 0;
  const target = await open(file, 'wx');
  try {
    for await (const chunk of bytes) {
      size += chunk.byteLength;
      if (size > digest.size) return { invalid: `it has more than ${digest.size} bytes` };
      hash.update(chunk);
      await target.appendFile(chunk);
      const elapsed = performance.now() - began;
      if (elapsed > MEASURED_MS && (elapsed / size) * digest.size > patience) return 'slow';
    }
  } finally {
    await target.close();
  }
  if (size !== digest.size) return { invalid: `it has ${size} bytes instead of ${digest.size}` };
  return hash.digest('hex') === digest.hash ? 'done' : { invalid: 'its bytes do not match its digest' };
}

/** All bytes of a small message, or a phrase about what is wrong with it. */
export async function fetchMessage(bytes: Bytes, most: number): Promise<Buffer | { readonly invalid: string }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > most) return { invalid: `it has more than ${most} bytes` };
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A phrase if the bytes are not those of the digest. */
export function mismatch(bytes: Buffer, digest: Digest): string | undefined {
  return sameDigest(digestOf(bytes), digest) ? undefined : 'its bytes do not match its digest';
}
