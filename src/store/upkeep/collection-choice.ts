/**
 * What a store may lose: the results that were used longest ago, once it holds more than it may, and what nobody needs at all. Decides only, and
 * touches nothing. What it never gives up is the newest result of a label: its outputs, and what its action read, so that it can be run again and
 * compared with. A label whose newest result no build has found or made for a month has no such right any more.
 */

import type { Sha256 } from '../content/digest.ts';
import type { CountedBlob, CountedRecord, StoreContents } from './store-contents.ts';

/** Milliseconds for which a label keeps its newest result, after the last build that found or made it. */
export const LABEL_LIFETIME = 30 * 24 * 3_600_000;

/** So that not each build that comes after has to collect again. */
const FILL = 0.9;

export interface CollectionOptions {
  readonly now: number;
  /** Bytes on the disk that blobs may take. */
  readonly maxBytes: number;
  /** Default: LABEL_LIFETIME. */
  readonly labelLifetime?: number;
  /** What a running build has found or made. */
  readonly pinned: { readonly records: ReadonlySet<string>; readonly blobs: ReadonlySet<string> };
  /** Blobs that are younger belong to work under way; milliseconds since 1970. */
  readonly before: number;
}

export interface Collection {
  /** The longest unused first. */
  readonly records: readonly CountedRecord[];
  readonly blobs: readonly CountedBlob[];
  /** Of the blobs, those that no record needed. */
  readonly orphans: number;
  /** Bytes on the disk. */
  readonly freed: number;
  readonly kept: {
    readonly bytes: number;
    /** Of these, what no limit can take. */
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
