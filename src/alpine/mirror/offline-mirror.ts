/** A mirror for `--offline`, so that builds use the store alone. Refuses every request, and names the requested file. */
import type { Failure } from '../../util/failure.ts';
import { fail } from '../../util/result.ts';
import type { Mirror } from './mirror.ts';

export function offline(mirror: Mirror): Mirror {
  const refuse = async (path: string) => fail(refusal(mirror.locate(path)));
  return {
    places: mirror.places,
    spec: mirror.spec,
    locate: path => mirror.locate(path),
    fetch: refuse,
    fetchTo: refuse,
    size: refuse,
    start: refuse,
  };
}

function refusal(where: string): Failure {
  return { code: 'AIB_OFFLINE', what: 'A required file is not in the store, and --offline was given', where };
}
