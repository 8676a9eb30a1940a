/** An output of an action as the store names it: by its content alone. */
import type { Digest } from './digest.ts';

/** One declared output: a file, or a folder by the digest of its Directory message. */
export interface Artifact {
  readonly type: 'file' | 'directory';
  readonly digest: Digest;
  /** Only for a file that a program made executable. */
  readonly executable?: boolean;
}

/** Total bytes; undefined if one is a folder, because its digest has the size of a list and not of its content. */
export function bytesOf(artifacts: Iterable<Artifact>): number | undefined {
  let bytes = 0;
  for (const { type, digest } of artifacts) {
    if (type === 'directory') return undefined;
    bytes += digest.size;
  }
  return bytes;
}
