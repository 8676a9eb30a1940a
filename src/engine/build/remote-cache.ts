/**
 * Results and bytes from other machines, beside the store. The cache may lose entries, be slow or fail, and the build continues without it.
 * Its action results are trusted, so whoever fills it decides what is built; bytes are accepted only if they match their digest.
 */
import { lstatSync, rmSync } from 'node:fs';
import type { Artifact } from '../../store/content/artifact.ts';
import { type Digest, isDigest, sameDigest } from '../../store/content/digest.ts';
import { decodeDirectory } from '../../store/content/directory.ts';
import type { ActionRecord } from '../../store/records/action-record.ts';
import type { Store } from '../../store/store.ts';
import type { Failure } from '../../util/failure.ts';
import type { EncodedAction } from '../model/action-key.ts';
import type { Label, Outputs } from '../model/graph.ts';
import { type ArtifactSource, blobState } from './artifact-source.ts';

export interface RemoteCache {
  /** Whether results of this kind are worth a request; for other kinds the cache is not asked. */
  readonly accepts: (kind: string) => boolean;
  /** The result of an action; undefined if unknown. */
  readonly find: (action: EncodedAction, label: Label, signal: AbortSignal) => Promise<FoundResult | undefined>;
  readonly contains: (digest: Digest, signal: AbortSignal) => Promise<boolean>;
  /**
   * Writes a blob to a new file, and closes that file before it returns; false if the cache does not have the blob, or would need more than
   * `patience` milliseconds for it.
   */
  readonly fetch: (digest: Digest, file: string, signal: AbortSignal, patience?: number) => Promise<boolean>;
  /** Takes a result that was made here, for others. Returns at once; the bytes are sent later. */
  readonly offer?: (made: MadeResult) => void;
  /** Why the build must not continue without the cache; undefined if it may. */
  readonly failure?: () => Failure | undefined;
}

export interface FoundResult {
  readonly outputs: ActionRecord['outputs'];
  /** The name of the cache, for users. */
  readonly from?: string;
  /** Milliseconds that the action took where it ran. */
  readonly duration?: number;
}

/** A result of an action that succeeded, and whose inputs were the same until its end. */
export interface MadeResult {
  readonly label: Label;
  readonly encoded: EncodedAction;
  readonly outputs: Outputs;
  /** Milliseconds. */
  readonly duration: number;
}

/** The store, and the cache for what is not in the store. */
export function remoteSource(store: Store, cache: RemoteCache): ArtifactSource {
  /** Two callers that need the same bytes share one transfer. */
  const coming = new Map<string, Promise<boolean>>();

  const state: ArtifactSource['state'] = async (artifact, signal) => {
    const here = await blobState(store, artifact, signal);
    if (here === 'present') return 'here';
    return (await isElsewhere(artifact, signal)) ? 'elsewhere' : here;
  };

  /** For a folder whose message is here, every part must be available; for another folder, only its message can be checked. */
  const isElsewhere = async (artifact: Artifact, signal: AbortSignal, seen = new Set<string>()): Promise<boolean> => {
    const { type, digest } = artifact;
    if ((await store.blobs.check(digest, signal)) !== 'present')
      return (await answer(() => cache.contains(digest, signal), signal)) === true;
    if (type === 'file') return true;
    // A folder may contain another folder many times.
    if (seen.has(digest.hash)) return true;
    seen.add(digest.hash);
    const parts = await partsOf(store, digest);
    if (parts === undefined) return false;
    for (const part of parts) if (!(await isElsewhere(part, signal, seen))) return false;
    return true;
  };

  const bring: ArtifactSource['bring'] = async (artifact, signal, patience) => {
    const { type, digest } = artifact;
    if ((await store.blobs.check(digest, signal)) !== 'present') {
      const name = `${digest.hash}/${digest.size}`;
      let transfer = coming.get(name);
      if (transfer === undefined) {
        transfer = download(store, cache, digest, { signal, patience }).finally(() => coming.delete(name));
        coming.set(name, transfer);
      }
      if (!(await transfer)) return false;
    }
    if (type === 'file' || (await blobState(store, artifact, signal)) === 'present') return true;
    for (const part of (await partsOf(store, digest)) ?? []) if (!(await bring(part, signal, patience))) return false;
    return (await store.blobs.checkDirectory(digest, signal)) === 'present';
  };

  return { state, bring };
}

/** What the cache has for an action; undefined also if its answer is invalid. */
export async function askCache(
  cache: RemoteCache,
  { encoded, label }: { readonly encoded: EncodedAction; readonly label: Label },
  signal: AbortSignal,
): Promise<FoundResult | undefined> {
  return answer(async () => {
    const found = (await cache.find(encoded, label, signal)) ?? undefined;
    // Checked because a digest becomes a file name in the store.
    return found !== undefined && Object.values(found.outputs).every(({ digest }) => isDigest(digest))
      ? found
      : undefined;
  }, signal);
}

async function download(
  store: Store,
  cache: RemoteCache,
  digest: Digest,
  { signal, patience }: { readonly signal: AbortSignal; readonly patience: number | undefined },
): Promise<boolean> {
  const file = store.blobs.temporaryPath();
  try {
    if ((await answer(() => cache.fetch(digest, file, signal, patience), signal)) !== true) return false;
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true || stats.size !== digest.size) return false;
    return sameDigest(await store.blobs.adopt(file, signal), digest);
  } finally {
    rmSync(file, { force: true, recursive: true });
  }
}

/** Files and folders of a folder whose message is here; undefined if the message is invalid. */
async function partsOf(store: Store, digest: Digest): Promise<readonly Artifact[] | undefined> {
  const entries = decodeDirectory(await store.blobs.read(digest));
  return entries === undefined ? undefined : [...entries.values()].filter(entry => entry.type !== 'symlink');
}

/** Undefined for any error of the cache. A stop of the build does not wait for a cache that ignores the signal. */
async function answer<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<undefined>();
  const stop = (): void => stopped.resolve(undefined);
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([ask(), stopped.promise]);
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener('abort', stop);
    signal.throwIfAborted();
  }
}
