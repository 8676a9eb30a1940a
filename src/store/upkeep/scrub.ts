/**
 * Checks everything in a store and reports faults. With `mend`, which requires the build lock, faulty data is moved aside, removed or
 * corrected, so that the next build makes it again; without `mend`, nothing is ever changed.
 */
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { breather } from '../../util/breather.ts';
import { type Digest, type Sha256, sameDigest } from '../content/digest.ts';
import { fingerprintFile, xxh64OfFile } from '../content/fingerprint.ts';
import type { Store } from '../store.ts';
import { imageLinks, type StoreContents, storeContents } from './store-contents.ts';

export type Fault =
  /** The bytes do not match the name, or the disk cannot read them. */
  | { readonly type: 'blob-damaged'; readonly hash: Sha256 }
  /** The blob is intact, but its row is wrong. */
  | { readonly type: 'blob-misrecorded'; readonly digest: Digest; readonly xxh64: string | null }
  /** An output of a result is missing: its node runs again when the output is needed. */
  | {
      readonly type: 'blob-missing';
      readonly hash: string;
      readonly label: string;
      readonly projects: readonly string[];
    }
  /** An invalid record file. */
  | { readonly type: 'record-damaged'; readonly path: string }
  /** A result that is missing in one of its two places, file and row. */
  | {
      readonly type: 'record-half';
      readonly key: Sha256;
      readonly label: string;
      readonly projects: readonly string[];
      readonly missing: 'file' | 'row';
    }
  /** A link to a missing image. */
  | { readonly type: 'link-dead'; readonly path: string };

export interface Scrubbed {
  readonly blobs: number;
  /** Bytes that were read. */
  readonly bytes: number;
  readonly records: number;
  readonly faults: readonly Fault[];
}

export interface ScrubOptions {
  /** Checks the SHA-256 of every blob; if false, only the fingerprint of those that have one. */
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
 * A matching fingerprint is enough, unless `deep` is set. A fingerprint that does not match may be wrong itself, so then the SHA-256 in the
 * name decides.
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
    // A blob without a recorded fingerprint is correct.
    const isRight = recorded === undefined || recorded === found.xxh64;
    return isMisrecorded || !isRight ? { type: 'blob-misrecorded', digest, xxh64: found.xxh64 } : undefined;
  } catch (error) {
    // The disk cannot read it. Other errors say nothing about the bytes.
    if (error instanceof Error && 'code' in error && error.code === 'EIO')
      return { type: 'blob-damaged', hash: digest.hash };
    throw error;
  }
}

/** Missing blobs of results; each once, under the first result that has it. */
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

/** Missing blobs are left to the next build: a result without its bytes still has their digests. */
function mendAll(store: Store, faults: readonly Fault[]): void {
  store.blobs.moveAside(faults.flatMap(fault => (fault.type === 'blob-damaged' ? [fault.hash] : [])));
  for (const fault of faults)
    if (fault.type === 'blob-misrecorded') store.blobs.record(fault.digest, fault.xxh64);
    else if (fault.type === 'record-damaged' || fault.type === 'link-dead') rmSync(fault.path, { force: true });
  store.records.complete(new Set(faults.flatMap(fault => (fault.type === 'record-half' ? [fault.key] : []))));
}
