/** Places that keep results, and clones that build with them. */
import { onTestFinished } from 'vitest';
import type { BuildRequest } from '../../src/engine/build/build.ts';
import type { Node } from '../../src/engine/model/graph.ts';
import type { CachePlace } from '../../src/remote/places/cache-place.ts';
import { SharedCache, type SharedCacheOptions } from '../../src/remote/results/shared-cache.ts';
import { type Built, makeRig, type Rig } from '../engine/rig.ts';

const SIGNAL = new AbortController().signal;

export interface Clone {
  readonly rig: Rig;
  readonly cache: SharedCache;
  /** The lines for the user. */
  readonly told: readonly string[];
  /** Builds, and waits until everything is sent. */
  readonly build: (
    nodes: readonly Node[],
    targets: readonly string[],
    options?: Partial<BuildRequest>,
  ) => Promise<Built>;
}

/** A store of its own on the given places. */
export function makeClone(
  places: readonly CachePlace[],
  { write = true, ...options }: Partial<SharedCacheOptions> & { readonly write?: boolean } = {},
): Clone {
  const rig = makeRig();
  const told: string[] = [];
  const cache = new SharedCache({
    places: places.map(place => ({ place, write })),
    store: rig.store,
    accepts: () => true,
    tell: line => told.push(line),
    required: false,
    ...options,
    times: { pauseMs: 1, ...options.times },
  });
  onTestFinished(() => cache.uploads.stop());
  return {
    rig,
    cache,
    told,
    build: async (nodes, targets, more = {}) => {
      const built = await rig.build(nodes, targets, { cache, ...more });
      await cache.uploads.finish(more.signal ?? SIGNAL);
      return built;
    },
  };
}

/** Where each result came from, by label. */
export function originsOf({ events }: Built): ReadonlyMap<string, string> {
  return new Map(
    events.flatMap(event => (event.type === 'hit' && event.from !== undefined ? [[event.label, event.from]] : [])),
  );
}
