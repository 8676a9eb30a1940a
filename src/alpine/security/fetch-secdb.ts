/** Fetches security databases, each checked to be that of its repository. They are not signed, so https is their only protection. */
import { type Digest, digestOf } from '../../store/content/digest.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { secdbPath } from '../mirror/mirror-layout.ts';
import { openMirror } from '../mirror/open-mirror.ts';
import { parseSecdb, type Secdb } from './secdb.ts';

export interface FetchedSecdb {
  readonly db: Secdb;
  readonly digest: Digest;
}

/** Alpine's largest has about 2 MB. */
const MAX_BYTES = 64 << 20;

/** Alpine's site of security databases, with files such as `v3.20/main.json`. */
export function secdbSite(): Result<Mirror> {
  return openMirror('https://secdb.alpinelinux.org');
}

/** `repository` is without an architecture: `v3.20/main`. With a digest, only that very file is accepted. */
export function fetchSecdb(
  mirror: Mirror,
  repository: string,
  { signal, digest }: { readonly signal: AbortSignal; readonly digest?: Digest | undefined },
): Promise<Result<FetchedSecdb>> {
  return mirror.fetch(secdbPath(repository), {
    signal,
    maxBytes: MAX_BYTES,
    ...(digest === undefined ? {} : { expect: { size: digest.size, sha256: digest.hash } }),
    accept: async (content, where) => {
      const parsed = parseSecdb(Buffer.from(content).toString('utf8'), where);
      if (!parsed.ok) return parsed;
      const { folder, repository: name } = parsed.value;
      if (`${folder}/${name}` === repository) return ok({ db: parsed.value, digest: digestOf(content) });
      return fail({
        code: 'AIB_BAD_SECDB',
        what: 'The security database belongs to another repository',
        where,
        got: `${folder}/${name}, expected ${repository}`,
        hint: 'try again later; if the error persists, use another mirror with --mirror',
      });
    },
  });
}

/** `v3.20/main/x86_64` → `v3.20/main` */
export function repositoryOf(index: string): string {
  return index.slice(0, index.lastIndexOf('/'));
}

export interface LockedSecdbs {
  readonly digests: Readonly<Record<string, Digest>>;
  /** Why a database is not available, by repository. After an unreachable site, the remaining ones are not requested. */
  readonly missing: ReadonlyMap<string, string>;
}

/** The databases of all repositories that have one. */
export async function findSecdbs(
  mirror: Mirror,
  repositories: Iterable<string>,
  signal: AbortSignal,
): Promise<Result<LockedSecdbs>> {
  const digests: Record<string, Digest> = {};
  const missing = new Map<string, string>();
  let isDown = false;
  for (const repository of repositories) {
    if (isDown) {
      missing.set(repository, 'the site could not be reached');
      continue;
    }
    const found = await fetchSecdb(mirror, repository, { signal });
    if (found.ok) {
      digests[repository] = found.value.digest;
      continue;
    }
    const { code, what, got = what } = found.error;
    if (code === 'AIB_CANCELLED') return found;
    // Repositories such as edge/testing have none.
    if (code !== 'AIB_MIRROR_NOT_FOUND') missing.set(repository, got);
    isDown = code === 'AIB_MIRROR_UNREACHABLE';
  }
  return ok({ digests, missing });
}
