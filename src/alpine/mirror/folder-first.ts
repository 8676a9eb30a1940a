/**
 * A mirror, and a folder that already has some of its files, such as those of an earlier copy. Never trusts the folder: a file that is not
 * valid there comes from the mirror.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from '../../util/result.ts';
import type { FetchOptions, Mirror } from './mirror.ts';
import { openMirror } from './open-mirror.ts';

/** `folder` may be created later. */
export function folderFirst(mirror: Mirror, folder: string): Mirror {
  const first = async (path: string, ask: (mirror: Mirror) => Promise<Result<unknown>>): Promise<Result<unknown>> => {
    const near = existsSync(join(folder, path)) ? openMirror(folder) : undefined;
    if (near?.ok !== true) return ask(mirror);
    const answer = await ask(near.value);
    return answer.ok || answer.error.code === 'AIB_CANCELLED' ? answer : ask(mirror);
  };
  return {
    places: mirror.places,
    spec: mirror.spec,
    locate: path => mirror.locate(path),
    fetch: ((path: string, options: FetchOptions<Uint8Array> = {}) =>
      first(path, from => from.fetch(path, options))) as Mirror['fetch'],
    fetchTo: ((path: string, file: string, options: FetchOptions<string> = {}) =>
      first(path, from => from.fetchTo(path, file, options))) as Mirror['fetchTo'],
    size: (path, signal) => mirror.size(path, signal),
    start: (path, length, signal) => mirror.start(path, length, signal),
  };
}
