/**
 * Leaves behind what the next run of the same command needs to see that there is nothing to do: everything that the build read and made, as it
 * was when it was read or made. Never looks at a file anew whose content was used earlier: it may be another one by now.
 */
import type { BuildResult, Target } from '../../engine/build/build.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { BlobStore } from '../../store/content/blobs.ts';
import type { Digest } from '../../store/content/digest.ts';
import { decodeDirectory } from '../../store/content/directory.ts';
import { type StatTuple, UNKNOWN } from '../../store/content/stat-tuple.ts';
import { writeSnapshot } from '../../store/sources/snapshot.ts';
import type { Store } from '../../store/store.ts';
import { internal } from '../../util/failure.ts';
import type { Summary } from './null-build.ts';

export interface FinishedBuild {
  readonly store: Store;
  /** What the snapshot is kept under. */
  readonly command: readonly string[];
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly targets: readonly Target[];
  readonly outputs: BuildResult['outputs'];
  /** The configuration as it was read. */
  readonly configuration: ReadonlyMap<string, StatTuple>;
  /** What was written outside of the blobs, as it was right after. */
  readonly made: ReadonlyMap<string, StatTuple>;
  readonly summary: Summary;
}

export async function saveSnapshot(build: FinishedBuild): Promise<void> {
  const { store, command, at, summary } = build;
  const read = new Map([...store.sources.seen, ...build.configuration]);
  const own = new Map(build.made);
  for (const { label, outputs } of build.targets) {
    for (const name of outputs) {
      const artifact = build.outputs.get(label)?.[name];
      if (artifact === undefined) throw internal(`${label} was built without ${name}`);
      await addBlobs(store.blobs, artifact, own);
    }
  }
  for (const path of own.keys()) read.delete(path);
  writeSnapshot(store.folder, command, { at, read, own, result: summary });
}

/** As the store has them on record; one that was changed since then is to be looked at by the next build. */
async function addBlobs(blobs: BlobStore, { type, digest }: Artifact, own: Map<string, StatTuple>): Promise<void> {
  if (add(blobs, digest, own) || type === 'file') return;
  for (const entry of decodeDirectory(await blobs.read(digest))?.values() ?? [])
    if (entry.type !== 'symlink') await addBlobs(blobs, entry, own);
}

/** True if it was there already. */
function add(blobs: BlobStore, digest: Digest, own: Map<string, StatTuple>): boolean {
  const path = blobs.path(digest);
  if (own.has(path)) return true;
  own.set(path, blobs.recordedTuple(digest) ?? UNKNOWN);
  return false;
}
