/**
 * Results and bytes that others have, beside the store. Such a cache may forget, lie, be slow and die: what it says of an action is believed as
 * far as its bytes have the digests that it named, and nothing that it does fails a build.
 */
import { existsSync, rmSync } from 'node:fs';
import type { Artifact } from '../../store/content/artifact.ts';
import { type Digest, isDigest, type Sha256 } from '../../store/content/digest.ts';
import { decodeDirectory } from '../../store/content/directory.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Store } from '../../store/store.ts';
import { isStop } from '../../util/stop.ts';
import { type ArtifactSource, blobState } from './artifact-source.ts';

export interface RemoteCache {
  /** What the action of that key made; undefined if it knows nothing of it. */
  readonly find: (key: Sha256, signal: AbortSignal) => Promise<ActionRecord['outputs'] | undefined>;
  readonly contains: (digest: Digest, signal: AbortSignal) => Promise<boolean>;
  /** Writes a blob into a new file; false if it is not there. */
  readonly fetch: (digest: Digest, file: string, signal: AbortSignal) => Promise<boolean>;
}

/** The store, and the cache for what is not in it. */
export function remoteSource(store: Store, cache: RemoteCache): ArtifactSource {
  /** Two that want the same bytes wait for one transfer. */
  const coming = new Map<Sha256, Promise<boolean>>();

  const state: ArtifactSource['state'] = async (artifact, signal) => {
    const here = await blobState(store, artifact, signal);
    if (here === 'present') return 'here';
    return (await isElsewhere(artifact, signal)) ? 'elsewhere' : here;
  };

  /** Of a folder whose message is here, every part must be somewhere; of another one, no more than the message is known. */
  const isElsewhere = async (artifact: Artifact, signal: AbortSignal): Promise<boolean> => {
    const { type, digest } = artifact;
    if ((await store.blobs.check(digest, signal)) !== 'present')
      return (await answer(() => cache.contains(digest, signal), signal)) === true;
    if (type === 'file') return true;
    for (const part of await partsOf(store, digest)) if (!(await isElsewhere(part, signal))) return false;
    return true;
  };

  const bring: ArtifactSource['bring'] = async (artifact, signal) => {
    const { type, digest } = artifact;
    if ((await store.blobs.check(digest, signal)) !== 'present') {
      let transfer = coming.get(digest.hash);
      if (transfer === undefined) {
        transfer = download(store, cache, digest, signal).finally(() => coming.delete(digest.hash));
        coming.set(digest.hash, transfer);
      }
      if (!(await transfer)) return false;
    }
    if (type === 'file') return true;
    for (const part of await partsOf(store, digest)) if (!(await bring(part, signal))) return false;
    return (await store.blobs.checkDirectory(digest, signal)) === 'present';
  };

  return { state, bring };
}

/** What the cache knows of an action; undefined also if it does not answer as it should. */
export async function askCache(
  cache: RemoteCache,
  key: Sha256,
  signal: AbortSignal,
): Promise<ActionRecord['outputs'] | undefined> {
  const outputs = await answer(() => cache.find(key, signal), signal);
  // A digest names a file of the store.
  return Object.values(outputs ?? {}).every(({ digest }) => isDigest(digest)) ? outputs : undefined;
}

async function download(store: Store, cache: RemoteCache, digest: Digest, signal: AbortSignal): Promise<boolean> {
  const file = store.blobs.temporaryPath();
  try {
    if ((await answer(() => cache.fetch(digest, file, signal), signal)) !== true || !existsSync(file)) return false;
    const { hash, size } = await store.blobs.adopt(file, signal);
    return hash === digest.hash && size === digest.size;
  } finally {
    rmSync(file, { force: true });
  }
}

/** Files and folders of a folder whose message is here; none of a message that is none. */
async function partsOf(store: Store, digest: Digest): Promise<readonly Artifact[]> {
  const entries = decodeDirectory(await store.blobs.read(digest)) ?? new Map();
  return [...entries.values()].filter(entry => entry.type !== 'symlink');
}

/** Undefined for whatever goes wrong there; what stops the build stops this, too. */
async function answer<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isStop(error, signal)) throw error;
    return undefined;
  }
}
