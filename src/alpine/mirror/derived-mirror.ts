/** Mirrors with some files from elsewhere. All other files come unchanged from the mirror. */
import { digestOf } from '../../store/content/digest.ts';
import { ok, type Result } from '../../util/result.ts';
import type { FetchOptions, Mirror } from './mirror.ts';
import { ALPINE_CDN } from './mirror-address.ts';
import { SECDB } from './mirror-layout.ts';

/** `files`, by their paths, are already in memory: they were fetched before, and the mirror may serve newer ones now. */
export function withKnown(mirror: Mirror, files: ReadonlyMap<string, Uint8Array>): Mirror {
  if (files.size === 0) return mirror;
  return withFetch(mirror, async (path, options) => {
    const known = files.get(path);
    const wanted = options.expect?.sha256;
    if (known === undefined || (wanted !== undefined && digestOf(known).hash !== wanted))
      return mirror.fetch(path, options);
    return options.accept === undefined ? ok(known) : options.accept(known, mirror.locate(path));
  });
}

/** Alpine's security database is on a separate site; Alpine's mirrors do not have it, but a private mirror may. */
export function withSecdb(mirror: Mirror, site: Mirror): Mirror {
  // It is not signed, so over plain http anyone could have changed it.
  const hasOwn =
    mirror.places.some(({ spec }) => spec !== ALPINE_CDN) && mirror.places.every(({ spec }) => !/^http:/i.test(spec));
  return withFetch(mirror, async (path, options) => {
    if (!path.startsWith(`${SECDB}/`)) return mirror.fetch(path, options);
    const own = hasOwn ? await mirror.fetch(path, options) : undefined;
    if (own?.ok === true || own?.error.code === 'AIB_CANCELLED') return own;
    return site.fetch(path.slice(SECDB.length + 1), options);
  });
}

function withFetch(
  mirror: Mirror,
  fetch: (path: string, options: FetchOptions<Uint8Array>) => Promise<Result<unknown>>,
): Mirror {
  return {
    places: mirror.places,
    spec: mirror.spec,
    locate: path => mirror.locate(path),
    fetch: ((path: string, options: FetchOptions<Uint8Array> = {}) => fetch(path, options)) as Mirror['fetch'],
    fetchTo: mirror.fetchTo.bind(mirror) as Mirror['fetchTo'],
    size: (path, signal) => mirror.size(path, signal),
    start: (path, length, signal) => mirror.start(path, length, signal),
  };
}
