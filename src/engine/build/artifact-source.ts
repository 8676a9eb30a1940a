/** Where the bytes of artifacts are, and how they get into the store. A build requests bytes only here. */
import type { Artifact } from '../../store/content/artifact.ts';
import type { BlobState } from '../../store/content/blobs.ts';
import type { Store } from '../../store/store.ts';

/** `elsewhere` is only a claim: when the bytes are fetched, they may be gone or different. */
type ByteState = 'here' | 'elsewhere' | 'missing' | 'damaged';

export interface ArtifactSource {
  /** The state of all parts of the artifact. Rejects with the signal's reason when aborted, as `bring` does. */
  readonly state: (artifact: Artifact, signal: AbortSignal) => Promise<ByteState>;
  /**
   * Fetches what is elsewhere; false if it is not available there after all, does not match its digest, or if a file would take more than
   * `patience` milliseconds.
   */
  readonly bring: (artifact: Artifact, signal: AbortSignal, patience?: number) => Promise<boolean>;
}

/** The store is the only source. */
export function localSource(store: Store): ArtifactSource {
  return {
    state: async (artifact, signal) => {
      const state = await blobState(store, artifact, signal);
      return state === 'present' ? 'here' : state;
    },
    bring: async () => false,
  };
}

export function blobState({ blobs }: Store, artifact: Artifact, signal: AbortSignal): Promise<BlobState> {
  const { type, digest } = artifact;
  return type === 'directory' ? blobs.checkDirectory(digest, signal) : blobs.check(digest, signal);
}
