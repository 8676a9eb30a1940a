/** The security databases for the packages of a lock: the locked ones while the mirror has them, else the current ones, with a notice. */
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import { fetchSecdb, repositoryOf } from '../../alpine/security/fetch-secdb.ts';
import type { Secdb } from '../../alpine/security/secdb.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Options } from '../words/options.ts';
import { notice } from './messages.ts';

/** By repository. A repository without a database is left out, with a notice. */
export async function secdbsOf(
  { lock, lockPath, mirror }: Project,
  { locked }: Pick<Options, 'locked'>,
  signal: AbortSignal,
): Promise<Result<ReadonlyMap<string, Secdb>>> {
  const databases = new Map<string, Secdb>();
  for (const repository of new Set(
    Object.keys(lock.packages)
      .filter(path => !isForeign(path))
      .map(repositoryOf),
  )) {
    const digest = lock.secdb?.[repository];
    if (digest === undefined && locked === true) return fail(notLocked(repository, lockPath));
    const known = digest === undefined ? undefined : await fetchSecdb(mirror, repository, { signal, digest });
    if (known?.ok === false && (locked === true || !hasMovedOn(known.error.code))) return known;
    if (known?.ok === false)
      notice(`${repository}: the locked security database is no longer available; using the current one`);
    const found = known?.ok === true ? known : await fetchSecdb(mirror, repository, { signal });
    if (found.ok) {
      databases.set(repository, found.value.db);
      for (const line of found.value.db.passedOver) notice(`${repository}: ignored an entry: ${line}`);
    } else if (found.error.code === 'AIB_MIRROR_NOT_FOUND') {
      notice(`${repository}: it has no security database, so the vulnerabilities of its packages are unknown`);
    } else return found;
  }
  return ok(databases);
}

function notLocked(repository: string, where: string): Failure {
  return {
    code: 'AIB_NOT_LOCKED',
    what: `The lock does not contain the security database of ${repository}, and --locked was given`,
    where,
    hint: 'run aib update',
  };
}

function hasMovedOn(code: string): boolean {
  return code === 'AIB_DIGEST_MISMATCH' || code === 'AIB_MIRROR_NOT_FOUND';
}
