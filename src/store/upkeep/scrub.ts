/**
 * Looks at everything that a store holds, and says what is not as it should be. With `mend`, which takes the build lock, what is wrong is moved aside,
 * removed or put right, so that the next build makes it again; without, nothing is touched.
 */
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { breather } from '../../util/breather.ts';
import { type Digest, type Sha256, sameDigest } from '../content/digest.ts';
import { fingerprintFile, xxh64OfFile } from '../content/fingerprint.ts';
import type { Store } from '../store.ts';
import { imageLinks, type StoreContents, storeContents } from './store-contents.ts';

export type Fault =
  /** Bytes that are not those of the name, or that the disk cannot read. */
  | { readonly type: 'blob-damaged'; readonly hash: Sha256 }
  /** The blob is whole, but what is on record of it is wrong. */
  | { readonly type: 'blob-misrecorded'; readonly digest: Digest; readonly xxh64: string | null }
  /** An output of a result is not there: its node runs again when somebody wants it. */
  | {
      readonly type: 'blob-missing';
      readonly hash: string;
      readonly label: string;
      readonly projects: readonly string[];
    }
  /** A file among the records that is none. */
  | { readonly type: 'record-damaged'; readonly path: string }
  /** A result of which one of the two places, file and row, knows nothing. */
  | {
      readonly type: 'record-half';
      readonly key: Sha256;
      readonly label: string;
      readonly projects: readonly string[];
      readonly missing: 'file' | 'row';
    }
  /** A link to an image that is gone. */
  | { readonly type: 'link-dead'; readonly path: string };

export interface Scrubbed {
  readonly blobs: number;
  /** Bytes that were read. */
  readonly bytes: number;
  readonly records: number;
  readonly faults: readonly Fault[];
}

export interface ScrubOptions {
  /** SHA-256 of every blob; otherwise the fingerprint of those that have one. */
  readonly deep: boolean;
  readonly mend: boolean;
  readonly signal: AbortSignal;
}

export async function scrub(store: Store, { deep, mend, signal }: ScrubOptions): Promise<Scrubbed> {
  const contents = storeContents(store);
  const faults: Fault[] = [];
  let bytes = 0;
  const breathe = breather();
  for (const { hash, size } of contents.blobs.values()) {
    await breathe();
    signal.throwIfAborted();
    bytes += size;
    const fault = await blobFault(store, { hash, size }, { deep, signal });
    if (fault !== undefined) faults.push(fault);
  }
  const damaged = new Set<string>(faults.flatMap(fault => (fault.type === 'blob-damaged' ? [fault.hash] : [])));
  faults.push(...missingBlobs(contents, damaged));
  for (const path of store.records.damagedFiles()) faults.push({ type: 'record-damaged', path });
  const users = new Map(contents.records.map(({ record, projects }) => [record.key, projects]));
  for (const { record, missing } of store.records.halves())
    faults.push({
      type: 'record-half',
      key: record.key,
      label: record.label,
      projects: users.get(record.key) ?? [],
      missing,
    });
  for (const path of imageLinks(store.folder))
    if (!existsSync(resolve(dirname(path), readlinkSync(path)))) faults.push({ type: 'link-dead', path });
  if (mend) mendAll(store, faults);
  return { blobs: contents.blobs.size, bytes, records: contents.records.length, faults };
}

/**
 * A fingerprint that holds is enough, unless asked for more. One that does not hold condemns nobody: it may be the wrong one itself, so the name
 * decides, which no row can change.
 */
async function blobFault(
  store: Store,
  digest: Digest,
  { deep, signal }: Pick<ScrubOptions, 'deep' | 'signal'>,
): Promise<Fault | undefined> {
  const path = store.blobs.path(digest);
  const recorded = store.blobs.fingerprint(digest.hash);
  const isMisrecorded = store.blobs.isMisrecorded(digest.hash);
  try {
    if (!deep && !isMisrecorded && recorded !== undefined && (await xxh64OfFile(path, signal)) === recorded)
      return undefined;
    const found = await fingerprintFile(path, signal);
    if (!sameDigest(found.digest, digest)) return { type: 'blob-damaged', hash: digest.hash };
    // What was written without a fingerprint has none to be wrong.
    const isRight = recorded === undefined || recorded === found.xxh64;
    return isMisrecorded || !isRight ? { type: 'blob-misrecorded', digest, xxh64: found.xxh64 } : undefined;
  } catch (error) {
    // The disk cannot read it any more. What else may be in the way says nothing of the bytes.
    if (error instanceof Error && 'code' in error && error.code === 'EIO')
      return { type: 'blob-damaged', hash: digest.hash };
    throw error;
  }
}

/** Blobs that results name and that are not there; each once, under the first result that names it. */
function missingBlobs({ blobs, records }: StoreContents, damaged: ReadonlySet<string>): readonly Fault[] {
  const seen = new Set<string>();
  return records.flatMap(({ record, outputs, projects }) =>
    [...outputs].flatMap(hash => {
      if (blobs.has(hash) || damaged.has(hash) || seen.has(hash)) return [];
      seen.add(hash);
      return [{ type: 'blob-missing', hash, label: record.label, projects } as const];
    }),
  );
}

/** A blob that is missing is the next build's: a result without its bytes still tells what they were. */
function mendAll(store: Store, faults: readonly Fault[]): void {
  store.blobs.moveAside(faults.flatMap(fault => (fault.type === 'blob-damaged' ? [fault.hash] : [])));
  for (const fault of faults)
    if (fault.type === 'blob-misrecorded') store.blobs.record(fault.digest, fault.xxh64);
    else if (fault.type === 'record-damaged' || fault.type === 'link-dead') rmSync(fault.path, { force: true });
  store.records.complete(new Set(faults.flatMap(fault => (fault.type === 'record-half' ? [fault.key] : []))));
}
