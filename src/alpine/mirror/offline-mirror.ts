/** A mirror that nobody is to ask: for builds that must come out of the store alone. Refuses everything, and says what it was asked for. */
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
  return { code: 'AIB_OFFLINE', what: 'A file is needed that the store does not have, and --offline was given', where };
}
