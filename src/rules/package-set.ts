/** The packages of an image, from its configuration; without the tools that lay out its disk (see toolbox.ts). */

import type { RepositoryRef, Wishes } from '../alpine/locking/closures.ts';
import { foreignAddress } from '../alpine/mirror/foreign-address.ts';
import { isUrl, webAddress } from '../alpine/mirror/mirror-address.ts';
import { keyName } from '../alpine/package/repository-key.ts';
import type { ImageConfig } from '../config/image/image-config.ts';
import { compareUtf8 } from '../util/bytes.ts';
import type { Failure } from '../util/failure.ts';
import { pathBelowFault } from '../util/files/file-name.ts';
import { fail, ok, type Result } from '../util/result.ts';

/** Configurations name Alpine's repositories by their address on its CDN; the mirror replaces this part of the address. */
const CDN = 'https://dl-cdn.alpinelinux.org/alpine/';

export interface PackageSet extends Wishes {
  readonly delete: readonly string[];
  /** Sources of the keys of foreign repositories: URLs, and files of the project; sorted. */
  readonly repositoryKeys: readonly string[];
}

export function packageSet(config: ImageConfig): Result<PackageSet> {
  const where = config.variant.name;
  const repositories: RepositoryRef[] = [];
  for (const line of config.repositories) {
    if (line.startsWith('#')) continue;
    const [, tag, url = ''] = /^(?:@(\S+) )?(\S+)$/.exec(line) ?? [];
    const place = url.startsWith(CDN) ? alpinePath(url) : foreignAddress(url);
    if (!place.ok) return fail({ ...place.error, where });
    const path = `${place.value}/${config.arch}`;
    repositories.push(tag === undefined ? { path } : { path, tag });
  }
  const repositoryKeys = [...new Set(config.repositoryKeys)].sort(compareUtf8);
  const fault = keysFault(repositoryKeys);
  if (fault !== undefined) return fail({ ...fault, where });
  return ok({
    world: [...config.packages.add, ...config.packages.noScripts].sort(compareUtf8),
    noScripts: [...config.packages.noScripts].sort(compareUtf8),
    shared: [...config.sharedPackages].sort(compareUtf8),
    delete: [...config.packages.delete].sort(compareUtf8),
    repositories,
    repositoryKeys,
  });
}

/** In the order of the configurations. */
export function packageSets(configs: readonly ImageConfig[]): Result<ReadonlyMap<ImageConfig, PackageSet>> {
  const sets = new Map<ImageConfig, PackageSet>();
  for (const config of configs) {
    const set = packageSet(config);
    if (!set.ok) return set;
    sets.set(config, set.value);
  }
  return ok(sets);
}

function alpinePath(url: string): Result<string> {
  const path = url.slice(CDN.length).replace(/\/$/, '');
  const fault = pathBelowFault(path);
  if (fault === undefined) return ok(path);
  const what = `The repository ${url} is outside the mirror`;
  return fail({ code: 'AIB_REPOSITORY', what, got: fault, hint: 'correct its address' });
}

/** All keys are put into one folder, so their names must differ. */
function keysFault(sources: readonly string[]): Failure | undefined {
  const names = new Map<string, string>();
  for (const source of sources) {
    const name = keyName(source);
    if (!name.ok) return { ...name.error, got: source };
    const other = names.get(name.value);
    if (other !== undefined)
      return { code: 'AIB_REPOSITORY_KEY', what: `Two keys have the name ${name.value}`, got: `${other}, ${source}` };
    names.set(name.value, source);
    const url = isUrl(source) ? webAddress(source, 'key') : undefined;
    if (url?.ok === false) return url.error;
    const fault = url === undefined ? pathBelowFault(source) : undefined;
    if (fault !== undefined)
      return { code: 'AIB_REPOSITORY_KEY', what: `Invalid name of a file in the project: ${source}`, got: fault };
  }
  return undefined;
}

export function builderRepositories(builder: string, arch: string): readonly RepositoryRef[] {
  return ['main', 'community'].map(name => ({ path: `v${builder}/${name}/${arch}` }));
}
