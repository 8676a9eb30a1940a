/** The workspace: the nearest folder upwards that holds `configs/images.conf`, and where its files lie. Reads nothing but what it must. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { aibHome } from '../../util/home.ts';
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
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'configs/images.conf'))) {
      const cache = options.cache === undefined ? join(folder, '.cache') : resolve(from, options.cache);
      return ok({ folder, home: aibHome(), cache, localConfig: join(folder, 'aib.local.conf') });
    }
    if (folder === dirname(folder)) break;
  }
  return fail({
    code: 'AIB_NO_WORKSPACE',
    what: 'This folder is in no workspace of aib',
    where: resolve(from),
    got: 'no configs/images.conf here or in a folder above',
    hint: `go to ${aibHome()}, or to a project of your own`,
  });
}
