/**
 * A mirror that also serves foreign repositories: a path that is an address is fetched from there, every other path from Alpine's mirror.
 * Neither ever replaces the other.
 */
import type { TransferOptions } from '../../net/transfer.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { isForeign } from './foreign-address.ts';
import type { FetchOptions, Mirror } from './mirror.ts';
import { openMirror } from './open-mirror.ts';

/** `open` is for tests with shorter time limits. */
export function withForeign(mirror: Mirror, open: (base: string) => Result<Mirror> = openMirror): Mirror {
  const known = new Map<string, Mirror>();
  const placeOf = (path: string): Result<Place> => {
    if (!isForeign(path)) return ok({ mirror, path, isForeign: false });
    // The address of a repository; its architecture and a file.
    const [, base = '', file = ''] = /^(.*)\/([^/]+\/[^/]+)$/.exec(path) ?? [];
    const before = known.get(base);
    const opened = before === undefined ? open(base) : ok(before);
    if (!opened.ok) return fail(ofRepository(opened.error));
    known.set(base, opened.value);
    return ok({ mirror: opened.value, path: file, isForeign: true });
  };
  const ask = async <T>(path: string, what: (place: Place) => Promise<Result<T>>): Promise<Result<T>> => {
    const place = placeOf(path);
    if (!place.ok) return place;
    const answer = await what(place.value);
    return answer.ok || !place.value.isForeign ? answer : fail(ofRepository(answer.error));
  };
  const fetch = (path: string, options: FetchOptions<Uint8Array> = {}): Promise<Result<unknown>> =>
    ask(path, place => place.mirror.fetch(place.path, options as TransferOptions));
  const fetchTo = (path: string, file: string, options: FetchOptions<string> = {}): Promise<Result<unknown>> =>
    ask(path, place => place.mirror.fetchTo(place.path, file, options as TransferOptions));
  return {
    places: mirror.places,
    spec: mirror.spec,
    locate: path => {
      const place = placeOf(path);
      return place.ok ? place.value.mirror.locate(place.value.path) : path;
    },
    fetch: fetch as Mirror['fetch'],
    fetchTo: fetchTo as Mirror['fetchTo'],
    size: (path, signal) => ask(path, place => place.mirror.size(place.path, signal)),
    start: (path, length, signal) => ask(path, place => place.mirror.start(place.path, length, signal)),
  };
}

interface Place {
  readonly mirror: Mirror;
  readonly path: string;
  readonly isForeign: boolean;
}

/** Another mirror of Alpine does not help with a foreign repository. */
function ofRepository(failure: Failure): Failure {
  if (failure.hint?.includes('--mirror') !== true) return failure;
  const hint = 'check its address in repos, and whether it is up to date; no mirror can replace this repository';
  return { ...failure, hint };
}
