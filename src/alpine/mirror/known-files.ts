/** A mirror of which some files are at hand already: they were fetched a moment ago, and it may serve others by now. Changes nothing else. */
import { digestOf } from '../../store/content/digest.ts';
import { ok } from '../../util/result.ts';
import type { FetchOptions, Mirror } from './mirror.ts';

/** `files` are by path on the mirror. */
export function withKnown(mirror: Mirror, files: ReadonlyMap<string, Uint8Array>): Mirror {
  if (files.size === 0) return mirror;
  const fetch = async (path: string, options: FetchOptions<Uint8Array> = {}) => {
    const known = files.get(path);
    const wanted = options.expect?.sha256;
    if (known === undefined || (wanted !== undefined && digestOf(known).hash !== wanted))
      return mirror.fetch(path, options);
    return options.accept === undefined ? ok(known) : options.accept(known, mirror.locate(path));
  };
  return {
    places: mirror.places,
    spec: mirror.spec,
    locate: path => mirror.locate(path),
    fetch: fetch as Mirror['fetch'],
    fetchTo: mirror.fetchTo.bind(mirror) as Mirror['fetchTo'],
    size: (path, signal) => mirror.size(path, signal),
    start: (path, length, signal) => mirror.start(path, length, signal),
  };
}
