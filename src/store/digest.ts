/** The identity of content: SHA-256 with its size, as in the Remote Execution API. Never computed from anything but the bytes. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** 64 lower-case hex digits. */
export type Sha256 = string & { readonly __brand: 'Sha256' };

export interface Digest {
  readonly hash: Sha256;
  /** Bytes; a wrong size with the right hash is a wrong digest. */
  readonly size: number;
}

export function digestOf(content: string | Uint8Array): Digest {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { hash: createHash('sha256').update(bytes).digest('hex') as Sha256, size: bytes.byteLength };
}

export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.byteLength;
  }
  return { hash: hash.digest('hex') as Sha256, size };
}

export function sameDigest(a: Digest, b: Digest): boolean {
  return a.hash === b.hash && a.size === b.size;
}
