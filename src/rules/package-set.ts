/** Which packages an image takes, from its configuration; the tools that lay out its disk are the toolbox's (see toolbox.ts). */

import type { RepositoryRef, Wishes } from '../alpine/locking/closures.ts';
import type { ImageConfig } from '../config/image/image-config.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { pathBelowFault } from '../util/files/file-name.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** Configurations name the repositories by their address on Alpine's CDN; the mirror stands in for what comes before this path. */
const CDN = 'https://dl-cdn.alpinelinux.org/alpine/';

export interface PackageSet extends Wishes {
  readonly delete: readonly string[];
}

export function packageSet(config: ImageConfig): Result<PackageSet> {
  const repositories: RepositoryRef[] = [];
  for (const line of config.repositories) {
    if (line.startsWith('#')) continue;
    const [, tag, url = ''] = /^(?:@(\S+) )?(\S+)$/.exec(line) ?? [];
    if (!url.startsWith(CDN)) {
      return fail({
        code: 'AIB_REPOSITORY',
        what: `The repository ${url} cannot be used for building`,
        where: config.variant.name,
        got: `an address that does not begin with ${CDN}, which is what a mirror stands in for`,
        hint: 'write it as a comment (= false) if the finished image alone is to use it',
      });
    }
    const path = `${url.slice(CDN.length).replace(/\/$/, '')}/${config.arch}`;
    const fault = pathBelowFault(path);
    if (fault !== undefined) {
      const what = `The repository ${url} leads out of the mirror`;
      return fail({
        code: 'AIB_REPOSITORY',
        what,
        where: config.variant.name,
        got: fault,
        hint: 'correct its address',
      });
    }
    repositories.push(tag === undefined ? { path } : { path, tag });
  }
  return ok({
    world: [...config.packages.add, ...config.packages.noScripts].sort(compareUtf8),
    noScripts: [...config.packages.noScripts].sort(compareUtf8),
    delete: [...config.packages.delete].sort(compareUtf8),
    repositories,
  });
}

export function builderRepositories(builder: string, arch: string): readonly RepositoryRef[] {
  return ['main', 'community'].map(name => ({ path: `v${builder}/${name}/${arch}` }));
}
