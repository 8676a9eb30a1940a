/** The workspace: the nearest parent folder that contains `configs/images.conf`, and the paths of its files. Reads no file content. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ProjectPlace } from '../../store/projects/known-projects.ts';
import { aibHome, isInstalled } from '../../util/files/home.ts';
import { fail, ok, type Result } from '../../util/result.ts';

export interface Workspace {
  readonly folder: string;
  /** The folder of aib itself; the same as `folder` in a checkout of aib. */
  readonly home: string;
  readonly cache: string;
  /** A git-ignored file with the settings of this machine. */
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
    what: 'This folder is not in a workspace of aib',
    where: resolve(from),
    got: 'no configs/images.conf here or in a folder above',
    hint: `change to ${isInstalled() ? '' : `${aibHome()} or to `}your project, or create a project with aib init DIR`,
  });
}

/**
 * The workspace as the store records it. A store belongs to the nearest workspace above its real path: if the `.cache` of two workspaces
 * are links to the same folder, the shared store belongs to neither.
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

/** For a missing file: the path that it would have. */
function realPath(path: string): string {
  if (existsSync(path) || path === dirname(path)) return realpathSync(path);
  return join(realPath(dirname(path)), basename(path));
}
