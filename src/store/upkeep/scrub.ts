/**
 * Looks at everything that a store holds, and says what is not as it should be. With `mend`, which takes the build lock, what is wrong is removed or
 * put right, so that the next build makes it again; without, nothing is touched.
 */
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Digest, digestOfFile, type Sha256, sameDigest } from '../content/digest.ts';
import { xxh64OfFile } from '../content/fingerprint.ts';
import type { Store } from '../store.ts';
import { imageLinks, type StoreContents, storeContents } from './store-contents.ts';

export type Fault =
  /** Bytes that are not those of the name, or that the disk cannot read. */
  | { readonly type: 'blob-damaged'; readonly hash: Sha256 }
  /** An output of a result is not there: its node runs again when somebody wants it. */
  | { readonly type: 'blob-missing'; readonly hash: string; readonly label: string }
  /** A file among the records that is none. */
  | { readonly type: 'record-damaged'; readonly path: string }
  /** A result of which one of the two places, file and row, knows nothing. */
  | { readonly type: 'record-half'; readonly key: Sha256; readonly label: string; readonly missing: 'file' | 'row' }
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
  for (const { hash, size } of contents.blobs.values()) {
    signal.throwIfAborted();
    bytes += size;
    if (await isWhole(store, { hash, size }, deep)) continue;
    faults.push({ type: 'blob-damaged', hash });
  }
  const damaged = new Set<string>(faults.flatMap(fault => (fault.type === 'blob-damaged' ? [fault.hash] : [])));
  faults.push(...missingBlobs(contents, damaged));
  for (const path of store.records.damagedFiles()) faults.push({ type: 'record-damaged', path });
  for (const { record, missing } of store.records.halves())
    faults.push({ type: 'record-half', key: record.key, label: record.label, missing });
  for (const path of imageLinks(store.folder))
    if (!existsSync(resolve(dirname(path), readlinkSync(path)))) faults.push({ type: 'link-dead', path });
  if (mend) mendAll(store, faults);
  return { blobs: contents.blobs.size, bytes, records: contents.records.length, faults };
}

/** A fingerprint that holds is enough, unless asked for more; where there is none, the name itself is. */
async function isWhole(store: Store, digest: Digest, deep: boolean): Promise<boolean> {
  const path = store.blobs.path(digest);
  try {
    const xxh64 = deep ? undefined : store.blobs.fingerprint(digest.hash);
    if (xxh64 !== undefined) return (await xxh64OfFile(path)) === xxh64;
    return sameDigest(await digestOfFile(path), digest);
  } catch {
    return false;
  }
}

/** Blobs that results name and that are not there; each once, under the first result that names it. */
function missingBlobs({ blobs, records }: StoreContents, damaged: ReadonlySet<string>): readonly Fault[] {
  const seen = new Set<string>();
  return records.flatMap(({ record, outputs }) =>
    [...outputs].flatMap(hash => {
      if (blobs.has(hash) || damaged.has(hash) || seen.has(hash)) return [];
      seen.add(hash);
      return [{ type: 'blob-missing', hash, label: record.label } as const];
    }),
  );
}

/** A blob that is missing is the next build's: a result without its bytes still tells what they were. */
function mendAll(store: Store, faults: readonly Fault[]): void {
  store.blobs.remove(faults.flatMap(fault => (fault.type === 'blob-damaged' ? [fault.hash] : [])));
  for (const fault of faults)
    if (fault.type === 'record-damaged' || fault.type === 'link-dead') rmSync(fault.path, { force: true });
  store.records.complete(new Set(faults.flatMap(fault => (fault.type === 'record-half' ? [fault.key] : []))));
}
