/** The content of a store by kind and by label: what uses each byte, and whether a collection may remove it. Never changes anything. */

import type { Store } from '../store.ts';
import { chooseCollection } from './collection-choice.ts';
import { type CountedRecord, type StoreContents, storeContents } from './store-contents.ts';

export interface Use {
  readonly name: string;
  readonly results: number;
  readonly blobs: number;
  /** Bytes on the disk; shared bytes are counted under each name. */
  readonly bytes: number;
  /** When a build last used one of its results, milliseconds since 1970. */
  readonly used: number;
}

export interface Usage {
  /** The largest first. */
  readonly kinds: readonly Use[];
  readonly labels: readonly Use[];
  /** By the folder of the project; empty while the store has only one project. */
  readonly projects: readonly Use[];
  /** Bytes and blobs, each counted once. */
  readonly total: { readonly blobs: number; readonly bytes: number };
  /** Bytes that no collection removes. */
  readonly liveBytes: number;
  /** What `aib gc --max-size 0` would free. */
  readonly collectableBytes: number;
}

export function usageOf(store: Store): Usage {
  const contents = storeContents(store);
  const { freed, kept } = chooseCollection(contents, {
    now: store.now(),
    maxBytes: 0,
    before: Number.POSITIVE_INFINITY,
    pinned: { records: new Set(), blobs: new Set() },
  });
  const all = [...contents.blobs.values()];
  return {
    kinds: group(contents, ({ record }) => [record.kind]),
    labels: group(contents, ({ record }) => [record.label]),
    projects: group(contents, ({ projects }) => projects),
    total: { blobs: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) },
    liveBytes: kept.liveBytes,
    collectableBytes: freed,
  };
}

function group(
  { blobs, records }: StoreContents,
  namesOf: (record: CountedRecord) => readonly string[],
): readonly Use[] {
  const groups = new Map<string, { results: number; used: number; hashes: Set<string> }>();
  const named = records.flatMap(record => namesOf(record).map(name => ({ ...record, name })));
  for (const { name, used, outputs } of named) {
    const one = groups.get(name) ?? { results: 0, used: 0, hashes: new Set<string>() };
    groups.set(name, one);
    one.results += 1;
    one.used = Math.max(one.used, used);
    for (const hash of outputs) if (blobs.has(hash)) one.hashes.add(hash);
  }
  return [...groups]
    .map(([name, { results, used, hashes }]) => ({
      name,
      results,
      blobs: hashes.size,
      bytes: [...hashes].reduce((sum, hash) => sum + (blobs.get(hash)?.bytes ?? 0), 0),
      used,
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1));
}
