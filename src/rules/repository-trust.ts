/**
 * Which keys are trusted for a foreign repository. repo_keys is one list, so a key from the host of a repository is trusted only for that
 * host; any other key, such as a file, is trusted for all. Alpine's keys are never among them, and these keys are never trusted for Alpine.
 */
import type { Lock } from '../alpine/locking/lock.ts';
import type { WantedKeys } from '../alpine/locking/lock-keys.ts';
import { hostOf, isForeign } from '../alpine/mirror/foreign-address.ts';
import type { Keys } from '../alpine/package/keys-of-repository.ts';
import { keyName } from '../alpine/package/repository-key.ts';
import { compareUtf8 } from '../util/bytes.ts';
import { fail, ok, type Result } from '../util/result.ts';
import type { PackageSet } from './package-set.ts';

/** All variants share the packages of a repository, so a key must be listed in every variant that uses the repository. */
export function trustedSources(sets: readonly PackageSet[]): Result<WantedKeys> {
  const foreign = sets.flatMap(({ repositories, repositoryKeys }) =>
    repositories.filter(({ path }) => isForeign(path)).map(({ path }) => ({ path, repositoryKeys })),
  );
  const hosts = new Set(foreign.map(({ path }) => hostOf(path)));
  const trusted = new Map<string, readonly string[]>();
  for (const { path, repositoryKeys } of foreign) {
    const own = repositoryKeys.filter(source => countsFor(path, hostOf(source), hosts));
    const both = trusted.get(path)?.filter(source => own.includes(source)) ?? own;
    if (both.length === 0) return fail(noKey(path, repositoryKeys));
    trusted.set(path, both);
  }
  const sources = new Set(sets.flatMap(({ repositoryKeys }) => repositoryKeys));
  return ok({ sources: [...sources].sort(compareUtf8), trusted });
}

/** `hosts` are the hosts of all repositories. */
function countsFor(path: string, host: string | undefined, hosts: ReadonlySet<string | undefined>): boolean {
  return host === undefined || host === hostOf(path) || !hosts.has(host);
}

/** By path and name, without keys that are not in the lock. */
export function lockedKeys(
  trusted: ReadonlyMap<string, readonly string[]>,
  keys: Lock['repositoryKeys'] = {},
): ReadonlyMap<string, Keys> {
  const named = (source: string): readonly (readonly [string, string])[] => {
    const [name, pem] = [keyName(source), Object.hasOwn(keys, source) ? keys[source] : undefined];
    return name.ok && pem !== undefined ? [[name.value, pem]] : [];
  };
  return new Map([...trusted].map(([path, sources]) => [path, new Map(sources.flatMap(named))]));
}

function noKey(path: string, sources: readonly string[]) {
  return {
    code: 'AIB_REPOSITORY',
    what: `No key is trusted for the repository ${path.replace(/\/[^/]+$/, '')}`,
    got:
      sources.length === 0 ? 'no repo_keys' : `repo_keys = ${sources.join(', ')}: of other hosts, or not in all images`,
    hint: 'name its key in repo_keys, or add the key to the project and name the file there; select a mirror of Alpine with aib mirror use; write = false if only the finished image uses it',
  } as const;
}
