/** The workspace: the nearest folder upwards that holds `configs/images.conf`, and where its files lie. Reads nothing but what it must. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ProjectPlace } from '../../store/projects/known-projects.ts';
import { aibHome } from '../../util/files/home.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export interface Workspace {
  readonly folder: string;
  /** Where aib itself lies; the same folder when one works in a checkout of aib. */
  readonly home: string;
  readonly cache: string;
  /** A git-ignored file of this machine's choices. */
  readonly localConfig: string;
}

export function findWorkspace(from: string, options: { readonly cache?: string | undefined } = {}): Result<Workspace> {
  const folder = nearestAbove(resolve(from));
  if (folder !== undefined) {
    const cache = options.cache === undefined ? join(folder, '.cache') : resolve(from, options.cache);
    return ok({ folder, home: aibHome(), cache, localConfig: join(folder, 'aib.local.conf') });
  }
  return fail({
    code: 'AIB_NO_WORKSPACE',
    what: 'This folder is in no workspace of aib',
    where: resolve(from),
    got: 'no configs/images.conf here or in a folder above',
    hint: `go to ${aibHome()}, or to a project of your own`,
  });
}

/**
 * The workspace as the store knows it. A store belongs to the nearest workspace above the place where it really is: two workspaces whose `.cache`
 * are links to the same folder share a store that belongs to neither.
 */
export function projectPlace({ folder, cache }: Workspace): ProjectPlace {
  const [real, store] = [realPath(folder), realPath(cache)];
  return { folder: real, ownsStore: nearestAbove(store) === real };
}

function nearestAbove(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'configs/images.conf'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Of what is not there yet: where it would be. */
function realPath(path: string): string {
  if (existsSync(path) || path === dirname(path)) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}
