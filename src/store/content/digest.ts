/** The identity of content: SHA-256 with its size, as in the Remote Execution API. Never computed from anything but the bytes. */
import { createHash, hash as hashOf } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';

/** Bytes read at a time from large files. */
const CHUNK = 1 << 20;

/** 64 lower-case hex digits. */
export type Sha256 = string & { readonly __brand: 'Sha256' };

export interface Digest {
  readonly hash: Sha256;
  /** Bytes; a wrong size with the right hash is a wrong digest. */
  readonly size: number;
}

export function digestOf(content: string | Uint8Array): Digest {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { hash: hashOf('sha256', bytes, 'hex') as Sha256, size: bytes.byteLength };
}

/** Rejects with the signal's reason when aborted. */
export async function digestOfFile(path: string, signal?: AbortSignal): Promise<Digest> {
  // A stream allocates a buffer for each file, which is most of the work for thousands of small files.
  if (statSync(path).size < CHUNK) return digestOf(readFileSync(path));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    signal?.throwIfAborted();
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { hash: hash.digest('hex') as Sha256, size };
}

/** True for a valid digest. A digest from outside, from a message or a damaged record, must be valid before it is used as a file name. */
export function isDigest(value: unknown): value is Digest {
  if (typeof value !== 'object' || value === null) return false;
  const { hash, size } = value as Partial<Record<keyof Digest, unknown>>;
  return typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash) && Number.isSafeInteger(size) && Number(size) >= 0;
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.hash === b.hash && a.size === b.size;
}
