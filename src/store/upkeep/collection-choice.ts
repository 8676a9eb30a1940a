/**
 * Chooses what a collection removes: everything unused, and if the store exceeds its limit, the results that were used longest ago. Only
 * decides, and changes nothing. It never chooses the newest result of a label: neither its outputs nor the inputs of its action, so that it
 * can be run again and compared. A label whose newest result no build has used for a month loses this protection.
 */

import type { Sha256 } from '../content/digest.ts';
import type { CountedBlob, CountedRecord, StoreContents } from './store-contents.ts';

/** Milliseconds for which a label keeps its newest result, after the last build that found or made it. */
export const LABEL_LIFETIME = 30 * 24 * 3_600_000;

/** Factor on the limit: a reserve, so that not every following build has to collect again. */
const FILL = 0.9;

export interface CollectionOptions {
  readonly now: number;
  /** The limit for blobs, in bytes on the disk. */
  readonly maxBytes: number;
  /** Default: LABEL_LIFETIME. */
  readonly labelLifetime?: number;
  /** What a running build has found or made. */
  readonly pinned: { readonly records: ReadonlySet<string>; readonly blobs: ReadonlySet<string> };
  /** Milliseconds since 1970; newer blobs belong to work in progress. */
  readonly before: number;
}

export interface Collection {
  /** Those that were used longest ago first. */
  readonly records: readonly CountedRecord[];
  readonly blobs: readonly CountedBlob[];
  /** The number of blobs that no record needs. */
  readonly orphans: number;
  /** Bytes on the disk. */
  readonly freed: number;
  readonly kept: {
    readonly bytes: number;
    /** The part of these that is protected from collection. */
    readonly liveBytes: number;
    readonly liveRecords: number;
    readonly records: number;
  };
}

export function chooseCollection(contents: StoreContents, options: CollectionOptions): Collection {
  const { now, maxBytes, pinned, before, labelLifetime = LABEL_LIFETIME } = options;
  const isLive = ({ record, newest }: CountedRecord): boolean =>
    pinned.records.has(record.key) || (newest !== undefined && newest >= now - labelLifetime);
  const live = contents.records.filter(isLive);
  const others = contents.records.filter(record => !isLive(record)).sort((a, b) => a.used - b.used);

  const liveBlobs = new Set<string>(pinned.blobs);
  for (const { outputs, inputs } of live) for (const hash of [...outputs, ...inputs]) liveBlobs.add(hash);
  for (const { hash, since } of contents.blobs.values()) if (since >= before) liveBlobs.add(hash);

  const users = new Map<string, number>();
  for (const { outputs } of others) for (const hash of outputs) users.set(hash, (users.get(hash) ?? 0) + 1);

  const gone: CountedBlob[] = [];
  let bytes = 0;
  let liveBytes = 0;
  for (const blob of contents.blobs.values()) {
    if (liveBlobs.has(blob.hash)) liveBytes += blob.bytes;
    if (liveBlobs.has(blob.hash) || users.has(blob.hash)) bytes += blob.bytes;
    else gone.push(blob);
  }
  const orphans = gone.length;

  const limit = bytes > maxBytes ? Math.max(maxBytes * FILL, liveBytes) : maxBytes;
  const evicted: CountedRecord[] = [];
  for (const each of others) {
    if (bytes <= limit) break;
    evicted.push(each);
    for (const hash of each.outputs) {
      const left = (users.get(hash) ?? 1) - 1;
      users.set(hash, left);
      const blob = contents.blobs.get(hash);
      if (left > 0 || blob === undefined || liveBlobs.has(hash)) continue;
      gone.push(blob);
      bytes -= blob.bytes;
    }
  }
  return {
    records: evicted,
    blobs: gone,
    orphans,
    freed: gone.reduce((sum, blob) => sum + blob.bytes, 0),
    kept: { bytes, liveBytes, liveRecords: live.length, records: contents.records.length - evicted.length },
  };
}

export function keysOf(records: readonly CountedRecord[]): readonly Sha256[] {
  return records.map(({ record }) => record.key);
}
