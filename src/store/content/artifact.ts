/** What an action made, as the store names it: by content alone. */
import type { Digest } from './digest.ts';

/** One declared output: a file, or a folder by the digest of its Directory message. */
export interface Artifact {
  readonly type: 'file' | 'directory';
  readonly digest: Digest;
  /** Only of a file that a program left executable. */
  readonly executable?: boolean;
}
