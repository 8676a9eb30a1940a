/**
 * Saves what the next run of the same command needs to detect that there is nothing to do: the state of every file that the build read or
 * wrote, at the time of that access. Must not look at these files again: they may have changed since.
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
  /** The key of the snapshot. */
  readonly command: readonly string[];
  /** When it began, milliseconds since 1970. */
  readonly at: number;
  readonly targets: readonly Target[];
  readonly outputs: BuildResult['outputs'];
  /** The configuration as it was read. */
  readonly configuration: ReadonlyMap<string, StatTuple>;
  /** Files written outside of the blobs, with their state right after the write. */
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

/** Adds the recorded state of each blob, so that the next build notices a blob that has changed since. */
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
