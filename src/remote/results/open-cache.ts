/** Opens the caches of a build. Loaded only if one is configured. */
import { fail, ok, type Result } from '../../util/result.ts';
import type { CachePlace } from '../places/cache-place.ts';
import { openPlace, type PlaceAddress } from '../places/open-place.ts';
import { SharedCache, type SharedCacheOptions } from './shared-cache.ts';

export interface CacheAddress extends PlaceAddress {
  readonly write: boolean;
}

export interface OpenCacheOptions extends Omit<SharedCacheOptions, 'places' | 'times'> {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** With `required`, each place must answer. */
export async function openCache(
  addresses: readonly CacheAddress[],
  { environment, signal, ...options }: OpenCacheOptions,
): Promise<Result<SharedCache>> {
  const places: { place: CachePlace; write: boolean }[] = [];
  for (const address of addresses) {
    const place = openPlace(address, environment);
    if (!place.ok) return place;
    places.push({ place: place.value, write: address.write });
  }
  const cache = new SharedCache({ ...options, places });
  if (!options.required) return ok(cache);
  await cache.probe(signal);
  const failure = cache.failure();
  return failure === undefined ? ok(cache) : fail(failure);
}
