/** What an action made, as the store names it: by content alone. */
import type { Digest } from './digest.ts';

/** One declared output: a file, or a folder by the digest of its Directory message. */
export interface Artifact {
  readonly type: 'file' | 'directory';
  readonly digest: Digest;
  /** Only of a file that a program left executable. */
  readonly executable?: boolean;
}

/** Bytes of all of them together; undefined where one is a folder, for its digest has the size of a list and not of what is in it. */
export function bytesOf(artifacts: Iterable<Artifact>): number | undefined {
  let bytes = 0;
  for (const { type, digest } of artifacts) {
    if (type === 'directory') return undefined;
    bytes += digest.size;
  }
  return bytes;
}
