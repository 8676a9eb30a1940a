/** Where the bytes of artifacts are, and how they come into the store. A build asks for bytes here and nowhere else. */
import type { Artifact } from '../../store/content/artifact.ts';
import type { BlobState } from '../../store/content/blobs.ts';
import type { Store } from '../../store/store.ts';

/** `elsewhere` is hearsay: when the bytes are asked for, they may be gone, or be others. */
type ByteState = 'here' | 'elsewhere' | 'missing' | 'damaged';

export interface ArtifactSource {
  /** Of all that the artifact consists of. Rejects with the signal's reason when aborted, as `bring` does. */
  readonly state: (artifact: Artifact, signal: AbortSignal) => Promise<ByteState>;
  /** Brings here what is elsewhere; false if it could not be had there after all, or was not what its digest says. */
  readonly bring: (artifact: Artifact, signal: AbortSignal) => Promise<boolean>;
}

/** The store alone. */
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
